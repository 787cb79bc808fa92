from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from cms.audit.queries import events_of, job_progress, latest_events
from cms.platform.store import chain
from cms.platform.store.engine import reading
from cms.platform.store.idempotency import IdempotencyKeys, KeptAnswer
from cms.platform.store.jobs import ATTEMPTS_MAX, JobState
from cms.platform.store.kinds import JobKind, OutboxKind
from cms.platform.store.tables import EventRow
from cms.platform.store.uow import UowFactory
from province.events import Event

START = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(engine: Engine, clock: Clock) -> UowFactory:
    return UowFactory(engine, now=clock)


def put(units: UowFactory, *rows: tuple[OutboxKind, str]) -> None:
    with units() as unit:
        for kind, subject in rows:
            unit.outbox.add(kind, subject, {"n": subject})
        unit.commit()


def job(units: UowFactory) -> str:
    with units() as unit:
        job_id = unit.jobs.add(JobKind.MAKE_SOUND, "b1", {"text": "xin chào"})
        unit.commit()
    return job_id


def state_of(units: UowFactory, job_id: str) -> JobState:
    with reading(units.engine) as session:
        found = job_progress(session, job_id)
    assert found is not None
    return found.state


def test_the_newest_of_what_only_says_bring_up_to_date_stands_for_all(timed: UowFactory) -> None:
    put(timed, (OutboxKind.MANIFEST, "a"), (OutboxKind.MANIFEST, "b"), (OutboxKind.MANIFEST, "a"))
    with timed() as unit:
        messages = unit.outbox.take(START)
        assert [(each.subject_id, len(each.ids)) for each in messages] == [("b", 1), ("a", 2)]
        unit.outbox.mark_sent(messages[1].ids, START)
        unit.commit()
    with timed() as unit:
        assert [each.subject_id for each in unit.outbox.take(START)] == ["b"]


def test_orders_that_name_their_own_things_are_all_kept_in_order(timed: UowFactory) -> None:
    put(timed, (OutboxKind.CANCEL, "a"), (OutboxKind.MANIFEST, "a"), (OutboxKind.CANCEL, "a"))
    with timed() as unit:
        assert [each.kind for each in unit.outbox.take(START)] == [
            OutboxKind.CANCEL,
            OutboxKind.MANIFEST,
            OutboxKind.CANCEL,
        ]


def test_merged_rows_keep_every_payload(timed: UowFactory) -> None:
    with timed() as unit:
        unit.outbox.add(OutboxKind.PLAN, "a", {"bulletin": "b1"})
        unit.outbox.add(OutboxKind.PLAN, "a", {"bulletin": "b2"})
        unit.commit()
    with timed() as unit:
        [message] = unit.outbox.take(START)
    assert message.payload == {"bulletin": "b2"}
    assert [each["bulletin"] for each in message.payloads] == ["b1", "b2"]


def test_a_subject_that_waits_after_a_failure_waits_whole(timed: UowFactory) -> None:
    put(timed, (OutboxKind.CANCEL, "a"))
    with timed() as unit:
        unit.outbox.defer(unit.outbox.take(START)[0].ids, "broker gone", START)
        unit.commit()
    put(timed, (OutboxKind.MANIFEST, "a"), (OutboxKind.MANIFEST, "b"))
    with timed() as unit:
        assert [each.subject_id for each in unit.outbox.take(START)] == ["b"]
        later = unit.outbox.take(START + SECOND)
    assert [(each.kind, each.subject_id) for each in later] == [
        (OutboxKind.CANCEL, "a"),
        (OutboxKind.MANIFEST, "a"),
        (OutboxKind.MANIFEST, "b"),
    ]


def test_waiting_never_grows_beyond_a_minute(timed: UowFactory) -> None:
    put(timed, (OutboxKind.CANCEL, "a"))
    for _ in range(20):
        with timed() as unit:
            [message] = unit.outbox.take(START + timedelta(days=1))
            unit.outbox.defer(message.ids, "broker gone", START)
            unit.commit()
    with timed() as unit:
        assert unit.outbox.take(START + timedelta(seconds=59)) == []
        assert len(unit.outbox.take(START + timedelta(seconds=61))) == 1


def test_what_was_sent_long_ago_is_forgotten_and_what_was_not_is_kept(timed: UowFactory) -> None:
    put(timed, (OutboxKind.CANCEL, "a"), (OutboxKind.CANCEL, "b"))
    with timed() as unit:
        unit.outbox.mark_sent(unit.outbox.take(START)[0].ids, START)
        unit.outbox.forget(START + SECOND)
        unit.commit()
    with timed() as unit:
        assert [each.subject_id for each in unit.outbox.take(START)] == ["b"]
        assert unit.outbox.unsent() == 1


def test_a_job_is_claimed_once(timed: UowFactory) -> None:
    job_id = job(timed)
    with timed() as unit:
        mine = unit.jobs.claim(job_id, 60)
        unit.commit()
    assert mine is not None
    assert (mine.payload, mine.attempts) == ({"text": "xin chào"}, 1)
    with timed() as unit:
        assert unit.jobs.claim(job_id, 60) is None
        assert unit.jobs.claim("unknown", 60) is None


def test_progress_renews_the_lease(timed: UowFactory, clock: Clock) -> None:
    job_id = job(timed)
    with timed() as unit:
        mine = unit.jobs.claim(job_id, 60)
        assert mine is not None
        clock.now += 50 * SECOND
        assert unit.jobs.progress(mine, 40, "encoding", 60)
        unit.commit()
    clock.now += 50 * SECOND
    with timed() as unit:
        assert unit.jobs.due() == []
        assert unit.jobs.finish(mine)
        unit.commit()
    with reading(timed.engine) as session:
        found = job_progress(session, job_id)
    assert found is not None
    assert (found.state, found.progress_pct, found.is_over) == (JobState.DONE, 100, True)


def test_a_lapsed_job_is_taken_by_another_and_the_first_is_told(timed: UowFactory, clock: Clock) -> None:
    job_id = job(timed)
    with timed() as unit:
        first = unit.jobs.claim(job_id, 60)
        unit.commit()
    clock.now += 61 * SECOND
    with timed() as unit:
        second = unit.jobs.claim(job_id, 60)
        unit.commit()
    assert first is not None
    assert second is not None
    with timed() as unit:
        assert not unit.jobs.progress(first, 90, "encoding", 60)
        assert not unit.jobs.finish(first)
        assert not unit.jobs.fail(first, "x")
        assert not unit.jobs.release(first, 0)
        assert unit.jobs.finish(second)


def test_what_a_dead_worker_or_a_lost_queue_dropped_is_due(timed: UowFactory, clock: Clock) -> None:
    lost, dead = job(timed), job(timed)
    with timed() as unit:
        unit.jobs.claim(dead, 10)
        unit.commit()
    clock.now += 11 * SECOND
    with timed() as unit:
        assert set(unit.jobs.due()) == {lost, dead}
        assert unit.jobs.claim(dead, 10) is not None
        assert unit.jobs.due() == [lost]


def test_a_job_that_kills_its_workers_is_not_due_and_is_told(timed: UowFactory, clock: Clock) -> None:
    job_id = job(timed)
    for _ in range(ATTEMPTS_MAX):
        with timed() as unit:
            assert unit.jobs.claim(job_id, 10) is not None
            unit.commit()
        clock.now += timedelta(minutes=1)
    with timed() as unit:
        assert unit.jobs.due() == []
        unit.commit()
    assert state_of(timed, job_id) is JobState.RUNNING
    with timed() as unit:
        (found,) = unit.jobs.exhausted()
        assert unit.jobs.fail_dropped(found, "DROPPED")
        unit.commit()
    with reading(timed.engine) as session:
        shown = job_progress(session, job_id)
    assert shown is not None
    assert (shown.state, shown.error, shown.is_over) == (JobState.FAILED, "DROPPED", True)


def test_a_released_job_comes_back_after_its_time(timed: UowFactory, clock: Clock) -> None:
    job_id = job(timed)
    with timed() as unit:
        mine = unit.jobs.claim(job_id, 60)
        assert mine is not None
        assert unit.jobs.release(mine, 5, "TOOL_FAILED")
        unit.commit()
    with timed() as unit:
        assert unit.jobs.due() == []
        clock.now += 6 * SECOND
        assert unit.jobs.due() == [job_id]


def test_a_failed_job_says_why_and_a_cancelled_one_is_over(timed: UowFactory) -> None:
    failed, cancelled = job(timed), job(timed)
    with timed() as unit:
        mine = unit.jobs.claim(failed, 60)
        assert mine is not None
        unit.jobs.fail(mine, "NO_VOICE")
        running = unit.jobs.claim(cancelled, 60)
        assert running is not None
        unit.jobs.cancel(cancelled)
        assert not unit.jobs.finish(running)
        unit.commit()
    assert (state_of(timed, failed), state_of(timed, cancelled)) == (JobState.FAILED, JobState.CANCELLED)
    with reading(timed.engine) as session:
        assert job_progress(session, "unknown") is None


def test_the_first_answer_to_a_key_is_the_one_that_is_kept(timed: UowFactory) -> None:
    answer = KeptAnswer("u1", "key", "hash", 201, {"ETag": '"1"'}, '{"id":"b1"}', START)
    with timed() as unit:
        assert unit[IdempotencyKeys].find("u1", "key") is None
        assert unit[IdempotencyKeys].keep(answer)
        unit.commit()
    with timed() as unit:
        other = KeptAnswer("u1", "key", "other", 200, {}, "", START)
        assert not unit[IdempotencyKeys].keep(other)
        assert unit[IdempotencyKeys].keep(KeptAnswer("u2", "key", "other", 200, {}, "", START))
        assert unit[IdempotencyKeys].find("u1", "key") == answer
        unit[IdempotencyKeys].forget(START + SECOND)
        assert unit[IdempotencyKeys].find("u1", "key") is None


def test_writers_at_once_make_one_unbroken_log(timed: UowFactory) -> None:
    def write(who: str) -> None:
        for n in range(10):
            with timed() as unit:
                unit.record(Event("bulletin.edited", who, START, who, who, {"n": n}))
                unit.outbox.add(OutboxKind.CANCEL, who)
                unit.commit()

    writers = [Thread(target=write, args=(f"w{n}",)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with reading(timed.engine) as session:
        assert chain.first_break(session) is None
        assert len(latest_events(session)) == 40
        assert [line.detail["n"] for line in events_of(session, "w1", limit=3)] == [9, 8, 7]
        older = latest_events(session, EventRow.seq < 11)
    assert [line.seq for line in older] == list(range(10, 0, -1))
