"""Manuals of docs/users, the only source of the help pages: read once a process, cut into tasks, and searched."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

import cms
from cms.help.model import HelpHit, HelpTopic, Manual
from cms.platform.clean_text import folded, hyphenated
from cms.translations import DEFAULT, SOURCE

DOCUMENTS: Final = Path(cms.__file__).parents[1] / "docs"
"""Beside the code in a clone; the Debian package puts the manuals and their pictures there too."""
NAMES: Final = ("official", "disaster-response", "technician", "station")
HITS_MOST: Final = 20
_AROUND: Final = 80
"""Letters shown before and after what was found."""
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def parser() -> MarkdownIt:
    """Return a parser of what the manuals are written in: CommonMark with tables, HTML shown as text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def manuals(language: str) -> tuple[Manual, ...]:
    """Return the manuals in this language; in English, if there are none in it."""
    return tuple(_manual(name, language) for name in NAMES)


@cache
def pictures() -> frozenset[str]:
    """Return the names of the pictures that the manuals show."""
    found: set[str] = set()
    for path in (DOCUMENTS / "users").glob("*.md"):
        found |= {Path(name).name for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", path.read_text(encoding="utf-8"))}
    return frozenset(found)


def topic(language: str, address: str) -> HelpTopic | None:
    """Return the task of this address, ``manual/key``, if there is one."""
    return _by_address(language).get(address)


def beside(language: str, found: HelpTopic) -> tuple[Manual, HelpTopic | None, HelpTopic | None]:
    """Return the task's manual, and the tasks before and after it."""
    manual = next(each for each in manuals(language) if each.name == found.manual)
    at = manual.topics.index(found)
    return manual, manual.topics[at - 1] if at else None, next(iter(manual.topics[at + 1 :]), None)


def search(language: str, words: str) -> list[HelpHit]:
    """Return the tasks in which all these words begin a word: in their title first, then as they stand together."""
    wanted = _spaced(words).split()
    if not wanted:
        return []
    found = [(rank, each) for each in _by_address(language).values() if (rank := _rank(each, wanted)) is not None]
    return [_hit(each, wanted) for _, each in sorted(found, key=lambda pair: pair[0])[:HITS_MOST]]


def _rank(found: HelpTopic, wanted: list[str]) -> int | None:
    title, text = _spaced(found.title), _spaced(f"{found.title} {found.plain}")
    if not all(f" {word}" in text for word in wanted):
        return None
    if all(f" {word} " in title for word in wanted):
        return 0
    phrase = " ".join(wanted)
    return 1 if f" {phrase} " in text else 2 if f" {phrase}" in text else 3


def _spaced(text: str) -> str:
    return f" {_NO_WORD.sub(' ', folded(text))} "


def _hit(found: HelpTopic, wanted: list[str]) -> HelpHit:
    # Letter by letter, so that places in the folded text are places in the text.
    plain = "".join((folded(sign) or sign)[:1] for sign in found.plain)
    places = (re.search(rf"(?<![a-z0-9]){re.escape(words)}", plain) for words in (" ".join(wanted), *wanted))
    begin, end = next((place.span() for place in places if place), (0, 0))
    before, after = found.plain[max(0, begin - _AROUND) : begin], found.plain[end : end + _AROUND]
    return HelpHit(
        found,
        before if begin <= _AROUND else f"… {before.partition(' ')[2]}",
        found.plain[begin:end],
        after if end + _AROUND >= len(found.plain) else f"{after.rpartition(' ')[0]} …",
    )


@cache
def _by_address(language: str) -> dict[str, HelpTopic]:
    return {each.address: each for manual in manuals(language) for each in manual.topics}


def _manual(name: str, language: str) -> Manual:
    """Read a manual. The headings of the English one name the tasks in all languages, in their order."""
    title, summary, sections = _read(name, language)
    keys = [hyphenated(each) for each, _, _ in _read(name, SOURCE)[2]]
    topics = (HelpTopic(name, key, *section) for key, section in zip(keys, sections, strict=True))
    return Manual(name, title, summary, tuple(topics))


def _read(name: str, language: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Return title, summary, and the sections: heading, Markdown and plain words of each."""
    folder = DOCUMENTS / "users"
    path = folder / (f"{name}.md" if language == DEFAULT else f"{name}.{language}.md")
    text = (path if path.exists() else folder / f"{name}.{SOURCE}.md").read_text(encoding="utf-8")
    lines, tokens = text.splitlines(), parser().parse(text)
    heads = [
        (token.map[0], tokens[at + 1].content)
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2" and token.map
    ]
    title = next(tokens[at + 1].content for at, token in enumerate(tokens) if token.tag == "h1")
    summary = _words(tokens[3:6]).partition(": ")[2]
    ends = [*(line for line, _ in heads[1:]), len(lines)]
    sections = [
        (heading, source := "\n".join(lines[line + 1 : end]), _words(parser().parse(source)))
        for (line, heading), end in zip(heads, ends, strict=True)
    ]
    return title, summary[:1].upper() + summary[1:], sections


def _words(tokens: list[Token]) -> str:
    """Return the words that the tokens show, without the descriptions of pictures."""
    blocks = ("".join(map(_shown, each.children or [each])) for each in tokens)
    return " ".join(" ".join(blocks).split())


def _shown(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return "" if token.type == "image" else token.content
