"""Lists of thousands of values in a query, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, create_engine, select
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from cms.fleet.tables import DeviceRow
from cms.platform.store.columns import Utc, ValueList
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.rows import among
from cms.platform.store.tables import OutboxRow
from cms.platform.store.uow import UowFactory

SUBJECTS = ["đ-1", "it's", 'a "b"', "back\\slash", "1", ""]


@pytest.mark.parametrize("dialect", [create_engine(url).dialect for url in ("sqlite://", "postgresql+psycopg://")])
def test_one_statement_and_one_parameter_for_any_number_of_values(dialect: Dialect) -> None:
    asked = [
        select(DeviceRow.id)
        .where(among(DeviceRow.id, [str(number) for number in range(count)]))
        .compile(dialect=dialect)
        for count in (0, 1, 2_049)
    ]
    assert len({str(each) for each in asked}) == 1
    assert all(len(each.params) == 1 for each in asked)


def test_rows_are_found_by_texts_numbers_and_enums_however_many_are_asked_for(units: UowFactory) -> None:
    with units() as unit:
        for subject in SUBJECTS:
            unit.outbox.add(OutboxKind.RECEIPT, subject)
        unit.outbox.add(OutboxKind.ALERT, "other")
        unit.commit()
    others = [f"not-{number}" for number in range(50_000)]
    with units() as unit:
        found = unit.session.scalars(
            select(OutboxRow.subject_id).where(among(OutboxRow.subject_id, [*others, *SUBJECTS])).order_by(OutboxRow.id)
        ).all()
        assert found == SUBJECTS
        numbers = unit.session.scalars(select(OutboxRow.id).where(among(OutboxRow.subject_id, SUBJECTS[:2]))).all()
        by_number = select(OutboxRow.subject_id).where(among(OutboxRow.id, numbers))
        assert set(unit.session.scalars(by_number)) == set(SUBJECTS[:2])
        by_kind = select(OutboxRow.subject_id).where(among(OutboxRow.kind, [OutboxKind.ALERT]))
        assert unit.session.scalars(by_kind).all() == ["other"]
        assert not unit.session.scalars(select(OutboxRow.id).where(among(OutboxRow.id, []))).all()


def test_a_value_longer_than_the_column_is_not_found_by_its_beginning(units: UowFactory) -> None:
    subject = "x" * 40
    with units() as unit:
        unit.outbox.add(OutboxKind.RECEIPT, subject)
        unit.commit()
    with units() as unit:
        longer = select(OutboxRow.id).where(among(OutboxRow.subject_id, [subject + "y"]))
        assert not unit.session.scalars(longer).all()


@given(st.lists(st.text(min_size=1), max_size=40))
def test_the_values_are_those_asked_for(values: list[str]) -> None:
    (asked,) = among(DeviceRow.id, values).compile(dialect=SQLiteDialect()).params.values()
    assert asked == values


def test_a_kind_of_value_that_would_not_compare_is_refused() -> None:
    with pytest.raises(TypeError, match="no form in JSON"):
        ValueList(Utc())
