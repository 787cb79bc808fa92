"""For all tests: one PostgreSQL a process; properties are judged by what holds, not by how fast that is found out."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.databases import postgres

__all__ = ["postgres"]

settings.register_profile("loa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loa")

# What one process of a parallel run takes from its beginning: RabbitMQ starts once, and a browser and its console once
# for each of three groups, which in one were the longest of all; no two whole sets with their fleets are in each
# other's way. The largest is begun first, and of what a name begins with the first that fits is its group.
_TOGETHER = {
    "tests/contract/jobs/test_jobs.py": "queue servers",
    "tests/contract/jobs/test_urgent.py": "queue servers",
    "tests/e2e/browser/test_every_screen.py": "every screen",
    "tests/e2e/browser/test_a_day.py": "an official's day",
    "tests/e2e/browser/": "browser",
    "tests/e2e/test_": "whole set",
}


class OneAtATime(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands out test by test, and what belongs together to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return next((name for start, name in _TOGETHER.items() if nodeid.startswith(start)), nodeid)


def pytest_collection_finish() -> None:
    """Ten thousand tests stay to the end: the collector need not look at them again and again."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="the folder for the pictures of an official's day")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneAtATime:
    return OneAtATime(config, log)
