"""Every pair of shoes has one journey; each journey itself fails where an interruption is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.e2e.browser.shoes.journey import Shoes


def _walked() -> Iterator[Shoes]:
    """Yield the shoes of every journey that the files of this folder mark."""
    for path in Path(__file__).parent.glob("test_*.py"):
        tests = vars(import_module(f"{__package__}.{path.stem}")).values()
        marks = (mark for test in tests for mark in getattr(test, "pytestmark", ()))
        for mark in marks:
            if mark.name == "parametrize" and mark.args[0] == "journey":
                yield from (given.values[0][0] for given in mark.args[1])


def test_a_journey_is_walked_in_each_pair_of_shoes() -> None:
    assert Counter(_walked()) == Counter(Shoes)
