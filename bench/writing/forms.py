"""Every form of the screens into which somebody writes, found by reading the screens: a new one is interrupted too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import html

from bench.speed.province import FIRST_TIME, HALFWAY, NEWCOMER, NOBODY
from bench.speed.screens import TimedScreen, Walk

_TYPED: Final = "descendant::textarea[not(@readonly)] | descendant::input[@type='text' or @type='email' or @type='tel']"
_NEVER: Final = frozenset({"code", "word", "kept_as", "claim_code", "website"})
"""Fields that no browser may keep, and the one that only programs fill in."""
_AT_THE_DOOR: Final = frozenset({HALFWAY, NEWCOMER, FIRST_TIME})


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """Form on a screen: the ``number`` of it among those that are posted from the page's main part."""

    name: str
    path: str
    login: str
    number: int


def written_forms(walk: Walk) -> Iterator[WrittenForm]:
    """Yield each form once, on the first screen that has it, as the first person who may see that screen."""
    known: set[tuple[str, ...]] = set()
    screens = (each for each in walk.screens() if each.login not in _AT_THE_DOOR)
    for screen in screens:
        for number, fields in forms_of(walk.page(screen)):
            route = screen.name.partition("/")[0]
            if (route, *fields) not in known:
                known.add((route, *fields))
                yield _form(screen, number, fields)


def forms_of(page: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Return number and typed fields of each form of a page that holds text, but for one that saves itself.

    How that one is written is :mod:`bench.writing.interruptions`.
    """
    if "<form" not in page:
        return []
    posted = html.document_fromstring(page).xpath("//main//form[@method='post']")
    found = ((number, form, _fields(form)) for number, form in enumerate(posted))
    return [(number, fields) for number, form, fields in found if fields and "data-autosave" not in form.attrib]


def _fields(form: html.HtmlElement) -> tuple[str, ...]:
    if form.xpath("descendant::input[@type='password']"):
        return ()
    typed = [each for each in form.xpath(_TYPED) if not each.xpath("ancestor::*[@data-unkept]")]
    named = [each for each in typed if each.get("name") and each.get("name") not in _NEVER and not _is_time(each)]
    return tuple(each.get("id") or each.get("name") for each in named)


def _is_time(field: html.HtmlElement) -> bool:
    return bool(field.xpath("ancestor::span[contains(concat(' ', @class, ' '), ' when ')]"))


def _form(screen: TimedScreen, number: int, fields: tuple[str, ...]) -> WrittenForm:
    # A public page is everybody's, whoever is asked first.
    login = NOBODY if screen.name.startswith("public.") else screen.login
    return WrittenForm(f"{screen.name} {', '.join(fields[:3])}", screen.path, login, number)
