"""Personal data: every column that refers to a person is classified, and what is classified exists."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any, get_args, get_type_hints

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.orm import Session

from cms.personal_data.columns import DELETED, ERASURES, PERSONAL_COLUMNS
from cms.personal_data.model import LIMITS, Erasure, PersonalDataKind
from cms.personal_data.repository import PersonalData
from cms.platform.store.columns import Frozen, stored_type
from cms.tables import Base
from province.people import UserId

_PERSON = re.compile(
    r"(^|_)(by|by_name|by_id|email|phone|contact|people|person|login|listener|agent|signer|pen_name|editors|address"
    r"|(user|owner|author|submitter|approver|holder)_(id|name)|holder)$"
)
_NO_PEOPLE = {"process_leases.holder": "a process of the server"}


def referring(metadata: MetaData) -> Iterator[tuple[str, str]]:
    """Yield the columns that refer to a person: by name, by foreign key, or inside a value stored as JSON."""
    for table in metadata.tables.values():
        for column in table.columns:
            is_account = any(key.target_fullname == "users.id" for key in column.foreign_keys)
            is_inside = isinstance(column.type, Frozen) and holds_person(column.type.kind, set())
            if is_account or is_inside or _PERSON.search(column.name):
                yield table.name, column.name


def holds_person(kind: Any, seen: set[Any]) -> bool:
    """Return whether a value of this type holds the id of an account, or a name beside it."""
    if kind is UserId:
        return True
    if kind in seen:
        return False
    seen.add(kind)
    if any(holds_person(part, seen) for part in get_args(kind)):
        return True
    return dataclasses.is_dataclass(kind) and any(
        # ``by`` inside a value may be a voice; the name of a person stands beside it then, or its type says so.
        (name != "by" and _PERSON.search(name) is not None) or holds_person(hint, seen)
        for name, hint in get_type_hints(kind).items()
    )


def unclassified(metadata: MetaData) -> set[str]:
    known = {(each.table, column) for each in PERSONAL_COLUMNS for column in each.all}
    return {".".join(found) for found in referring(metadata) if found not in known} - _NO_PEOPLE.keys()


def test_every_column_that_refers_to_a_person_is_classified() -> None:
    assert unclassified(Base.metadata) == set()


@pytest.mark.parametrize("name", ["shouted_by", "shouted_by_name", "owner_id", "email"])
def test_a_new_column_is_found_by_its_name(name: str) -> None:
    metadata = MetaData()
    Table("shouts", metadata, Column("id", String, primary_key=True), Column(name, String), Column("text", String))
    assert unclassified(metadata) == {f"shouts.{name}"}


def test_a_new_column_is_found_by_its_key_and_by_what_its_value_holds() -> None:
    @dataclasses.dataclass(frozen=True)
    class Shout:
        by: UserId

    metadata = MetaData()
    Table("users", metadata, Column("id", String, primary_key=True))
    Table("shouts", metadata, Column("of", ForeignKey("users.id")), Column("said", Frozen(tuple[Shout, ...])))
    assert unclassified(metadata) == {"shouts.of", "shouts.said"}


def test_what_is_classified_exists_and_is_classified_once() -> None:
    tables = Base.metadata.tables
    columns = [(each.table, column) for each in PERSONAL_COLUMNS for column in each.all]
    assert [(table, column) for table, column in columns if column not in tables[table].columns] == []
    assert len(columns) == len(set(columns))


def test_every_kind_of_the_register_stands_for_columns_and_names_have_an_owner() -> None:
    assert [kind for kind, erasures in ERASURES.items() if not erasures] == []
    for each in PERSONAL_COLUMNS:
        if each.erasure is Erasure.PSEUDONYM and each.table != "users":
            assert (len(each.names) in {0, len(each.owners)}, each.texts) == (True, ()), each.table
        if each.erasure is Erasure.DELETED:
            assert each.owners, each.table
    assert LIMITS.keys() <= set(PersonalDataKind)


def test_a_name_without_its_owner_is_never_among_what_gets_a_pseudonym() -> None:
    """A copy is found by the id beside it: a table that holds another copy would be half erased."""
    names = re.compile(r"(^|_)by_name$")
    for each in PERSONAL_COLUMNS:
        if each.erasure is Erasure.PSEUDONYM:
            held = {column.name for column in Base.metadata.tables[each.table].columns if names.search(column.name)}
            assert held <= {*each.names}, each.table


NOW = datetime(2026, 11, 24, tzinfo=UTC)
_NUMBERS = itertools.count(1)
_FILLED: dict[type, object] = {
    int: 1,
    float: 1.0,
    bool: False,
    bytes: b"x",
    datetime: NOW,
    date: NOW.date(),
    time: time(5),
}


def put(session: Session, table: Table, person: UserId, values: dict[str, str]) -> None:
    """Insert a row with these values; every other column that has to have one gets the person, or something."""
    filled = {
        column.name: []
        if isinstance(column.type, Frozen)
        else _FILLED.get(stored_type(column.type).python_type, person)
        for column in table.columns
        if not column.nullable and column.server_default is None
    }
    numbers = {column.name: next(_NUMBERS) for column in table.primary_key if filled.get(column.name) == 1}
    session.execute(insert(table), [filled | numbers | values])


def test_erasing_leaves_nothing_of_a_persons_own_and_no_name_on_settings() -> None:
    """Two people in every table: one is erased, and nothing of the other is touched."""
    engine = create_engine("sqlite://")  # without foreign keys: a row needs no parents here
    Base.metadata.create_all(engine)
    mine, other = UserId("u-mine"), UserId("u-other")
    renamed = [each for each in PERSONAL_COLUMNS if each.erasure is Erasure.PSEUDONYM and each.names]
    with Session(engine) as session:
        for person in (mine, other):
            for each in (*DELETED, *renamed):
                names = dict.fromkeys(each.names, "Tên thật")
                put(session, Base.metadata.tables[each.table], person, dict.fromkeys(each.owners, person) | names)
        PersonalData(session).erase(mine, "erased-u-mine", "Tài khoản đã xóa", NOW)

        def people(table: str, column: str) -> list[object]:
            return sorted(session.scalars(select(Base.metadata.tables[table].c[column])))

        for each in DELETED:
            assert people(each.table, each.owners[0]) == [other], each.table
        for each in renamed:
            assert people(each.table, each.names[0]) == ["Tài khoản đã xóa", "Tên thật"], each.table
