from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, delete, insert, text, update

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.relays.model import RelayRun, RelayRunPart, RelaySourceId
from cms.platform.store import chain
from cms.platform.store.engine import reading
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import make_uow_factory
from cms.schedule.queries.after_air import as_run_log
from cms.schedule.repository import as_run_chain
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.tables import AsRunRow, AsRunSealRow
from devices.model import DeviceId
from province.areas import AreaId
from tests.fakes.programme import NOW


def run(number: int, **more: object) -> AsRun:
    plain = AsRun(
        device_id=DeviceId("loa-1"),
        device_name="Loa cổng chợ",
        record_id=f"r{number}",
        occurrence_id=OccurrenceId("t1-s1-202603021700"),
        transmission_id=TransmissionId("t1"),
        title="Lịch tiêm chủng",
        sha256="a" * 64,
        planned_at=NOW,
        started_at=NOW + timedelta(milliseconds=4),
        ended_at=None,
        result="done",
        reason="",
        volume_pct=70,
        received_at=NOW,
        area_id=AreaId("xa-1"),
        area_name="Xã Một",
    )
    return replace(plain, **more)  # type: ignore[arg-type] # fields of one value


def store(engine: Engine, *runs: AsRun) -> None:
    with make_uow_factory(engine)() as unit:
        unit[Deliveries].record(runs)
        unit.commit()


def verdict(engine: Engine) -> as_run_chain.ChainVerdict:
    with reading(engine) as session:
        return as_run_chain.verify(session)


def test_an_empty_log_holds(engine: Engine) -> None:
    assert verdict(engine) == as_run_chain.ChainVerdict(0, 0, None, chain.GENESIS)


def test_late_and_repeated_records_do_not_break_it(engine: Engine) -> None:
    store(engine, run(2), run(3))
    store(engine, run(3), run(1, received_at=NOW + timedelta(days=3), started_at=None), run(2, title="Anders"))
    found = verdict(engine)
    assert (found.sealed, found.holds) == (3, True)
    assert len(found.head) == 64


def test_many_pages_are_read(engine: Engine) -> None:
    store(engine, *(run(number) for number in range(chain.PAGE_ROWS + 5)))
    assert verdict(engine).sealed == chain.PAGE_ROWS + 5
    assert verdict(engine).holds


def test_a_changed_name_is_found(engine: Engine) -> None:
    store(engine, run(1), run(2), run(3))
    with engine.begin() as connection:
        connection.execute(update(AsRunRow).where(AsRunRow.record_id == "r2").values(area_name="Xã Hai"))
    assert verdict(engine).first_break == 2


def test_a_removed_record_is_found_and_so_is_a_removed_seal(engine: Engine) -> None:
    store(engine, run(1), run(2), run(3))
    with engine.begin() as connection:
        connection.execute(delete(AsRunRow).where(AsRunRow.record_id == "r2"))
    assert verdict(engine).first_break == 2
    with engine.begin() as connection:
        connection.execute(delete(AsRunSealRow).where(AsRunSealRow.seq == 2))
    assert verdict(engine).first_break == 2


def test_a_record_put_in_past_the_chain_is_found(engine: Engine) -> None:
    store(engine, run(1))
    with engine.begin() as connection:
        connection.execute(insert(AsRunRow), [columns_of(run(9))])
    found = verdict(engine)
    assert (found.first_break, found.unsealed, found.holds) == (None, 1, False)


def test_what_is_rolled_back_is_not_sealed(engine: Engine) -> None:
    units = make_uow_factory(engine)
    with units() as unit:
        unit[Deliveries].record([run(1)])
    with units() as unit:
        unit.commit()
    assert verdict(engine).sealed == 0


def test_names_stay_as_they_were_when_the_record_came(engine: Engine) -> None:
    store(engine, run(1))
    with engine.begin() as connection:
        connection.execute(text("UPDATE areas SET name = 'Xã mới'"))
        connection.execute(text("UPDATE devices SET name = 'Loa mới'"))
    assert verdict(engine).holds


RELAYED = RelayRun(
    RelaySourceId("vov1"), 1_790_000, 10_000, (RelayRunPart("fallback", NOW, NOW + timedelta(seconds=10)),)
)


def test_how_a_relay_went_is_sealed_and_comes_back(engine: Engine) -> None:
    output = run(1, relayed=RELAYED)
    store(engine, output, run(2))
    assert verdict(engine).holds
    with reading(engine) as session:
        (first, _) = as_run_log(session, None, NOW - timedelta(days=1), NOW + timedelta(days=1)).rows
        assert first == output
        # Records without a relay keep the hash they had before there were relays.
        assert as_run_chain.link("x", 1, run(2)) != as_run_chain.link("x", 1, run(2, relayed=RELAYED))


def test_a_relay_that_is_told_otherwise_afterwards_breaks_it(engine: Engine) -> None:
    store(engine, run(1, relayed=RELAYED))
    with engine.begin() as connection:
        connection.execute(update(AsRunRow).values(relayed=replace(RELAYED, fallback_ms=0)))
    assert verdict(engine).first_break == 1
