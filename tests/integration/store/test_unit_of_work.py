from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from broadcast.bulletins.model import Bulletin, BulletinId, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Move, Schedule
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store import chain
from cms.platform.store.engine import reading
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.tables import EventRow
from cms.platform.store.uow import Committed, UowFactory
from province.areas import Area, AreaId
from province.errors import ConflictError, NotFoundError
from province.events import Event
from province.machine_clock import utc_now
from province.people import UserId

NOW = datetime(2025, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)


def bulletin(**changes: object) -> Bulletin:
    made = Bulletin(
        id=BulletinId("b1"),
        title="Lịch tiêm chủng",
        text="Ngày mai, trạm y tế tiêm chủng.",
        topic="y-te",
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=Targets((AreaId("p-1"),), (AreaId("c-2"),)),
        author_id=UserId("u1"),
        author_name="Nguyễn Thị A",
        created_at=NOW,
        changed_at=NOW,
        schedules=(
            Schedule(
                "s1",
                datetime(2025, 3, 2, 5, 30),  # noqa: DTZ001 wall time
                "FREQ=DAILY;COUNT=3",
                (date(2025, 3, 3),),
                (Move(date(2025, 3, 4), datetime(2025, 3, 4, 6, 0)),),  # noqa: DTZ001 wall time
            ),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def event(name: str, **detail: object) -> Event:
    return Event(name, "b1", NOW, "u1", "Nguyễn Thị A", detail)


def test_a_bulletin_comes_back_as_it_was_stored(units: UowFactory) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin())
        unit.commit()
    with units() as unit:
        assert unit[Bulletins].get(BulletinId("b1")) == bulletin()


def test_leaving_without_commit_keeps_nothing(units: UowFactory) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin())
        unit.outbox.add(OutboxKind.PLAN, "c-1")
        unit.record(event("bulletin.drafted"))
    with units() as unit:
        with pytest.raises(NotFoundError):
            unit[Bulletins].get(BulletinId("b1"))
        assert unit.outbox.unsent() == 0


def test_the_slower_of_two_writers_is_told_that_it_saw_an_old_version(units: UowFactory) -> None:
    with units() as unit:
        unit[Bulletins].add(bulletin())
        unit.commit()
    with units() as unit:
        unit[Bulletins].save(bulletin(version=2, title="Mới"))
        unit.commit()
    with units() as unit, pytest.raises(ConflictError) as caught:
        unit[Bulletins].save(bulletin(version=2, title="Khác"))
    assert (caught.value.expected, caught.value.actual) == (1, 2)


def test_hooks_run_after_the_commit_with_what_is_to_do(units: UowFactory) -> None:
    seen: list[Committed] = []
    units.hooks.append(seen.append)
    with units() as unit:
        job_id = unit.jobs.add(JobKind.MAKE_SOUND, "b1", {})
        unit.outbox.add(OutboxKind.PLAN, "c-1")
        assert seen == []
        unit.commit()
    assert seen == [Committed((job_id,), has_outbox=True)]


def test_a_failing_hook_does_not_undo_the_commit(units: UowFactory) -> None:
    def broken(_: Committed) -> None:
        raise ConnectionError("queue is down")

    units.hooks.append(broken)
    with units() as unit:
        unit[Bulletins].add(bulletin())
        unit.commit()
    with units() as unit:
        assert unit[Bulletins].get(BulletinId("b1")).title == "Lịch tiêm chủng"


def test_the_event_log_holds_until_somebody_changes_a_line(units: UowFactory) -> None:
    for n in range(3):
        with units() as unit:
            unit.record(event("bulletin.edited", n=n, place="Phường Mũi Né"))
            unit.record(event("bulletin.submitted", n=n))
            unit.commit()
    with reading(units.engine) as session:
        assert session.scalars(select(EventRow.seq).order_by(EventRow.seq)).all() == [1, 2, 3, 4, 5, 6]
        assert chain.first_break(session) is None
    with units() as unit:
        unit.session.execute(update(EventRow).where(EventRow.seq == 4).values(by_name="ai đó"))
        unit.commit()
    with reading(units.engine) as session:
        assert chain.first_break(session) == 4


def test_a_removed_line_breaks_the_log(units: UowFactory) -> None:
    with units() as unit:
        for n in range(3):
            unit.record(event("bulletin.edited", n=n))
        unit.commit()
    with units() as unit:
        unit.session.delete(unit.session.get_one(EventRow, 2))
        unit.commit()
    with reading(units.engine) as session:
        assert chain.first_break(session) == 2


def test_an_area_with_everything_comes_back_as_it_was_stored(units: UowFactory) -> None:
    province = Area(AreaId("p-1"), "Bình Thuận", "province", None, date(1991, 12, 26), codes={"gso": "60"})
    commune = Area(AreaId("c-1"), "Mũi Né", "ward", province.id, date(1999, 1, 1), predecessors=(AreaId("x-1"),))
    with units() as unit:
        unit[Places].add([province, commune])
        unit.commit()
    with units() as unit:
        assert unit[Places].tree().get(commune.id) == commune
        assert unit[Places].tree().get(province.id) == province


def test_sent_rows_are_not_taken_again_and_failed_ones_wait_longer_each_time(units: UowFactory) -> None:
    with units() as unit:
        unit.outbox.add(OutboxKind.CANCEL, "c-1", {"refs": ["o1"]})
        unit.commit()
    later = utc_now() + timedelta(minutes=1)
    with units() as unit:
        [message] = unit.outbox.take(later)
        unit.outbox.defer(message.ids, "broker gone", later)
        unit.commit()
    with units() as unit:
        assert unit.outbox.take(later) == []
        [message] = unit.outbox.take(later + timedelta(seconds=1.5))
        assert message.attempts == 1
        unit.outbox.defer(message.ids, "broker gone", later)
        unit.commit()
    with units() as unit:
        assert unit.outbox.take(later + timedelta(seconds=1.5)) == []
        [message] = unit.outbox.take(later + timedelta(seconds=2.5))
        unit.outbox.mark_sent(message.ids, later)
        unit.commit()
    with units() as unit:
        assert unit.outbox.take(later + timedelta(hours=1)) == []
        assert unit.outbox.unsent() == 0


def test_what_only_reads_waits_for_no_writer_and_sees_one_moment(units: UowFactory) -> None:
    with units() as writer, units.reading() as reader:
        writer[Bulletins].add(bulletin())
        writer.session.flush()
        with pytest.raises(NotFoundError):
            reader[Bulletins].get(BulletinId("b1"))
        writer.commit()


def test_what_only_reads_commits_nothing(units: UowFactory) -> None:
    with units.reading() as reader, pytest.raises(RuntimeError, match="commits nothing"):
        reader.commit()
