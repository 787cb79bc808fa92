"""Scheduler of background work: everything that needs no device connection. All its pending work is in the store.

::

    store ──► health watch, notifier, mail ──► faults, incidents, mails to those on call
    store ──► exchange jobs                ──► other systems, and what they send; sources of relays
    store ──► firmware job                 ──► outbox ──► (the gateway sends it)
    store ──► self-test job                ──► commands ──► (the gateway sends them)
    store ──► other jobs                   ──► hourly telemetry, days of figures, due reports, audiences of airings

A process of its own: in the gateway, an alert's answers shared one interpreter with all of this. Killed at any instant,
it starts again and finds its pending work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Final

from cms.audit.jobs import AuditAnchorJob
from cms.commands.jobs import SelfTestJob
from cms.exchange import jobs as exchange
from cms.firmware.jobs import RolloutDriver
from cms.health.jobs import health as health_jobs
from cms.health.jobs.telemetry_upkeep import TelemetryUpkeep
from cms.platform.context import Context
from cms.platform.gateway.broker_watcher import heartbeat_loop
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.process import Loop, begin, ready_file, work_alone
from cms.platform.scheduler.disk_keeper import RecordingFolder, ReserveKeeper
from cms.reports.jobs.schedule import ReportScheduler
from cms.schedule.jobs.audiences import AudienceJob

NAME: Final = "scheduler"
BOUNDS_S: Final = dict.fromkeys(("telemetry", "reports", "feeds", "cap", "webhooks", "central"), 900.0)
"""These query other systems, one after the other, each with its deadline, or roll up a province's days."""
LEAVE_S: Final = 2.0
"""For all together. Each may be in the middle of a request: what it did not store is requested again."""


def loops(context: Context) -> Mapping[str, Loop]:
    """Return all loops, by name."""
    return {
        **exchange.loops(context),
        **health_jobs.loops(context),
        "telemetry": TelemetryUpkeep(context).run,
        "reports": ReportScheduler(context).run,
        "firmware": RolloutDriver(context).run,
        "self-tests": SelfTestJob(context).run,
        "anchors": AuditAnchorJob(context).run,
        "audiences": AudienceJob(context).run,
        "disk": ReserveKeeper(context).run,
        "recordings": RecordingFolder(context).run,
    }


def work(works: Mapping[str, Loop], stopping: threading.Event, beats: Heartbeats | None = None) -> None:
    """Run each loop on a thread of its own until stopped; then wait for all of them, ``LEAVE_S`` at most."""
    threads = begin(works, stopping, beats)
    stopping.wait()
    until_s = time.monotonic() + LEAVE_S
    for thread in threads:
        thread.join(max(0.0, until_s - time.monotonic()))


def run(context: Context) -> int:
    """Run until SIGTERM or SIGINT; return the exit status. Call it in the main thread."""
    beats = Heartbeats(BOUNDS_S)

    def begin_work(stopping: threading.Event) -> None:
        works = {**loops(context), "heartbeat": heartbeat_loop(context, NAME, beats)}
        ready_file(context.settings, NAME).touch()
        work(works, stopping, beats)

    return work_alone(context.settings, NAME, begin_work, beats)
