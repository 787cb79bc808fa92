"""User documentation: the screen texts, addresses, commands and settings that it quotes exist."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest
from werkzeug.routing import Map

from cms.platform import api as v1
from cms.platform.cli import main
from cms.platform.settings import Settings
from cms.translations import in_default_language
from scripts import catalogue
from tests.console import open_console

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs" / "users").glob("*.md"))
_NAMES = {"official", "station", "disaster-response", "technician"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> list[str]:
    """Return code spans and blocks, one entry per line."""
    text = text_of(page)
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line for block in blocks for line in block.splitlines()] + [" ".join(span.split()) for span in spans]


@cache
def said_on_screens() -> set[str]:
    """Return every sentence of the screens in the default language, numbered headings without their number."""
    found = {in_default_language(message.id) for message in catalogue.said() if isinstance(message.id, str)}
    return found | {re.sub(r"^\d\. ", "", sentence) for sentence in found}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return method and address of every route."""
    with open_console(tmp_path_factory.mktemp("pages") / "loa") as console:
        maps: list[tuple[str, Map]] = [
            ("", console.app.url_map),
            ("/api/v1", console.app.extensions[v1.EXTENSION].url_map),
        ]
        found = {
            f"{method} {prefix}{rule.rule}"
            for prefix, url_map in maps
            for rule in url_map.iter_rules()
            for method in rule.methods or ()
        }
        # Answered before Flask.
        return {*found, "GET /health"}


def test_each_of_the_four_has_a_vietnamese_page_and_its_english_translation_beside_it() -> None:
    assert {page.stem for page in PAGES} == _NAMES | {f"{name}.en" for name in _NAMES}
    for page in PAGES:
        summary = "*Summary: " if page.stem.endswith(".en") else "*Tóm tắt: "
        assert text_of(page).splitlines()[2].startswith(summary), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_word_in_bold_stands_on_a_screen(page: Path) -> None:
    bold = {" ".join(words.split()) for words in re.findall(r"\*\*([^*]+)\*\*", text_of(page))}
    assert bold, "a page for people names what they see"
    assert bold - said_on_screens() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_address_is_served(page: Path, served: set[str]) -> None:
    quoted = {code for code in code_of(page) if re.match(r"((GET|POST|PUT|PATCH) )?/", code)}
    wanted = {(code if " " in code else f"GET {code}").partition("?")[0] for code in quoted}
    assert wanted - served == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_and_its_options_exist(page: Path) -> None:
    for line in (code for code in code_of(page) if code.startswith("loa ")):
        words = shlex.split(line)[1:]
        command: click.Command | None = main
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_and_linked_page_exists(page: Path) -> None:
    settings = {f"LOA_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"LOA_[A-Z_]+", text_of(page))) <= settings
    links = re.findall(r"\]\(([^)#]+)", text_of(page))
    assert [link for link in links if not (page.parent / link).exists()] == []
