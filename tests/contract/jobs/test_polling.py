"""Workers take jobs from the database by themselves."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from cms.platform.process.heartbeats import Heartbeats
from cms.platform.store.jobs import ATTEMPTS_MAX, Job, JobState
from cms.platform.store.kinds import JobKind
from cms.platform.worker.registration import LOOP, URGENT_LEFT_S, JobPoller
from cms.platform.worker.runner import JobDelayedError
from media.ports import Progress
from tests.contract.jobs.shop import Shop


def poller(shop: Shop, *, only_urgent: bool = False, beats: Heartbeats | None = None) -> JobPoller:
    return JobPoller(shop.runner, beats or Heartbeats(), sweep_s=5, only_urgent=only_urgent)


def test_a_job_is_done_without_any_queue(shop: Shop) -> None:
    job_id = shop.add()
    polling = poller(shop)
    assert polling.step()
    assert shop.job(job_id).state == JobState.DONE
    assert not polling.step()


def test_the_urgent_worker_leaves_everything_else(shop: Shop) -> None:
    job_id = shop.add()
    assert not poller(shop, only_urgent=True).step()
    assert shop.job(job_id).state == JobState.QUEUED


def test_a_job_that_was_put_off_or_dropped_is_taken_up_in_its_time(shop: Shop) -> None:
    def fail(_job: Job, _progress: Progress) -> None:
        raise JobDelayedError("TOOL_FAILED")

    job_id, polling = shop.add(), poller(shop)
    shop.work.step = fail
    assert polling.step()
    assert not polling.step()
    shop.ahead += timedelta(seconds=6)
    shop.work.step = lambda _job, _progress: None
    assert polling.step()
    assert shop.job(job_id).state == JobState.DONE


def test_a_job_that_kills_its_workers_is_told_by_whoever_polls(shop: Shop) -> None:
    job_id = shop.add()
    for _ in range(ATTEMPTS_MAX):
        shop.claim(job_id)
        shop.ahead += timedelta(minutes=1)
    assert not poller(shop).step()
    assert (shop.job(job_id).state, shop.job(job_id).error) == (JobState.FAILED, "DROPPED")


def test_a_process_does_one_job_at_a_time_whichever_way_it_came(shop: Shop) -> None:
    first_id, second_id = shop.add(), shop.add()
    polling = poller(shop)
    states: list[JobState] = []

    def step(job: Job, _progress: Progress) -> None:
        other = second_id if job.id == first_id else first_id
        polling.run_job(other)
        assert not polling.step()
        states.append(JobState(shop.job(other).state))

    shop.work.step = step
    polling.run_job(first_id)
    assert states == [JobState.QUEUED]
    shop.work.step = lambda _job, _progress: None
    polling.run_job(second_id)
    assert shop.job(second_id).state == JobState.DONE


def test_a_job_that_another_took_meanwhile_is_passed_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = shop.add()
    due = shop.runner.due(only_urgent=False)
    shop.runner.run(job_id)
    monkeypatch.setattr(type(shop.runner), "due", lambda _self, **_which: due)
    assert not poller(shop).step()


def test_a_job_that_never_ends_takes_its_process_with_it(shop: Shop) -> None:
    ended = threading.Event()
    shop.add()
    shop.work.step = lambda _job, _progress: None if ended.wait(60) else pytest.fail("was never ended")
    polling = JobPoller(shop.runner, Heartbeats(), sweep_s=5, longest_s=0, too_long=ended.set)
    assert polling.step()


def test_a_long_job_is_no_frozen_worker(shop: Shop) -> None:
    now_s = [0.0]
    beats = Heartbeats(monotonic=lambda: now_s[0])
    shop.add()

    def step(_job: Job, _progress: Progress) -> None:
        now_s[0] += 1000
        assert beats.overdue() == {}
        assert beats.quiet_s() == {LOOP: 1000}

    shop.work.step = step
    assert poller(shop, beats=beats).step()


def test_polling_outlives_a_database_that_is_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    polling, stopping, turns = poller(shop), threading.Event(), []
    monkeypatch.setattr("cms.platform.worker.registration.RETRY_S", 0)
    monkeypatch.setattr("cms.platform.worker.registration.POLL_S", 0)

    def step(_self: JobPoller) -> bool:
        turns.append(1)
        if len(turns) == 4:
            stopping.set()
        if len(turns) == 1:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return len(turns) == 2

    monkeypatch.setattr(JobPoller, "step", step)
    polling.run(stopping)
    assert len(turns) == 4


def test_a_job_that_is_handed_back_may_be_claimed_at_once_as_if_it_never_was(shop: Shop) -> None:
    job_id = shop.add()
    shop.work.step = lambda _job, progress: progress(10, "speaking")
    ending = JobPoller(replace(shop.runner, is_ending=lambda: True), Heartbeats(), sweep_s=5)
    assert ending.step()
    assert (shop.job(job_id).state, shop.job(job_id).progress_pct) == (JobState.QUEUED, 0)
    assert shop.claim(job_id).attempts == 1


def test_a_job_that_somebody_else_has_meanwhile_is_not_handed_back(shop: Shop) -> None:
    job_id = shop.add()
    old = shop.claim(job_id)
    shop.ahead += timedelta(minutes=1)
    shop.claim(job_id)
    with shop.units() as unit:
        assert not unit.jobs.hand_back(old)


def test_a_worker_that_ends_finishes_and_begins_nothing(shop: Shop) -> None:
    job_id, polling = shop.add(), poller(shop)
    polling.finish()
    polling.run_job(job_id)
    assert not polling.step()
    assert shop.job(job_id).state == JobState.QUEUED


def test_urgent_kinds_are_what_alerts_wait_for(shop: Shop) -> None:
    with shop.units() as unit:
        urgent = unit.jobs.add(JobKind.MAKE_ALERT_SOUND, "a1", {})
        unit.commit()
    assert shop.runner.due(only_urgent=True) == [urgent]


def test_an_ordinary_worker_takes_an_urgent_job_that_has_waited(shop: Shop) -> None:
    job_id = shop.add(JobKind.MAKE_ALERT_SOUND)
    polling = JobPoller(shop.runner, Heartbeats(), sweep_s=5, urgent_after_s=URGENT_LEFT_S)
    assert not polling.step()
    shop.ahead += timedelta(seconds=URGENT_LEFT_S)
    assert polling.step()
    assert shop.job(job_id).state == JobState.DONE


@pytest.mark.parametrize(("kind", "niceness"), [(JobKind.MAKE_ALERT_SOUND, 0), (JobKind.MAKE_SOUND, 15)])
def test_a_worker_yields_to_nobody_while_it_has_an_urgent_job(
    shop: Shop, tmp_path: Path, kind: JobKind, niceness: int
) -> None:
    session = tmp_path / "proc" / str(os.getpid()) / "autogroup"
    session.parent.mkdir(parents=True)
    session.write_text("/autogroup-1 nice 15\n")
    seen: list[int] = []

    def step(_job: Job, _progress: Progress) -> None:
        seen.append(int(session.read_text().split()[-1]))
        raise JobDelayedError("TOOL_FAILED")

    shop.work.step = step
    assert shop.runner.run(shop.add(kind))
    assert seen == [niceness]
    assert int(session.read_text().split()[-1]) == 15
