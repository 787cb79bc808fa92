"""Guarantees of a job on every queue: it is done, with exactly one result, whichever process dies."""

from __future__ import annotations

import os
import signal

from cms.platform.store.jobs import ATTEMPTS_MAX, JobState
from cms.platform.store.kinds import URGENT_QUEUE, JobKind
from cms.platform.worker.celery_app import enqueue
from tests.contract.jobs.conftest import NEVER_S, Bench
from tests.contract.jobs.servers import wait_until
from tests.contract.jobs.worker_app import SHORT_LEASE_S


def test_job_is_done_once_and_shows_how_far_it_is(bench: Bench) -> None:
    bench.worker()
    job_id = bench.add(waits=True)

    bench.wait_started(job_id)
    wait_until(lambda: bench.job(job_id).progress_pct == 40, "progress is visible")
    assert bench.job(job_id).step == "levelling"
    bench.let_go(job_id)
    bench.wait_over(job_id)

    assert bench.job(job_id).state == JobState.DONE
    assert bench.results(job_id) == ["sound.made"]
    assert len(bench.starts(job_id)) == 1


def test_job_of_a_killed_worker_is_done_by_another(bench: Bench) -> None:
    first, second = bench.worker(), bench.worker()
    job_id = bench.add(waits=True)
    bench.wait_started(job_id)

    victim = first if first.owns(bench.starts(job_id)[0]) else second
    victim.kill()
    bench.wait_started(job_id, 2)
    bench.let_go(job_id)
    bench.wait_over(job_id)

    assert bench.results(job_id) == ["sound.made"]
    assert bench.attempts(job_id) == 2


def test_job_of_one_process_that_the_supervisor_kills_is_done_by_another_and_it_is_replaced(bench: Bench) -> None:
    worker = bench.worker()
    first_id, second_id = bench.add(waits=True), bench.add(waits=True)
    bench.wait_started(first_id)
    bench.wait_started(second_id)
    frozen = bench.starts(first_id)[0]

    os.kill(frozen, signal.SIGKILL)
    bench.wait_started(first_id, 2)
    assert worker.owns(bench.starts(first_id)[1])
    assert bench.starts(first_id)[1] not in {frozen, bench.starts(second_id)[0]}
    bench.let_go(first_id)
    bench.let_go(second_id)
    bench.wait_over(first_id, second_id)

    assert bench.results(first_id) == bench.results(second_id) == ["sound.made"]
    assert (bench.attempts(first_id), bench.attempts(second_id)) == (2, 1)


def test_job_outlives_a_queue_that_forgot_it(bench: Bench) -> None:
    worker = bench.worker().wait_connected()  # makes the queue known
    worker.kill()
    job_id = bench.add()

    bench.queue.wipe()
    bench.worker()
    bench.wait_over(job_id)

    assert bench.results(job_id) == ["sound.made"]


def test_duplicate_delivery_gives_one_result(bench: Bench) -> None:
    bench.worker()
    bench.worker()
    job_id = bench.add(waits=True)

    enqueue(bench.celery, [job_id] * 6)
    bench.wait_started(job_id)
    bench.let_go(job_id)
    bench.wait_over(job_id)
    enqueue(bench.celery, [job_id] * 2)
    last_id = bench.add()
    bench.wait_over(last_id)

    assert bench.results(job_id) == ["sound.made"]
    assert len(bench.starts(job_id)) == 1


def test_killed_queue_server_loses_nothing(bench: Bench) -> None:
    worker = bench.worker(sweeps=False).wait_connected()
    worker.kill()
    job_ids = [bench.add() for _ in range(8)]

    bench.queue.kill()
    bench.queue.start()
    bench.worker(sweeps=False)
    bench.wait_over(*job_ids)

    assert [bench.results(j) for j in job_ids] == [["sound.made"]] * 8


def test_worker_outlives_its_queue_server(bench: Bench) -> None:
    bench.worker()
    running_id = bench.add(waits=True)
    bench.wait_started(running_id)

    bench.queue.kill()
    orphan_id = bench.add()  # committed although the queue is away
    bench.let_go(running_id)
    bench.wait_over(running_id)
    bench.queue.start()
    bench.wait_over(orphan_id)

    assert bench.results(running_id) == bench.results(orphan_id) == ["sound.made"]
    assert len(bench.starts(running_id)) == 1


def test_stalled_worker_does_not_overwrite_the_result(bench: Bench) -> None:
    first, second = bench.worker(), bench.worker()
    job_id = bench.add(waits=True)
    bench.wait_started(job_id)
    stalled = first if first.owns(bench.starts(job_id)[0]) else second

    bench.stall(stalled)
    bench.wait_started(job_id, 2)
    bench.let_go(job_id)
    bench.wait_over(job_id)
    stalled.signal(signal.SIGCONT)
    last_ids = [bench.add() for _ in range(4)]
    bench.wait_over(*last_ids)

    assert bench.results(job_id) == ["sound.made"]


def test_worker_told_to_stop_hands_back_what_it_does_and_another_takes_it_at_once(bench: Bench) -> None:
    worker = bench.worker(lease_s=NEVER_S)
    job_id = bench.add(waits=True)
    bench.wait_started(job_id)
    assert worker.process is not None

    worker.process.terminate()
    worker.process.wait(60)

    assert worker.process.returncode == 0
    assert bench.job(job_id).state == JobState.QUEUED
    assert bench.attempts(job_id) == 0
    bench.worker()
    bench.wait_started(job_id, 2)
    bench.let_go(job_id)
    bench.wait_over(job_id)
    assert bench.results(job_id) == ["sound.made"]


def test_job_that_kills_its_workers_fails_in_the_end(bench: Bench) -> None:
    bench.worker(lease_s=SHORT_LEASE_S)
    job_id = bench.add(deadly=True)

    bench.wait_over(job_id)

    assert bench.job(job_id).state == JobState.FAILED
    assert bench.job(job_id).error == "DROPPED"
    assert bench.attempts(job_id) == ATTEMPTS_MAX
    assert bench.results(job_id) == ["sound.failed"]


def test_dead_pool_process_costs_only_its_own_job(bench: Bench) -> None:
    bench.worker()
    victim_id, other_id = bench.add(waits=True), bench.add(waits=True)
    bench.wait_started(victim_id)
    bench.wait_started(other_id)

    os.kill(bench.starts(victim_id)[0], signal.SIGKILL)
    bench.wait_started(victim_id, 2)
    bench.let_go(victim_id)
    bench.let_go(other_id)
    bench.wait_over(victim_id, other_id)

    assert bench.results(victim_id) == bench.results(other_id) == ["sound.made"]
    assert len(bench.starts(other_id)) == 1


def test_cancelled_job_has_no_result(bench: Bench) -> None:
    bench.worker()
    job_id = bench.add(waits=True)
    bench.wait_started(job_id)

    with bench.units() as unit:
        unit.jobs.cancel(job_id)
        unit.commit()
    last_ids = [bench.add() for _ in range(3)]
    bench.wait_over(*last_ids)
    bench.let_go(job_id)

    assert bench.job(job_id).state == JobState.CANCELLED
    assert bench.results(job_id) == []


def test_a_queue_that_is_frozen_delays_no_job(bench: Bench) -> None:
    bench.worker().wait_connected()
    with bench.queue.frozen():
        job_ids = [bench.add(), bench.add(JobKind.MAKE_ALERT_SOUND)]
        bench.wait_over(*job_ids)
    assert [bench.results(job_id) for job_id in job_ids] == [["sound.made"]] * 2


def test_a_worker_without_a_queue_does_what_there_is_to_do(bench: Bench) -> None:
    bench.queue.kill()
    try:
        bench.worker(queues=URGENT_QUEUE)
        plain, urgent = bench.add(), bench.add(JobKind.MAKE_ALERT_SOUND)
        bench.wait_over(urgent)
        assert not bench.job(plain).is_over
        bench.worker()
        bench.wait_over(plain)
    finally:
        bench.queue.start()
