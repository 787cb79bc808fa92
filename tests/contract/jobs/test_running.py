"""Runner on a real store, without a queue: every way a job can end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cms.platform.store.jobs import ATTEMPTS_MAX, Job, JobState
from cms.platform.worker.runner import JobDelayedError, JobFailedError
from media.errors import ToolError
from media.ports import Progress
from tests.contract.jobs.shop import Shop, Step


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


def test_the_log_says_what_put_a_job_off(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    delayed = JobDelayedError("TOOL_FAILED")
    delayed.__cause__ = ToolError("peaks", "unknown format")
    shop.work.step = failing(delayed)

    shop.runner.run(shop.add())

    assert "unknown format" in caplog.text


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


def test_job_dropped_too_often_is_not_taken_up_again_by_an_id_that_comes_late(shop: Shop) -> None:
    job_id = shop.add()
    for _ in range(ATTEMPTS_MAX):
        shop.claim(job_id)
        shop.ahead += timedelta(minutes=1)

    with shop.units() as unit:
        assert unit.jobs.claim(job_id, 30) is None


def test_exhausted_job_that_lives_is_let_be(shop: Shop) -> None:
    job_id = shop.add()
    for _ in range(ATTEMPTS_MAX):
        job = shop.claim(job_id)
        shop.ahead += timedelta(minutes=1)
    with shop.units() as unit:
        (found,) = unit.jobs.exhausted()
        assert unit.jobs.progress(job, 50, "levelling", 30)
        assert not unit.jobs.fail_dropped(found, "DROPPED")
