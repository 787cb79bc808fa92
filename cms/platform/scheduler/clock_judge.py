"""Clock judge: decide whether the server's clock can be right.

``SteadyClock`` detects a clock that jumps while the server runs. A server that *starts* on a wrong clock has no such
reference. Evidence against its clock: events in the database that lie ahead of it, devices with a clock of their own
that agree on another time, and, if the installation requires NTP, a kernel that is not synchronised. While the clock is
in doubt nothing is signed that would carry a wrong time to devices: no beacon, no plan, no setting. Alerts, their ends
and stops are sent nevertheless: devices check those by both times (docs/protocol.md, *Time*).
One gateway judges; its verdict is stored in ``LOA_HOME/run`` for the screens of the other processes.
"""

import logging
import statistics
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cms.platform.context import Context
from cms.platform.process.clock import ClockDoubt, DoubtKind, SteadyClock, TellDoubt, kernel_is_synchronised
from cms.platform.store.chain import newest_at
from cms.platform.store.engine import reading
from cms.platform.store.pending_look import CommitCounter
from devices.model import DeviceId

LOOK_EVERY_S: Final = 2.0
EVENTS_AHEAD: Final = timedelta(minutes=1)
"""An event further ahead than this was written under another clock."""
VOTES_LEAST: Final = 3
APART: Final = timedelta(minutes=10)
VOTE_HOLDS_S: Final = 3_600.0
VOTES_MAX: Final = 5_000

log = logging.getLogger(__name__)


def judged(
    now: datetime,
    newest_event_at: datetime | None,
    votes: Sequence[timedelta],
    *,
    is_vouched_for: bool,
    needs_ntp: bool,
) -> ClockDoubt | None:
    """Return the doubt about this time; None if no evidence speaks against it, or stronger evidence for it.

    ``votes``: by how much each device's own time is ahead of ours. ``is_vouched_for``: by the kernel or a person.
    """
    if is_vouched_for:
        return None
    if needs_ntp:
        return ClockDoubt(0.0, DoubtKind.NOT_SYNCHRONISED)
    if len(votes) >= VOTES_LEAST:
        middle_s = statistics.median(vote.total_seconds() for vote in votes)
        return ClockDoubt(-middle_s, DoubtKind.DEVICES_DISAGREE) if abs(middle_s) > APART.total_seconds() else None
    if newest_event_at is not None and newest_event_at - now > EVENTS_AHEAD:
        return ClockDoubt((now - newest_event_at).total_seconds(), DoubtKind.EVENTS_AHEAD)
    return None


class ClockJudge:
    """Judge of the server's clock. ``note`` from any thread; ``step`` in the gateway's loop, before it sends."""

    def __init__(
        self,
        context: Context,
        monotonic_s: Callable[[], float] = time.monotonic,
        is_synchronised: Callable[[], bool] = kernel_is_synchronised,
    ) -> None:
        self._context = context
        self._monotonic_s = monotonic_s
        self._is_synchronised = is_synchronised
        self._tell = TellDoubt(context.settings)
        self._votes: OrderedDict[DeviceId, tuple[timedelta, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._due_s = float("-inf")
        self._commits = CommitCounter(context.engine)
        self._newest: tuple[int | None, datetime | None] = (None, None)
        self.doubt: ClockDoubt | None = None

    @property
    def is_in_doubt(self) -> bool:
        return self.doubt is not None

    def note(self, device_id: DeviceId, told_at: datetime, now: datetime) -> None:
        """Note the time reported by a device with a clock of its own."""
        with self._lock:
            self._votes.pop(device_id, None)
            self._votes[device_id] = told_at - now, self._monotonic_s()
            while len(self._votes) > VOTES_MAX:
                self._votes.popitem(last=False)

    def step(self) -> None:
        """Judge again, every few seconds."""
        now_s = self._monotonic_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + LOOK_EVERY_S
        before, self.doubt = self.doubt, self._judge(now_s)
        if self.doubt is not None and (before is None or before.why is not self.doubt.why):
            why, ahead_s = self.doubt.why.value, self.doubt.ahead_s
            log.error("the clock is in doubt (%s, %+.0f s): no time, plan or setting is signed", why, ahead_s)
        elif before is not None and self.doubt is None:
            log.warning("the server's clock is trusted again")
        self._tell.write(self.doubt)

    def _newest_at(self) -> datetime | None:
        """Return the latest instant of any event, which is read again only after a commit."""
        commits = self._commits.look()
        if commits is None or commits != self._newest[0]:
            with reading(self._context.engine) as session:
                self._newest = commits, newest_at(session)
        return self._newest[1]

    def _judge(self, now_s: float) -> ClockDoubt | None:
        context = self._context
        held = context.now if isinstance(context.now, SteadyClock) else None
        with self._lock:
            votes = [vote for vote, at_s in self._votes.values() if now_s - at_s <= VOTE_HOLDS_S]
        newest = self._newest_at()
        is_vouched_for = (held is not None and held.is_accepted) or self._is_synchronised()
        needs_ntp = context.settings.clock_needs_ntp
        return judged(context.now(), newest, votes, is_vouched_for=is_vouched_for, needs_ntp=needs_ntp)
