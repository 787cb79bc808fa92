"""Screens say nothing in codes, machine figures or a language that is not the reader's: every template and label."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from flask_babel.speaklater import LazyString

import cms
from cms.platform.errors import PROBLEMS
from scripts import catalogue

PACKAGE = Path(cms.__file__).parent
TEMPLATES = sorted(PACKAGE.rglob("*.html"))
NOT_SPOKEN = re.compile(
    r"\{#.*?#\}|\{%-?\s*block (?:body_class|main_class)\s*-?%\}.*?\{%-?\s*endblock\s*-?%\}", re.DOTALL
)
STEP = re.compile(r"\{%-?.*?-?%\}", re.DOTALL)
VALUE = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
MARK = re.compile(r"⟦(\d+)⟧")
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"|\bdata-[\w-]+')
"""Attributes that a macro adds to a tag: in its own template they stand outside any tag."""
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN = frozenset({"alt", "aria-label", "aria-valuetext", "data-confirm", "label", "placeholder", "title"})
EMPTY = frozenset({"meta", "link", "input", "br", "hr", "img", "source", "use", "path", "rect", "line", "circle"})
UNITS_AND_NAMES = frozenset({"Loa", "MHz", "dB", "mA", "ms", "LUFS", "dBTP", "XML", "PDF", "DOCX"})
FORMATS = frozenset({"Atom", "CAP", "CSV", "DCAT", "JSON", "RSS", "iCalendar"})
ALLOWED: Mapping[str, frozenset[str]] = {
    # Public data are named as programs know them.
    **dict.fromkeys(("data.html", "follow.html", "past_alerts.html", "place.html"), FORMATS),
    # Developers copy what their programs send.
    **dict.fromkeys(("calls.html", "errors.html"), frozenset({"API", "api"})),
    "index.html": frozenset({"curl", "export", "Authorization", "Bearer", "bulletins", "openapi", "json", "ETag"})
    | {"Idempotency", "Key", "If", "Match", "Delivery", "Timestamp", "TOKEN", "LOA", "loa"},
    # Commands and examples for the administrator of the server, and of the design.
    **dict.fromkeys(
        ("exchange_feeds.html", "exchange_out.html"), frozenset({"loa", "exchange", "feed", "sender", "webhook", "add"})
    ),
}
EXAMPLES = frozenset({"components.html"})
MACHINE = re.compile(r"(?:^|\.)(?:code|error|\w*sha256|\w+_(?:lufs|dbtp|dbfs))(?:\|\w+)*$")
TYPED = frozenset({"label.code", "code", "each.detail.code", "secret", "each"})
"""Codes that a person types or reads out: of a device's label, of a citizen's feedback, of a second factor."""


@dataclass
class Page(HTMLParser):
    """Text of a template: what is said, and the values shown, each with the tags around it."""

    source: str
    values: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    shown: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    around: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(VALUE.sub(self._keep, STEP.sub(" ", NOT_SPOKEN.sub(" ", self.source))))
        self.close()

    def _keep(self, found: re.Match[str]) -> str:
        self.values.append(found[1].strip())
        return f"⟦{len(self.values) - 1}⟧"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [MARK.sub(" ", text) for name, text in attrs if text and name in SPOKEN]
        if tag not in EMPTY:
            self.around.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.around:
            while self.around.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if {"script", "style"}.isdisjoint(self.around):
            self.said.append(MARK.sub(" ", data))
            self.shown += [(self.values[int(n)], frozenset(self.around)) for n in MARK.findall(data)]


def words(page: Page) -> set[str]:
    return {word for text in page.said for word in WORD.findall(ATTRIBUTE.sub(" ", text))}


def test_every_word_of_a_screen_is_a_message_that_is_translated() -> None:
    assert len(TEMPLATES) > 150
    found = {
        path.name: bare
        for path in TEMPLATES
        if path.name not in EXAMPLES
        and (bare := words(Page(path.read_text())) - UNITS_AND_NAMES - ALLOWED.get(path.name, frozenset()))
    }
    assert found == {}


def test_no_message_says_the_same_twice() -> None:
    """A message that was pasted into itself is the same several times over, with nothing between."""
    messages = [
        str(part) for each in catalogue.said() for part in (each.id if isinstance(each.id, tuple) else (each.id,))
    ]
    assert [each for each in messages if len(each) > 20 and each in (each + each)[1:-1]] == []


def test_what_only_a_technician_reads_stands_behind_details() -> None:
    found = {
        f"{path.name}: {value}"
        for path in TEMPLATES
        for value, around in Page(path.read_text()).shown
        if MACHINE.search(value) and value not in TYPED and around.isdisjoint({"details", "code"})
    }
    assert found == set()


@pytest.mark.parametrize(
    ("source", "said", "machine"),
    [
        ("<p>Error</p>", {"Error"}, 0),
        ('<p title="Close">{{ _("x") }}</p>', {"Close"}, 0),
        ('<p{% if a %} class="b"{% endif %}>{{ sound.loudness_lufs|decimal }} LUFS</p>', {"LUFS"}, 1),
        ("<details>{{ feed.error }}</details>{# a word #}", set(), 1),
    ],
)
def test_a_bare_word_and_a_figure_are_found(source: str, said: set[str], machine: int) -> None:
    page = Page(source)
    assert words(page) == said
    assert len([value for value, _ in page.shown if MACHINE.search(value)]) == machine


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(cms.__path__, "cms."):
        name = each.name.rsplit(".", 1)[-1]
        if name in {"labels", "wording", "messages", "alert_styles"} or ".labels." in each.name:
            yield importlib.import_module(each.name)


PARTIAL = frozenset(
    {
        # Of states, acts and verdicts that offer no such thing: nothing is raised when it is calm, and so on.
        *("RAISING", "_ENDED", "QUESTION", "ACTION", "WHAT_IT_DOES"),
        # A person chooses among channels with an address: screen and browser need none.
        "CHANNEL",
        # Readings that do not count for anything are not stored; an order names a severity that is known.
        *("STORED", "SEVERITY"),
    }
)


def test_every_table_of_labels_knows_every_member_of_its_kind() -> None:
    found: dict[str, list[str]] = {}
    tables = 0
    for module in modules():
        for name, table in vars(module).items():
            kinds = {type(key) for key in table} if isinstance(table, dict) else set()
            if len(kinds) != 1 or not issubclass(kind := next(iter(kinds)), Enum):
                continue
            if name in PARTIAL or not all(isinstance(text, LazyString) for text in table.values()):
                continue
            tables += 1
            lacking = sorted(str(each) for each in kind if each not in table)
            if lacking:
                found[f"{module.__name__}.{name}"] = lacking
    assert tables > 50
    assert found == {}


def test_every_refusal_is_said_in_the_readers_language_and_without_a_code() -> None:
    said = {str(each.id): str(each.string) for each in catalogue.stored("vi") if each.id}
    for code, row in PROBLEMS.items():
        sentence = said.get(row.sentence, "")
        assert sentence, code
        assert sentence != row.sentence, code
        assert code not in sentence


def test_no_script_says_anything_by_itself() -> None:
    """Its sentences come from its page, translated."""
    quoted = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
    sentence = re.compile(r"^[A-ZĐÀ-Ỹ][^\W\d_]+ [^\W\d_]+")
    scripts = list((PACKAGE / "platform" / "web" / "static").glob("*.js"))
    found = {
        f"{path.name}: {text}"
        for path in scripts
        for line in path.read_text().splitlines()
        if not line.lstrip().startswith(("//", "*", "/*"))
        for pair in quoted.findall(line)
        for text in pair
        if sentence.match(text)
    }
    assert len(scripts) >= 25
    assert found == set()
