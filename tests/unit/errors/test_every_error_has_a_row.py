from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import cms.accounts.errors
import cms.areas.service.data_sets
import cms.platform.errors
import devices.errors
import media.errors
import province.errors
from cms.platform.errors import PROBLEMS, UNEXPECTED, attributes_of, problem_of
from cms.platform.store import engine
from scripts.error_catalogue import as_markdown

MODULES = (province.errors, devices.errors, media.errors, cms.accounts.errors, cms.areas.service.data_sets)
BASES = {Exception, province.errors.CodedError, cms.platform.errors.FeatureError}


def concrete_errors() -> Iterator[type[Exception]]:
    for module in MODULES:
        for found in vars(module).values():
            is_ours = isinstance(found, type) and issubclass(found, Exception) and found.__module__ == module.__name__
            if is_ours and not BASES & {*found.__bases__}:
                yield found


@pytest.mark.parametrize("error", list(concrete_errors()), ids=lambda error: error.__name__)
def test_every_error_class_has_a_row(error: type[Exception]) -> None:
    assert vars(error)["code"] in PROBLEMS


def test_no_row_is_left_without_an_error_class() -> None:
    used = {vars(error)["code"] for error in concrete_errors()}
    # Outages come as errors of the database's driver and of the operating system.
    assert set(PROBLEMS) - used == {UNEXPECTED.code, *engine.CODES} - used


def test_every_figure_of_a_sentence_is_an_attribute_of_its_error() -> None:
    for error in concrete_errors():
        figures = dict.fromkeys(error.__dataclass_fields__, "x") if hasattr(error, "__dataclass_fields__") else {}
        sentence = PROBLEMS[vars(error)["code"]].sentence
        assert "%(" not in sentence % figures


def test_codes_are_written_in_upper_case_and_types_are_unique() -> None:
    assert all(code == row.code == code.upper() for code, row in PROBLEMS.items())
    assert len({row.uri for row in PROBLEMS.values()}) == len(PROBLEMS)


def test_an_error_tells_its_type_and_attributes() -> None:
    error = province.errors.ConflictError("bulletin", "b1", 1, 2)
    assert problem_of(error).status == 409
    assert problem_of(error).uri == "/problems/version-conflict"
    assert attributes_of(error) == {"kind": "bulletin", "id": "b1", "expected": 1, "actual": 2}


def test_what_is_not_ours_is_unexpected() -> None:
    assert problem_of(ValueError("x")) is UNEXPECTED
    assert attributes_of(ValueError("x")) == {}


def test_the_document_is_the_table() -> None:
    document = Path(importlib.import_module("cms").__path__[0]).parent / "docs" / "errors.md"
    assert document.read_text() == as_markdown()
