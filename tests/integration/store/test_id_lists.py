from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from cms.fleet.tables import DeviceRow
from cms.platform.store.rows import among


def statement(count: int) -> str:
    query = select(DeviceRow.id).where(among(DeviceRow.id, [str(number) for number in range(count)]))
    dialect = sqlite.dialect(paramstyle="qmark")
    return str(query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))


def test_thousands_of_values_make_a_dozen_statements() -> None:
    assert len({statement(count) for count in range(2_049)}) <= 13


@pytest.mark.parametrize("count", [16_384, 16_385, 32_766])
def test_no_more_values_than_sqlite_takes(count: int) -> None:
    assert statement(count).count("?") == count


@given(st.lists(st.text(min_size=1), max_size=40))
def test_the_values_are_those_asked_for(values: list[str]) -> None:
    compiled = among(DeviceRow.id, values).compile(dialect=sqlite.dialect())
    (asked,) = compiled.params.values()
    assert set(asked) == set(values)
