"""Fixtures of all tests of whole sets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest

from tests.branch_coverage import MEASURED

HERE: Final = {name: value for name, value in os.environ.items() if name == MEASURED}


@pytest.fixture(scope="package", autouse=True)
def _programs_are_not_measured() -> Iterator[None]:
    """Run a set's programs without coverage, which makes them 50 % slower; other tests run every line of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(MEASURED, raising=False)
        yield
