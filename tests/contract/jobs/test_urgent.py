"""Job priority: jobs that an alert waits for run before all others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cms.platform.store.jobs import LATER_S
from cms.platform.store.kinds import QUEUE, URGENT_QUEUE, JobKind
from cms.platform.store.uow import UnitOfWork
from province.machine_clock import utc_now
from tests.contract.jobs.conftest import Bench
from tests.contract.jobs.servers import wait_until
from tests.contract.jobs.shop import Shop


def test_an_alerts_sound_is_made_while_recordings_hold_every_other_worker(bench: Bench) -> None:
    bench.worker()
    bench.worker(queues=URGENT_QUEUE)
    recordings = [bench.add(waits=True) for _ in range(3)]
    for job_id in recordings[:2]:
        bench.wait_started(job_id)
    bench.wait_over(bench.add(JobKind.MAKE_ALERT_SOUND))
    assert not any(bench.job(job_id).is_over for job_id in recordings)
    for job_id in recordings:
        bench.let_go(job_id)
    bench.wait_over(*recordings)


def test_a_commit_tells_which_jobs_are_urgent_and_they_are_taken_first(shop: Shop) -> None:
    began_at = utc_now()

    def after(seconds: float) -> UnitOfWork:
        return replace(shop.units, now=lambda: began_at + timedelta(seconds=seconds))()

    with after(0.0) as unit:
        plain = unit.jobs.add(JobKind.MAKE_SOUND, "b1", {})
        later = unit.jobs.add(JobKind.PREPARE_ALERT_SOUND, "a1", {})
        urgent = unit.jobs.add(JobKind.MAKE_ALERT_SOUND, "a1", {})
        unit.commit()
        assert unit.jobs.added == (plain, urgent)
        assert unit.jobs.urgent == {urgent}
    with after(LATER_S) as unit:
        assert unit.jobs.due() == [urgent, plain]
    for seconds in (LATER_S + 0.1, -3600.0):  # also on a host whose clock is behind
        with after(seconds) as unit:
            assert unit.jobs.due() == [urgent, later, plain]
            assert unit.jobs.due(only_urgent=True) == [urgent, later]
    with after(LATER_S + 0.1) as unit:
        assert unit.jobs.due(urgent_after_s=60) == [plain]


def test_a_worker_of_ordinary_jobs_leaves_an_alerts_sound_to_the_one_that_yields_to_nobody(bench: Bench) -> None:
    bench.worker(queues=QUEUE).wait_connected()
    urgent, plain = bench.add(JobKind.MAKE_ALERT_SOUND), bench.add()
    bench.wait_over(plain)
    assert bench.attempts(urgent) == 0
    bench.worker(queues=URGENT_QUEUE)
    bench.wait_over(urgent)


def test_a_worker_of_urgent_jobs_alone_keeps_its_engines_awake(bench: Bench) -> None:
    bench.worker(queues=QUEUE)
    bench.worker(queues=URGENT_QUEUE)

    wait_until((bench.folder / f"{URGENT_QUEUE}.woken").exists, "the engines are woken")

    assert not (bench.folder / f"{QUEUE}.woken").exists()
