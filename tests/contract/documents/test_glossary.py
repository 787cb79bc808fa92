"""Every noun that names a class of the rules or a folder of the product is explained in docs/glossary.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
RULES = ("province", "broadcast", "devices")
PRODUCT = (*RULES, "cms", "media", "firmware_sim", "bench")
WORDS_MAX = 4
"""Words in the longest term."""


def section(heading: str) -> str:
    return re.split(r"^## ", TEXT.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def term_rows() -> Iterator[tuple[str, str, str]]:
    """Yield term, Vietnamese and places of every code term."""
    for line in section("Code terms").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "term":
            term, _, vietnamese, places = cells
            yield term, vietnamese, places


ROWS = list(term_rows())
PLAIN = frozenset(re.findall(r"\w+", section("Plain words").split("\n\n")[1]))


@cache
def classes() -> dict[str, Path]:
    """Return every public class of the product with its file."""
    return {
        node.name: path.relative_to(ROOT)
        for package in PRODUCT
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def singular(word: str) -> str:
    for ending, instead in (("ies", "y"), ("ches", "ch"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us")):
            return word.removesuffix(ending) + instead
    return word


def words_of(name: str) -> list[str]:
    """Return the words of a class's or a folder's name, singular, in lower case."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return [singular(word.lower()) for word in found]


TERMS = frozenset(tuple(singular(word) for word in re.findall(r"[a-z]+", term.lower())) for term, _, _ in ROWS)


def unexplained(name: str) -> list[str]:
    """Return the words of the name that are neither part of a term nor plain; the longest term counts."""
    words, found = words_of(name), []
    while words:
        length = next((n for n in range(WORDS_MAX, 0, -1) if tuple(words[:n]) in TERMS), 0)
        if not length and words[0] not in PLAIN:
            found.append(words[0])
        words = words[length or 1 :]
    return found


def named() -> list[str]:
    """Return the names of the rules' classes."""
    return [name for name, path in classes().items() if path.parts[0] in RULES]


def folder_names() -> set[str]:
    """Return the names of the folders that hold code of the rules and the features."""
    roots = [ROOT / package for package in (*RULES, "cms")]
    return {path.name for root in roots for path in root.rglob("*/") if any(path.glob("*.py"))}


def test_every_class_of_the_rules_is_made_of_terms_and_plain_words() -> None:
    assert {name: words for name in named() if (words := unexplained(name))} == {}


def test_every_folder_is_named_by_terms_and_plain_words() -> None:
    assert {name: words for name in folder_names() if (words := unexplained(name))} == {}


@pytest.mark.parametrize(("term", "places"), [(term, places) for term, _, places in ROWS])
def test_a_term_stands_in_the_name_of_a_class_where_the_glossary_says(term: str, places: str) -> None:
    of_term = [singular(word) for word in re.findall(r"[a-z]+", term.lower())]
    found = re.findall(r"`(\w+)` \(`([\w/]+)`\)", places)
    assert found
    for name, folder in found:
        assert classes()[name].parent.as_posix() == folder
        words = words_of(name)
        assert any(words[at : at + len(of_term)] == of_term for at in range(len(words))), name


def test_the_terms_are_in_order_and_each_stands_once() -> None:
    terms = [term.lower() for term, _, _ in ROWS]
    assert terms == sorted(set(terms))


def test_no_plain_word_is_a_term_or_stands_in_no_name() -> None:
    used = {word for name in (*named(), *folder_names()) for word in words_of(name)}
    assert PLAIN & {term[0] for term in TERMS if len(term) == 1} == set()
    assert PLAIN - used == set()


def test_the_vietnamese_of_a_term_is_what_people_read() -> None:
    pages = [*(ROOT / "docs" / "users").glob("*.md"), *(ROOT / "cms").rglob("*.po"), *(ROOT / "cms").rglob("*.html")]
    read = " ".join(page.read_text(encoding="utf-8") for page in pages).lower()
    found = [word.strip() for _, vietnamese, _ in ROWS for word in re.split("[,·]", vietnamese) if word.strip()]
    assert found
    assert [word for word in found if word.lower() not in read] == []
