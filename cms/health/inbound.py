"""Telemetry intake: a connection, a thread and transactions of its own, so that no flood of it delays an answer.

Telemetry is sent with QoS 0 and not acknowledged. Messages are gathered for a moment and stored in one transaction;
between transactions the database is free for others. What cannot be stored is dropped, the oldest first, and counted.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError

from cms.accounts.queries import in_service
from cms.fleet.inbound.last_seen import LastSeen
from cms.fleet.repository.devices import Devices
from cms.health.repository.telemetry import TelemetryRecord, pack, write
from cms.platform.context import Context
from cms.platform.gateway.messages import to_ms
from cms.platform.process.loops import until_turn_s
from cms.platform.store.engine import reading
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Telemetry
from devices.rate_limit import RateLimit
from devices.telemetry import ValidationOutcome, judge
from province.events import Event
from province.wall_clock import instant_of

log = logging.getLogger(__name__)

SUBSCRIPTIONS: Final = {topics.device_telemetry("+"): 0}
WAITING_MAX: Final = 30_000
"""Three messages of each of ten thousand devices: 30 MB."""
BATCH_MAX: Final = 4_000
"""SQLite's write lock is held for 60 to 100 ms: an approval does not notice."""
TICK_S: Final = 0.2
IDLE_S: Final = 1.0
"""Interval of storing, and the longest wait for the next message."""
YIELD_S: Final = 0.01
A_MINUTE: Final = 30
"""Messages of one device: its health every minute, and a change every five seconds at most; twice of that."""
ROSTER_EVERY_S: Final = 60.0
STRANGER_EVERY_S: Final = 5.0
"""An unknown device may have been added a moment ago."""
SEEN_EVERY_S: Final = 15.0
COMPLAINT_EVERY: Final = timedelta(hours=1)
COMPLAINTS_KEPT: Final = 10_000
RETRY_S: Final = 2.0

_HEAD, _TAIL = topics.device_telemetry("+").split("+")
_COMPLAINED_OF: Final = frozenset(
    {
        ValidationOutcome.MALFORMED,
        ValidationOutcome.SECONDS,
        ValidationOutcome.FUTURE,
        ValidationOutcome.OLD,
        ValidationOutcome.OFTEN,
        ValidationOutcome.RETAINED,
    }
)
_DATABASE_DOWN = (OperationalError, InterfaceError)


class Intake:
    """Handler of telemetry. ``receive`` is called by the subscriber; ``run`` stores messages until it is stopped.

    ``on_stored`` gets the number committed, and when each lot of messages was received (``time.monotonic_ns``).
    """

    def __init__(
        self,
        context: Context,
        seen: LastSeen,
        monotonic: Callable[[], float] = time.monotonic,
        on_stored: Callable[[int, Sequence[int]], object] = lambda _count, _heard_ns: None,
    ) -> None:
        self._context = context
        self._seen = seen
        self._monotonic = monotonic
        self._on_stored = on_stored
        self._lock = threading.Lock()
        self._arrived: deque[tuple[int, int, Sequence[Incoming]]] = deque()
        self._waiting = 0
        self._dropped = 0
        self._has_come = threading.Event()
        self._is_filled = threading.Event()
        self._roster: frozenset[DeviceId] = frozenset()
        self._roster_at_s = -ROSTER_EVERY_S
        self._seen_at_s = monotonic()
        self._last_ms: dict[DeviceId, int] = {}
        self._complained: dict[DeviceId, datetime] = {}
        self._rate = RateLimit(a_minute=A_MINUTE)

    def receive(self, messages: Sequence[Incoming]) -> None:
        """Queue messages from the subscriber's thread; the oldest are dropped if there are too many."""
        heard_ms, heard_ns = to_ms(self._context.now()), time.monotonic_ns()
        with self._lock:
            self._arrived.append((heard_ms, heard_ns, messages))
            self._waiting += len(messages)
            while self._waiting > WAITING_MAX and len(self._arrived) > 1:
                gone = len(self._arrived.popleft()[2])
                self._waiting -= gone
                self._dropped += gone
            if self._waiting >= BATCH_MAX:
                self._is_filled.set()
        self.wake()

    def wake(self) -> None:
        """Have ``run`` look now; from any thread."""
        self._has_come.set()

    def run(self, stopping: threading.Event) -> None:
        """Store batch after batch until stopped; a batch is retried while the database is not reachable."""
        while not stopping.is_set():
            began_s = self._monotonic()
            try:
                is_idle = not self.step()
            except Exception:
                log.exception("storing telemetry failed; retry in %.0f s", RETRY_S)
                stopping.wait(RETRY_S)
                continue
            if is_idle:
                if not self._has_come.wait(until_turn_s(IDLE_S)):
                    continue
                began_s = self._monotonic()
            # The database is free for others while the next batch is read, and for this long at least.
            stopping.wait(YIELD_S)
            self._is_filled.wait(max(0.0, TICK_S - (self._monotonic() - began_s)))

    def step(self) -> int:
        """Store one batch of the waiting messages; return the number of messages processed."""
        batch, dropped = self._take()
        try:
            count = self._store(batch, dropped)
        except _DATABASE_DOWN:
            self._put_back(batch, dropped)
            raise
        except Exception:
            self._put_back((), dropped + sum(len(messages) for _, _, messages in batch))
            raise
        if self._monotonic() - self._seen_at_s >= SEEN_EVERY_S:
            self._seen_at_s = self._monotonic()
            self._seen.flush(self._context.engine)
        return count

    def _take(self) -> tuple[list[tuple[int, int, Sequence[Incoming]]], int]:
        batch: list[tuple[int, int, Sequence[Incoming]]] = []
        size = 0
        with self._lock:
            while self._arrived and size < BATCH_MAX:
                batch.append(self._arrived.popleft())
                size += len(batch[-1][2])
            self._waiting -= size
            if not self._arrived:
                self._has_come.clear()
            if self._waiting < BATCH_MAX:
                self._is_filled.clear()
            dropped, self._dropped = self._dropped, 0
        return batch, dropped

    def _put_back(self, batch: Iterable[tuple[int, int, Sequence[Incoming]]], dropped: int) -> None:
        with self._lock:
            for each in reversed(list(batch)):
                self._arrived.appendleft(each)
                self._waiting += len(each[2])
            self._dropped += dropped

    def _store(self, batch: Sequence[tuple[int, int, Sequence[Incoming]]], dropped: int) -> int:
        if not batch and not dropped:
            return 0
        if self._monotonic() - self._roster_at_s >= ROSTER_EVERY_S:
            self._look_who_serves()
        told: list[TelemetryRecord] = []
        counts: Counter[str] = Counter({ValidationOutcome.DROPPED: dropped})
        complaints: dict[DeviceId, ValidationOutcome] = {}
        for heard_ms, _, messages in batch:
            for message in messages:
                outcome = self._hear(message, heard_ms, told)
                counts[outcome] += 1
                if outcome in _COMPLAINED_OF:
                    complaints.setdefault(_speaker(message.topic), outcome)
        with self._context.engine.begin() as connection:
            write(connection, told, counts, to_ms(self._context.now()))
        if told:
            self._on_stored(len(told), [heard_ns for _, heard_ns, _ in batch])
            self._seen.note({each.device_id for each in told}, instant_of(told[-1].heard_ms))
        if complaints:
            self._complain(complaints)
        return sum(counts.values())

    def _hear(self, message: Incoming, heard_ms: int, told: list[TelemetryRecord]) -> ValidationOutcome:
        """Judge one message; if it is to be stored it is added to ``told``."""
        device_id = _speaker(message.topic)
        if device_id not in self._roster and not self._is_known(device_id):
            return ValidationOutcome.UNKNOWN
        if message.retain:
            return ValidationOutcome.RETAINED
        if not self._rate.admits(device_id, self._monotonic()):
            return ValidationOutcome.OFTEN
        try:
            body = codec.decode(Telemetry, message.payload)
        except ProtocolError:
            return ValidationOutcome.MALFORMED
        outcome = judge(body.ts, heard_ms, self._last_ms.get(device_id, 0))
        if outcome is ValidationOutcome.STORED:
            self._last_ms[device_id] = body.ts
            told.append(TelemetryRecord(device_id, body.ts, heard_ms, pack(body)))
        return outcome

    def _is_known(self, device_id: DeviceId) -> bool:
        """Return whether the device is in service; the roster is read again now and then."""
        if self._monotonic() - self._roster_at_s >= STRANGER_EVERY_S:
            self._look_who_serves()
        return device_id in self._roster

    def _look_who_serves(self) -> None:
        with reading(self._context.engine) as session:
            self._roster = in_service(session)
        self._roster_at_s = self._monotonic()

    def _complain(self, complaints: dict[DeviceId, ValidationOutcome]) -> None:
        """Record implausible telemetry, once an hour per device: a flood must not become a flood of events."""
        now = self._context.now()
        due = {
            device_id: outcome
            for device_id, outcome in complaints.items()
            if now - self._complained.get(device_id, now - COMPLAINT_EVERY) >= COMPLAINT_EVERY
        }
        if not due:
            return
        with self._context.uow() as unit:
            devices = unit[Devices].get_many(due)
            for device_id, device in sorted(devices.items()):
                detail: dict[str, object] = {"code": f"TELEMETRY_{due[device_id].upper()}", "detail": "tel"}
                unit.record(Event("device.security", device_id, now, device_id, device.name, detail))
            unit.commit()
        if len(self._complained) > COMPLAINTS_KEPT:
            self._complained.clear()
        self._complained.update(dict.fromkeys(due, now))


def _speaker(topic: str) -> DeviceId:
    """Return the device of a telemetry topic; empty for any other topic."""
    is_ours = topic.startswith(_HEAD) and topic.endswith(_TAIL)
    return DeviceId(topic[len(_HEAD) : -len(_TAIL)] if is_ours else "")
