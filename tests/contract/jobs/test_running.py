"""One runner on a real store, without a queue: every way a job can end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from broadcast.errors import ConflictError
from broadcast.events import Event
from broadcast.ports import JobKind
from cms import migrations
from cms.celery_app import QUEUE, VISIBILITY_TIMEOUT_S, enqueue, make_celery
from cms.settings import Settings
from cms.store.engine import make_engine, reading
from cms.store.jobs import ATTEMPTS_MAX, Job, JobState
from cms.store.queries.log import JobProgress, events_of, job_progress
from cms.store.tables import JobRow
from cms.store.uow import SqlUnitOfWork, UowFactory, utc_now
from cms.tasks.lease import JobLostError, LeaseKeeper
from cms.tasks.registration import sweep
from cms.tasks.running import Apply, JobDelayedError, JobFailedError, Runner
from media.ports import Progress
from tests.contract.jobs.servers import wait_until

Step = Callable[[Job, Progress], None]


class ScriptedWork:
    """Does what the test says; its result is an event, and so is giving up."""

    def __init__(self) -> None:
        self.step: Step = lambda _job, _progress: None
        self.conflicts = 0
        self.is_wanted = True

    def do(self, job: Job, progress: Progress) -> Apply:
        self.step(job, progress)
        return lambda unit: self._write(unit, "sound.made", job, "")

    def give_up(self, unit: SqlUnitOfWork, job: Job, code: str) -> None:
        self._write(unit, "sound.failed", job, code)

    def _write(self, unit: SqlUnitOfWork, name: str, job: Job, code: str) -> None:
        if not self.is_wanted:
            return
        with unit:
            unit.record(Event(name, job.subject_id, utc_now(), "", "", {"code": code}))
            if self.conflicts:
                self.conflicts -= 1
                raise ConflictError("bulletin", job.subject_id, 1, 2)
            unit.commit()


class Shop:
    """A store with a clock the test turns, and a runner on it."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'loa.db'}"
        migrations.upgrade(url)
        self.engine = make_engine(url)
        self.ahead = timedelta()
        self.units = UowFactory(self.engine, now=self.now)
        self.work = ScriptedWork()
        self.runner = Runner(self.units, {JobKind.MAKE_SOUND: self.work}, lease_s=30)

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def add(self) -> str:
        with self.units() as unit:
            job_id = unit.jobs.add(JobKind.MAKE_SOUND, "b1", {})
            unit.commit()
        return job_id

    def claim(self, job_id: str) -> Job:
        with self.units() as unit:
            job = unit.jobs.claim(job_id, 30)
            unit.commit()
        assert job is not None
        return job

    def cancel(self, job_id: str) -> None:
        with self.units() as unit:
            unit.jobs.cancel(job_id)
            unit.commit()

    def job(self, job_id: str) -> JobProgress:
        with reading(self.engine) as session:
            found = job_progress(session, job_id)
        assert found is not None
        return found

    def lease_until(self, job_id: str) -> datetime:
        with reading(self.engine) as session:
            return session.scalars(select(JobRow.lease_until_at).where(JobRow.id == job_id)).one()

    def told(self) -> list[tuple[str, object]]:
        with reading(self.engine) as session:
            return [(e.name, e.detail["code"]) for e in reversed(events_of(session, "b1"))]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.engine.dispose()


def failing(error: Exception) -> Step:
    def step(_job: Job, _progress: Progress) -> None:
        raise error

    return step


def test_result_and_last_state_are_written_together(shop: Shop) -> None:
    job_id = shop.add()

    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.DONE
    assert shop.told() == [("sound.made", "")]


def test_same_id_again_does_nothing(shop: Shop) -> None:
    job_id = shop.add()
    shop.runner.run(job_id)

    shop.runner.run(job_id)
    shop.runner.run("no-such-job")

    assert shop.told() == [("sound.made", "")]


def test_job_of_a_living_worker_is_let_be(shop: Shop) -> None:
    job_id = shop.add()
    shop.claim(job_id)

    shop.runner.run(job_id)

    assert shop.told() == []


def test_hopeless_job_fails_at_once_with_its_code(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.step = failing(JobFailedError("AUDIO_REFUSED:SILENT"))

    shop.runner.run(job_id)

    assert (shop.job(job_id).state, shop.job(job_id).error) == (JobState.FAILED, "AUDIO_REFUSED:SILENT")
    assert shop.told() == [("sound.failed", "AUDIO_REFUSED:SILENT")]


@pytest.mark.parametrize(
    ("error", "code"), [(JobDelayedError("TOOL_FAILED"), "TOOL_FAILED"), (KeyError("x"), "DEFECT")]
)
def test_delayed_job_is_tried_again_and_fails_in_the_end(shop: Shop, error: Exception, code: str) -> None:
    job_id = shop.add()
    shop.work.step = failing(error)

    for _ in range(ATTEMPTS_MAX - 1):
        shop.runner.run(job_id)
        assert shop.job(job_id).state == JobState.QUEUED
        assert shop.told() == []
    shop.runner.run(job_id)

    assert (shop.job(job_id).state, shop.job(job_id).error) == (JobState.FAILED, code)
    assert shop.told() == [("sound.failed", code)]


def test_delayed_job_is_done_when_the_tool_is_well_again(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.step = failing(JobDelayedError("TOOL_FAILED"))
    shop.runner.run(job_id)
    shop.work.step = lambda _job, _progress: None

    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.DONE
    assert shop.told() == [("sound.made", "")]


def test_conflict_is_met_by_reading_again(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.conflicts = 2

    shop.runner.run(job_id)

    assert shop.told() == [("sound.made", "")]


def test_conflict_without_end_is_tried_later(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.conflicts = 100

    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.QUEUED
    assert shop.told() == []


def test_unwanted_result_ends_the_job(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.is_wanted = False

    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.DONE
    assert shop.told() == []


def test_job_cancelled_while_it_runs_stops_at_its_next_step(shop: Shop) -> None:
    job_id = shop.add()
    after: list[str] = []

    def step(job: Job, progress: Progress) -> None:
        shop.cancel(job.id)
        progress(50, "levelling")
        after.append("not reached")

    shop.work.step = step
    shop.runner.run(job_id)

    assert after == []
    assert shop.job(job_id).state == JobState.CANCELLED
    assert shop.told() == []


def test_job_cancelled_after_its_last_step_has_no_result(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.step = lambda job, _progress: shop.cancel(job.id)

    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.CANCELLED
    assert shop.told() == []


def test_failure_of_a_cancelled_job_is_not_told(shop: Shop) -> None:
    def step(job: Job, _progress: Progress) -> None:
        shop.cancel(job.id)
        raise JobFailedError("NO_VOICE")

    job_id = shop.add()
    shop.work.step = step
    shop.runner.run(job_id)

    assert shop.job(job_id).state == JobState.CANCELLED
    assert shop.told() == []


def test_job_dropped_too_often_is_told(shop: Shop) -> None:
    job_id = shop.add()
    for _ in range(ATTEMPTS_MAX):
        shop.claim(job_id)
        shop.ahead += timedelta(minutes=1)

    shop.runner.give_up_exhausted()
    shop.runner.give_up_exhausted()

    assert (shop.job(job_id).state, shop.job(job_id).error) == (JobState.FAILED, "DROPPED")
    assert shop.told() == [("sound.failed", "DROPPED")]


def test_exhausted_job_that_lives_is_let_be(shop: Shop) -> None:
    job_id = shop.add()
    for _ in range(ATTEMPTS_MAX):
        job = shop.claim(job_id)
        shop.ahead += timedelta(minutes=1)
    with shop.units() as unit:
        (found,) = unit.jobs.exhausted()
        assert unit.jobs.progress(job, 50, "levelling", 30)
        assert not unit.jobs.fail_dropped(found, "DROPPED")


@pytest.fixture
def dead_queue(tmp_path: Path) -> Iterator[Celery]:
    celery = make_celery(Settings(home=tmp_path))
    yield celery
    celery.close()


def test_sweep_needs_no_queue_to_find_what_was_dropped(shop: Shop, dead_queue: Celery) -> None:
    job_id = shop.add()
    assert sweep(dead_queue, shop.runner) == 0
    shop.claim(job_id)
    shop.ahead += timedelta(minutes=2)

    assert sweep(dead_queue, shop.runner) == 1

    assert shop.job(job_id).state == JobState.QUEUED


def test_queue_that_is_away_is_no_error_to_the_sender(dead_queue: Celery, caplog: pytest.LogCaptureFixture) -> None:
    enqueue(dead_queue, ["j1", "j2"])

    assert "waits for the sweep" in caplog.text


def test_lease_is_renewed_without_progress(shop: Shop) -> None:
    job = shop.claim(shop.add())

    with LeaseKeeper(shop.units, job, lease_s=0.3):
        claimed_until = shop.lease_until(job.id)
        wait_until(lambda: shop.lease_until(job.id) != claimed_until, "renewed")
        renewed_until = shop.lease_until(job.id)
        wait_until(lambda: shop.lease_until(job.id) > renewed_until, "renewed again")


def test_store_that_is_away_for_a_moment_does_not_cost_the_lease(shop: Shop) -> None:
    job = shop.claim(shop.add())
    failures: list[SQLAlchemyError] = [OperationalError("BEGIN", {}, Exception("locked")) for _ in range(2)]

    def units() -> SqlUnitOfWork:
        if failures:
            raise failures.pop()
        return shop.units()

    with LeaseKeeper(units, job, lease_s=0.1) as keeper:
        wait_until(lambda: not failures, "the store failed twice")
        keeper.progress(10, "speaking")

    assert shop.job(job.id).step == "speaking"


def test_lost_lease_is_told_at_the_next_step(shop: Shop) -> None:
    job = shop.claim(shop.add())
    shop.cancel(job.id)

    with LeaseKeeper(shop.units, job, lease_s=30) as keeper, pytest.raises(JobLostError):
        keeper.progress(10, "speaking")


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_queue_carries_json_late_acknowledged_one_at_a_time(tmp_path: Path, url: str) -> None:
    conf = make_celery(Settings(home=tmp_path, queue_url=url)).conf

    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    assert conf.result_backend is None
    assert conf.task_default_queue == QUEUE
    assert conf.task_time_limit < VISIBILITY_TIMEOUT_S


def test_redis_takes_back_after_the_longest_task(tmp_path: Path) -> None:
    options = make_celery(Settings(home=tmp_path)).conf.broker_transport_options

    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_S
    assert options["unacked_restore_interval"] == 1


def test_rabbitmq_confirms_what_it_has_on_disk(tmp_path: Path) -> None:
    conf = make_celery(Settings(home=tmp_path, queue_url="amqp://127.0.0.1:1//")).conf

    assert conf.broker_transport_options == {"confirm_publish": True}
    assert conf.task_default_queue_type == "quorum"
