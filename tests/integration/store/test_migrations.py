from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier, Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from broadcast.model.alerts import OrderId
from cms import migrations
from cms.store import as_run_chain
from cms.store.engine import make_engine, reading
from cms.store.orders import SqlOrders
from cms.store.tables import Base
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_empty_database()


def test_the_migrations_make_the_tables_that_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine, database_url: str) -> None:
    before = inspect(engine).get_table_names()
    migrations.upgrade(database_url)
    assert inspect(engine).get_table_names() == before


def test_processes_that_start_at_once_may_all_upgrade(empty_url: str) -> None:
    barrier, done = Barrier(3), []

    def start() -> None:
        barrier.wait(10)
        migrations.upgrade(empty_url)
        done.append(True)

    starts = [Thread(target=start) for _ in range(3)]
    for one in starts:
        one.start()
    for one in starts:
        one.join(60)
    engine = make_engine(empty_url)
    assert len(done) == 3
    assert "bulletins" in inspect(engine).get_table_names()
    engine.dispose()


def test_devices_from_before_alerts_are_told_where_they_stand(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0002")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO areas (id, name, kind, valid_from, codes, predecessors) "
                "VALUES ('xa-1', 'Xã 1', 'xa', '2020-01-01', '{}', '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO devices "
                "(id, serial, name, kind, area_id, enrolled_at, groups, volume_pct, desired_version) VALUES "
                "('loa-1', 's-1', 'Loa 1', 'cluster', 'xa-1', '2026-01-01 00:00:00', '[]', 80, 7)"
            )
        )
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT desired_version FROM devices")) == 8
    engine.dispose()


def test_records_from_before_the_chain_are_sealed_with_where_the_device_stands(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0013")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO areas (id, name, kind, valid_from, codes, predecessors)"
                " VALUES ('xa-1', 'Xã Một', 'commune', '2020-01-01', '{}', '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO devices (id, serial, name, kind, area_id, enrolled_at, groups, volume_pct,"
                " desired_version) VALUES ('l1', 's1', 'Loa', 'cluster', 'xa-1', '2026-01-01 00:00:00', '[]', 80, 1)"
            )
        )
        for number, device in enumerate(("l1", "gone")):
            connection.execute(
                text(
                    "INSERT INTO as_runs (device_id, record_id, device_name, occurrence_id, transmission_id, title,"
                    " sha256, planned_at, started_at, result, reason, volume_pct, received_at) VALUES (:device, 'r',"
                    " 'Loa', 't-s-1', 't', 'Tin', '', '2026-01-01 00:00:00', '2026-01-01 00:00:00.25', 'done', '', 70,"
                    f" '2026-01-0{number + 1} 00:00:00')"
                ),
                {"device": device},
            )
    migrations.upgrade(empty_url)
    with reading(engine) as session:
        found = as_run_chain.verify(session)
        assert (found.sealed, found.holds) == (2, True)
        places = session.execute(text("SELECT area_name FROM as_runs ORDER BY received_at")).scalars().all()
        assert places == ["Xã Một", ""]
    engine.dispose()


def test_old_tickets_keep_their_fault_and_one_a_device_becomes_the_devices(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0051")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO areas (id, name, kind, valid_from, codes, predecessors)"
                " VALUES ('xa-1', 'Xã Một', 'commune', '2020-01-01', '{}', '[]')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO devices (id, serial, name, kind, area_id, enrolled_at, groups, volume_pct,"
                " desired_version) VALUES ('l1', 's1', 'Loa', 'cluster', 'xa-1', '2026-01-01 00:00:00', '[]', 80, 1)"
            )
        )
        for name, kind, holder, state in (
            ("t1", "mains_lost", "", "open"),
            ("t2", "link_lost", "u1", "taken"),
            ("t3", "amp_fault", "", "done"),
        ):
            connection.execute(
                text(
                    "INSERT INTO tickets (id, subject, origin, area_id, opened_at, opened_by, opened_by_name,"
                    " device_id, device_name, fault_kind, fault_id, incident_id, feedback_id, text, state, holder,"
                    " holder_name,"
                    " ended_by_name, version) VALUES (:name, :subject, 'fault', 'xa-1',"
                    " '2026-01-01 00:00:00', 'health', 'health', 'l1', 'Loa', :kind, :fault, '', '', '',"
                    " :state, :holder, '', '', 1)"
                ),
                {
                    "name": name,
                    "subject": f"device:l1:{kind}",
                    "fault": f"f-{name}",
                    "kind": kind,
                    "holder": holder,
                    "state": state,
                },
            )
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        about = connection.execute(text("SELECT ticket_id, fault_id FROM ticket_faults ORDER BY 1")).all()
        assert [tuple(each) for each in about] == [("t1", "f-t1"), ("t2", "f-t2"), ("t3", "f-t3")]
        subjects = {row[0]: row[1] for row in connection.execute(text("SELECT id, subject FROM tickets"))}
        assert (subjects["t2"], subjects["t1"]) == ("device:l1", "device:l1:mains_lost")
    engine.dispose()


def test_what_devices_told_of_old_alerts_outlives_the_ends_that_stood_above_it(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0050")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        for name, status in (("a1", "expired"), ("a2", "cancelled"), ("a3", "superseded"), ("a4", "active")):
            _insert(connection, "alerts", id=name, status=status)
            ended_at = None if status == "active" else "2026-01-01 00:05:00"
            _insert(connection, "orders", id=f"o-{name}", alert_id=name, ended_at=ended_at)
        for device, state, rank in (("l1", "done", 6), ("l2", "cancelled", 7), ("l3", "cut", 5)):
            told = {"state": state, "rank": rank, "changed_at": "2026-01-01 00:01:00"}
            _insert(connection, "reaches", order_id="o-a1", device_id=device, **told)
    migrations.upgrade(empty_url)
    with reading(engine) as session:
        reasons = session.execute(text("SELECT end_reason FROM orders ORDER BY id")).scalars().all()
        assert reasons == ["EXPIRED", "CANCELLED", "REPLACED", None]
        found = {each.device_id: each for each in SqlOrders(session).reaches(OrderId("o-a1"))}
        ranks = session.execute(text("SELECT rank FROM reaches ORDER BY device_id")).scalars().all()
    assert ranks == [found[each].state.rank for each in sorted(found)]
    at = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert [found[each].closed_at for each in sorted(found)] == [None, at, None]
    assert [(found[each].latest, found[each].latest_at) for each in sorted(found)] == [
        (found[each].state, at) for each in sorted(found)
    ]
    engine.dispose()


def _insert(connection: Connection, table: str, **known: object) -> None:
    """Insert a row of the table as it is now; unknown values are the empty value of their type."""
    row = dict(known)
    for column in inspect(connection).get_columns(table):
        if column["name"] not in row and not column["nullable"]:
            row[column["name"]] = _nothing(column["type"].python_type)
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


def _nothing(kind: type) -> object:
    if kind is datetime:
        return "2026-01-01 00:00:00"
    if kind is date:
        return "2026-01-01"
    return {bool: False, int: 0, float: 0.0}.get(kind, "")


def test_the_content_of_old_bulletins_is_found_by_its_hash(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0055")
    engine = make_engine(empty_url)
    told = {
        **dict.fromkeys(("title", "text", "topic", "language", "author_id", "author_name", "original_name"), "x"),
        **dict.fromkeys(("origin", "pen_name", "submitter_name", "folded"), ""),
        "id": "b-1",
        "priority": "normal",
        "status": "draft",
        "version": 1,
        "after": "restart",
        "targets": "{}",
        **dict.fromkeys(("created_at", "changed_at"), "2026-01-01 00:00:00"),
        **dict.fromkeys(("schedules", "remarks"), "[]"),
        "original_sha256": "a" * 64,
        "sound": '{"state": "ready", "renditions": [{"kind": "device-opus", "sha256": "' + "b" * 64 + '"}]}',
    }
    names = ", ".join(told)
    values = ", ".join(f":{name}" for name in told)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO bulletins ({names}) VALUES ({values})"), told)
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT sha256, bulletin_id FROM bulletin_sounds ORDER BY sha256")).all()
        assert [tuple(row) for row in found] == [("a" * 64, "b-1"), ("b" * 64, "b-1")]
    engine.dispose()


def test_what_aired_before_is_kept_as_it_stands_and_said_to_be_so(empty_url: str) -> None:
    migrations.upgrade(empty_url, "0053")
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        _insert(connection, "areas", id="xa-1")
        for name in ("l1", "l2", "l3"):
            _insert(connection, "devices", id=name, serial=name, area_id="xa-1", kind="cluster")
        _insert(connection, "devices", id="b1", serial="b1", area_id="xa-1", kind="board")
        _insert(connection, "day_plans", area_id="xa-1", on="2026-01-01")
        for name, only in (("t-s-1", None), ("t-s-2", 2)):
            known = {"area_id": "xa-1", "on": "2026-01-01", "placed": True, "only_devices": only}
            _insert(connection, "plan_items", occurrence_id=name, **known)
        for device in ("l1", "gone"):
            _insert(connection, "deliveries", occurrence_id="t-s-1", device_id=device, state="done")
    migrations.upgrade(empty_url)
    with engine.connect() as connection:
        aired = connection.execute(
            text("SELECT occurrence_id, devices, listed FROM aired_audiences ORDER BY occurrence_id")
        ).all()
        assert [tuple(each) for each in aired] == [("t-s-1", 3, False), ("t-s-2", 2, False)]
        stood = connection.execute(text("SELECT device_id, area_id FROM deliveries ORDER BY device_id")).all()
        assert [tuple(each) for each in stood] == [("gone", ""), ("l1", "xa-1")]
    engine.dispose()
