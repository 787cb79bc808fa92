"""Daily counts of reports, by the use cases and the worker, on a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.relays.model import RelayOrder
from broadcast.reports.model import Span
from cms.areas.repository import Places
from cms.areas.tables import AreaRow
from cms.bulletins.service import chimes
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import JobRow
from cms.reports.jobs import ReportScheduler
from cms.reports.repository.counting import count_day, due_days, store_day
from cms.reports.tables import PresenceChangeRow
from devices.model import DeviceStatus
from tests.builders import bulletins, recordings, relays
from tests.builders import reports as report_builders
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, PROVINCE, START, Console, open_console

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)


def test_what_was_sounded_is_counted_where_and_as_what(console: Console) -> None:
    of = report_builders.transmission(console)
    near = bulletins.devices(console)
    runs = [report_builders.as_run(console, of, each, START, seconds=6 * n) for n, each in enumerate(near)]
    report_builders.record(console, *runs)
    console.clock.pass_by(hours=1)
    report_builders.count(console)
    found = report_builders.figures(console, PROVINCE)
    assert (found.whole.airings, found.whole.airtime_ms, found.whole.device_ms) == (1, 12_000, 18_000)
    assert [(line.key, line.figures.airtime_ms) for line in found.topics] == [("health", 12_000)]
    assert [(line.key, line.figures.airtime_ms) for line in found.areas if line.figures.airings] == [(DISTRICT, 12_000)]
    assert {bar.span.first_on: bar.airtime_ms for bar in found.bars if bar.airtime_ms} == {TODAY: 12_000}
    assert found.counted_at == console.clock.at


def test_a_quarters_report_tells_the_minutes_relayed_of_each_source(console: Console) -> None:
    source = relays.approved(console, name="VOV1")
    order = RelayOrder(source.id, 15 * 60_000)
    relayed = report_builders.transmission(console, "Thời sự", relay=order)
    own = report_builders.transmission(console, "Tin xã", starts="2026-11-24T18:00")
    first, second, late = bulletins.devices(console)
    report_builders.record(
        console,
        report_builders.as_run(console, relayed, first, START, seconds=15 * 60),
        # One airing counts once per commune, however many loudspeakers sound it.
        report_builders.as_run(console, relayed, second, START, seconds=15 * 60),
        report_builders.as_run(console, relayed, late, START + DAY, seconds=10 * 60),
        report_builders.as_run(console, own, first, START + HOUR, seconds=6),
    )
    console.clock.pass_by(days=2)
    report_builders.count(console)
    quarter = Span(date(2026, 10, 1), date(2026, 12, 31))
    found = report_builders.figures(console, PROVINCE, quarter)
    details = {line.key: (line.figures.airings, line.figures.airtime_min) for line in found.sources}
    assert details == {"VOV1": (2, 25.0), "": (1, 0.1)}


def test_what_sounds_around_a_bulletin_is_counted_with_it_and_no_airing_is_longer_than_it_is(console: Console) -> None:
    chime = recordings.set_chime(console)
    opening = Rendition("device-opus", chime.candidate_sha256, 12_000, 3_000, "audio/ogg")
    sound = Sound(SoundState.READY, renditions=(opening,))
    assert chimes.take(console.context.uow(), chime.id, sha256=opening.sha256, sound=sound, now=console.clock())
    of = report_builders.transmission(console)
    assert of.duration_ms == of.rendition.duration_ms + opening.duration_ms
    whole, over, clockless = bulletins.devices(console)
    runs = [
        report_builders.as_run(console, of, whole, START, seconds=of.duration_ms / 1000),
        report_builders.as_run(console, of, over, START, seconds=of.duration_ms / 1000 + 60),
        replace(report_builders.as_run(console, of, clockless, START), started_at=None, ended_at=None),
    ]
    report_builders.record(console, *runs)
    report_builders.count(console)
    assert report_builders.figures(console).whole.device_ms == 3 * of.duration_ms


def test_late_records_count_on_their_day_and_in_its_month_once_each(console: Console) -> None:
    of = report_builders.transmission(console)
    one, two, _three = bulletins.devices(console)
    early = START - timedelta(days=40)
    day = Span(date(2026, 10, 15), date(2026, 10, 15))
    cut = report_builders.as_run(console, of, one, early, seconds=5, result="cut", part=1)
    rest = report_builders.as_run(console, of, one, early, seconds=6, part=2)
    other = report_builders.as_run(console, of, two, early, seconds=9, result="cut")
    counted = []
    for runs in ([cut], [rest, cut], [other, rest]):
        report_builders.record(console, *runs)
        console.clock.pass_by(minutes=11)
        report_builders.count(console)
        figures = report_builders.figures(console, span=day).whole
        counted.append((figures.airings, figures.airtime_ms, figures.device_ms, figures.done, figures.cut))
    assert counted == [(1, 5_000, 5_000, 0, 1), (1, 11_000, 11_000, 1, 0), (1, 11_000, 20_000, 1, 1)]
    october = report_builders.figures(console, span=Span(date(2026, 10, 1), date(2026, 10, 31)))
    assert october.whole.device_ms == 20_000


def test_the_same_records_in_any_order_give_the_same_report(tmp_path_factory: pytest.TempPathFactory) -> None:
    reports = []
    for order in range(3):
        with open_console(tmp_path_factory.mktemp("order") / "home") as console:
            of = report_builders.transmission(console)
            runs = [
                report_builders.as_run(console, of, each, START - n * HOUR, seconds=4 + n, result=result)
                for n, (each, result) in enumerate(
                    zip(bulletins.devices(console), ("done", "cut", "missed"), strict=True)
                )
            ]
            console.clock.pass_by(hours=1)
            for run in runs[order:] + runs[:order]:
                report_builders.record(console, run)
                report_builders.count(console)
                console.clock.pass_by(minutes=11)
            reports.append(report_builders.figures(console).whole)
    assert [replace(each, service_ms=0, online_ms=0) for each in reports] == [
        replace(reports[0], service_ms=0, online_ms=0)
    ] * 3


def test_a_quarter_is_the_sum_of_its_days_however_it_is_asked_for(console: Console) -> None:
    of = report_builders.transmission(console)
    (one, *_others) = bulletins.devices(console)
    for days in (0, 20, 24, 54):
        report_builders.record(console, report_builders.as_run(console, of, one, START - timedelta(days=days)))
    report_builders.count(console)
    quarter = report_builders.figures(console, span=Span(date(2026, 10, 1), date(2026, 12, 31)))
    daily = [
        report_builders.figures(console, span=Span(on, on)).whole.airtime_ms
        for on in (date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 4), TODAY)
    ]
    assert daily == [12_000] * 4
    assert quarter.whole.airtime_ms == sum(daily)
    assert [bar.airtime_ms for bar in quarter.bars] == [24_000, 24_000, 0]
    ragged = report_builders.figures(console, span=Span(date(2026, 10, 31), date(2026, 12, 15)))
    assert ragged.whole.airtime_ms == 36_000


def test_a_count_that_was_overtaken_is_not_written(console: Console) -> None:
    of = report_builders.transmission(console)
    one, two, _three = bulletins.devices(console)
    report_builders.record(console, report_builders.as_run(console, of, one, START))
    with reading(console.context.engine) as session:
        slow = count_day(session, TODAY, console.clock.at)
    report_builders.record(console, report_builders.as_run(console, of, two, START))
    with reading(console.context.engine) as session:
        quick = count_day(session, TODAY, console.clock.at)
    assert slow is not None
    assert quick is not None
    written = []
    for count in (quick, slow):
        with console.context.uow() as unit:
            written.append(store_day(unit.session, count))
            unit.commit()
    assert written == [True, False]
    assert report_builders.figures(console).whole.done == 2


def test_what_comes_while_a_day_is_counted_has_it_counted_again(console: Console) -> None:
    of = report_builders.transmission(console)
    one, two, _three = bulletins.devices(console)
    report_builders.record(console, report_builders.as_run(console, of, one, START))
    with reading(console.context.engine) as session:
        count = count_day(session, TODAY, console.clock.at)
    report_builders.record(console, report_builders.as_run(console, of, two, START))
    assert count is not None
    with console.context.uow() as unit:
        assert store_day(unit.session, count)
        unit.commit()
    console.clock.pass_by(minutes=11)
    with reading(console.context.engine) as session:
        assert due_days(session, console.clock.at) == [TODAY]


def test_a_day_nobody_marked_is_not_counted(console: Console) -> None:
    with reading(console.context.engine) as session:
        assert count_day(session, TODAY, console.clock.at) is None


def came(console: Console, device_id: str, *, online: bool, conn: int) -> None:
    with console.context.uow() as unit:
        presence = StatusTable(unit.session, {device_id})  # type: ignore[arg-type]
        presence.report(DeviceStatus(device_id, online, conn, console.clock.at))  # type: ignore[arg-type]
        presence.flush()
        unit.commit()


def test_devices_could_speak_for_the_share_of_the_day_they_were_connected(console: Console) -> None:
    one, two, _three = bulletins.devices(console)
    came(console, one.id, online=True, conn=1)
    came(console, two.id, online=True, conn=1)
    console.clock.pass_by(hours=3)
    came(console, two.id, online=False, conn=2)
    came(console, one.id, online=True, conn=2)
    console.clock.pass_by(hours=3)
    report_builders.count(console)
    found = report_builders.figures(console)
    assert (found.whole.clusters, found.whole.service_ms // 3_600_000) == (3, 18)
    assert found.whole.online_ms // 3_600_000 == 9
    assert found.whole.online_pct == 50.0


def test_a_day_that_is_over_is_counted_for_good_and_moved_devices_do_not_change_it(console: Console) -> None:
    (one, *_others) = bulletins.devices(console)
    came(console, one.id, online=True, conn=1)
    report_builders.count(console)
    console.clock.pass_by(days=1)
    report_builders.count(console)
    day = Span(TODAY, TODAY)
    before = report_builders.figures(console, span=day)
    with console.context.uow() as unit:
        unit[Devices].save(replace(one, area_id=FAR_COMMUNE))
        unit.commit()
    of = report_builders.transmission(console, starts="2026-11-27T17:00")
    report_builders.record(console, report_builders.as_run(console, of, one, START))
    console.clock.pass_by(minutes=11)
    report_builders.count(console)
    after = report_builders.figures(console, span=day)
    assert before.whole.service_ms == 3 * 15 * 3_600_000
    assert (after.whole.clusters, after.whole.service_ms, after.whole.done) == (3, before.whole.service_ms, 1)


def test_a_renamed_area_keeps_its_name_in_reports_of_before(console: Console) -> None:
    report_builders.count(console)
    console.clock.pass_by(days=10)
    with console.context.uow() as unit:
        row = unit.session.get(AreaRow, COMMUNE)
        assert row is not None
        row.name = "Mũi Né mới"
        unit.commit()
    report_builders.count(console)
    then = report_builders.figures(console, span=Span(TODAY, TODAY))
    now = report_builders.figures(console, span=Span(TODAY, TODAY + timedelta(days=10)))
    assert (then.area_name, now.area_name) == ("Mũi Né", "Mũi Né mới")


def test_a_closed_area_keeps_its_report_and_its_place_in_the_whole(console: Console) -> None:
    of = report_builders.transmission(console)
    report_builders.record(
        console, *(report_builders.as_run(console, of, d, START) for d in bulletins.devices(console))
    )
    report_builders.count(console)
    before = report_builders.figures(console, PROVINCE)
    with console.context.uow() as unit:
        unit[Places].close([COMMUNE, DISTRICT], TODAY + timedelta(days=1))
        unit.commit()
    assert report_builders.figures(console, PROVINCE) == before


def test_old_comings_and_goings_are_forgotten_but_for_the_last(console: Console) -> None:
    (one, *_others) = bulletins.devices(console)
    for conn in (1, 2, 3):
        came(console, one.id, online=conn % 2 == 1, conn=conn)
        console.clock.pass_by(hours=1)
    report_builders.count(console)
    console.clock.pass_by(days=60)
    report_builders.count(console)
    with reading(console.context.engine) as session:
        kept = session.execute(select(PresenceChangeRow.device_id, PresenceChangeRow.online)).all()
    assert [tuple(row) for row in kept] == [(one.id, True)]
    last = (console.clock.at + timedelta(hours=7)).date() - timedelta(days=1)
    assert report_builders.figures(console, span=Span(last, last)).whole.online_ms == 24 * 3_600_000


def test_the_clerk_asks_for_one_count_at_a_time(console: Console) -> None:
    clerk = ReportScheduler(console.context)
    assert [clerk.step(), clerk.step()] == [1, 0]
    with console.context.uow() as unit:
        (job_id,) = unit.session.scalars(select(JobRow.id).where(JobRow.kind == JobKind.COUNT_FIGURES)).all()
    report_builders.runner(console).run(job_id)
    with console.context.uow() as unit:
        assert unit.session.scalar(select(JobRow.state)) == JobState.DONE
    assert clerk.step() == 0
    console.clock.pass_by(minutes=11)
    assert clerk.step() == 1
