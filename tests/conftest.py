"""Configuration of all tests: one PostgreSQL per process, test order, and property tests without a deadline."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.databases import postgres
from tests.forked_workers import fork_workers
from tests.templates import keep_compiled

__all__ = ["postgres"]

# What is collected stays: looking for garbage meanwhile took a tenth of the time.
gc.disable()

keep_compiled()

# Whatever is installed, texts are spoken by the quick voice; tests of another name it.
os.environ.setdefault("LOA_VOICES", "vi=espeak-ng")

# The same examples at each run, so that a failure is due to the change. `make properties` looks for others.
settings.register_profile("loa", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("loa"), derandomize=False, print_blob=True)
settings.load_profile("loa")

# Groups of tests that one process of a parallel run takes: RabbitMQ, the front and the object server start once, and a
# browser with its console once for each of three groups, which as one would be the longest of all; no two whole sets
# run at once. Tests that wait for devices or processes are groups too: handed out one by one, they would wait in all
# processes at the same time and leave the cores idle, and so would the groups, begun together.
# The groups start first, in this order; a test belongs to the first group whose prefix fits its name.
_TOGETHER = {
    "tests/e2e/browser/test_a_day.py": "officials' set",
    "tests/e2e/browser/alerts/test_alerts.py": "officials' set",
    "tests/e2e/test_": "whole set",
    "tests/e2e/browser/test_every_screen.py": "every screen",
    "tests/e2e/browser/test_late_scripts.py": "every screen",
    "tests/e2e/browser/test_design.py": "every screen",
    "tests/integration/firmware/": "devices",
    "tests/e2e/browser/": "browser",
    "tests/contract/jobs/test_alert_without_queue.py": "queue servers",
    "tests/contract/jobs/test_jobs.py": "queue servers",
    "tests/contract/jobs/test_urgent.py": "queue servers",
    "tests/integration/gateway/": "gateway",
    "tests/integration/mqtt/": "gateway",
    "tests/integration/supervisor/": "gateway",
    "tests/integration/front/": "front",
    "tests/contract/content/": "object server",
}
# Tests that wait for nothing are handed out file by file: handing out a test takes longer than many of them. So are
# those that read all sentences of the screens, once for the file.
_AT_ONCE = (
    "tests/unit/",
    "tests/integration/web/platform/test_languages.py",
    "tests/contract/documents/test_user_pages.py",
    "tests/contract/permissions/test_workflow.py",
    "tests/contract/protocol/",
    "tests/contract/cap/",
)


class OneAtATime(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Scheduler that hands out single tests, tests that belong together to one process, and quick tests by file."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False  # the order is ours
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        together = next((name for start, name in _TOGETHER.items() if nodeid.startswith(start)), None)
        return together or (nodeid.partition("::")[0] if nodeid.startswith(_AT_ONCE) else nodeid)

    def mark_test_complete(self, node: object, item_index: int, duration: float = 0) -> None:
        """Forget completed scopes: after every test xdist counts all that a process ever had."""
        work = self.assigned_work[node]
        for done in [scope for scope, tests in work.items() if all(tests.values())]:
            del work[done]
        super().mark_test_complete(node, item_index, duration)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest tests and those that wait most first, then the rest in their order, and the quick ones last."""
    order = list(_TOGETHER)
    items.sort(key=lambda item: next((n for n, start in enumerate(order) if item.nodeid.startswith(start)), len(order)))


def pytest_collection_finish() -> None:
    """Freeze the collected tests: the garbage collector need not scan ten thousand of them again and again."""
    gc.collect()
    gc.freeze()


def pytest_runtestloop() -> None:
    """Look for garbage again, but seldom: as often as usual, it took 4 % of the time of tests."""
    gc.enable()
    gc.set_threshold(50_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="the folder for the pictures of an official's day")
    parser.addoption("--presses", action="store_true", help="print presses and seconds of each job")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    fork_workers(config.args)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneAtATime:
    return OneAtATime(config, log)
