"""Leases: they outlive long steps and short failures, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import JobLostError, LeaseKeeper
from tests.contract.jobs.servers import wait_until
from tests.contract.jobs.shop import Shop


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

    def units() -> UnitOfWork:
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
