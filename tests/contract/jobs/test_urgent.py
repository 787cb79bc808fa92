"""What an alert waits for goes before everything else."""

from __future__ import annotations

from datetime import timedelta

from broadcast.ports import JobKind
from cms.celery_app import URGENT_QUEUE
from tests.contract.jobs.conftest import Bench
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


def test_a_commit_and_the_sweep_tell_which_jobs_are_urgent(shop: Shop) -> None:
    with shop.units() as unit:
        plain = unit.jobs.add(JobKind.MAKE_SOUND, "b1", {})
        urgent = unit.jobs.add(JobKind.MAKE_ALERT_SOUND, "a1", {})
        unit.commit()
        assert unit.jobs.urgent == {urgent}
    shop.ahead += timedelta(minutes=2)
    with shop.units() as unit:
        assert set(unit.jobs.sweep()) == {plain, urgent}
        assert unit.jobs.urgent == {urgent}
        unit.commit()
