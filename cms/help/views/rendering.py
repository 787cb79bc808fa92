"""A task of a manual as HTML: pictures with their size, links to tasks and addresses of the console."""

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from flask import url_for
from markdown_it.token import Token
from markupsafe import Markup

from cms.help.model import HelpTopic
from cms.help.service import manuals

_PNG_SIZE: Final = slice(16, 24)
"""Width and height in the header of a PNG, four bytes each."""
_HEADINGS: Final = {"h3": "h2", "h4": "h3"}
"""The task's own heading is the page's."""


@cache
def html_of(topic: HelpTopic) -> Markup:
    """Return the task's text as HTML; kept, as it changes only with the version. Within a request."""
    parser = manuals.parser()
    tokens = parser.parse(topic.source)
    for token in _all(tokens):
        token.tag = _HEADINGS.get(token.tag, token.tag)
        if token.type == "image":
            _place_picture(token)
        elif token.type == "link_open":
            _turn_link(token)
    for each in tokens:
        _close_links(each.children or [])
    # Made by the parser, which escapes all text; HTML in a manual is shown as text.
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _place_picture(token: Token) -> None:
    name = PurePosixPath(str(token.attrs["src"])).name
    size = (manuals.DOCUMENTS / "img" / name).read_bytes()[_PNG_SIZE]
    token.attrs = {
        "src": url_for("web.help_picture", picture=name),
        "alt": "",
        "width": str(int.from_bytes(size[:4])),
        "height": str(int.from_bytes(size[4:])),
        "loading": "lazy",
    }


def _turn_link(token: Token) -> None:
    """Lead from manual to manual within the console; other documents are named only, as they are not shown here."""
    name = PurePosixPath(str(token.attrs["href"])).name.partition(".")[0]
    if name in manuals.NAMES:
        token.attrs = {"href": url_for("web.help_index", _anchor=name)}
    else:
        token.tag, token.attrs = "span", {}


def _close_links(tokens: list[Token]) -> None:
    opened = ""
    for token in tokens:
        if token.type == "link_open":
            opened = token.tag
        elif token.type == "link_close":
            token.tag = opened
