"""Broker log watch: refused connections and denied topics, read from the brokers' logs, recorded as events.

The log has no address for a refused handshake, so a minute's refusals of one sort are one event with their number.
A client that subscribes or publishes outside its own topics is recorded by name, at once and then every half hour
while it goes on. The main broker's client names are those of our certificates; on the enrolment listener a client may
call itself anything, so what is seen there is recorded of a *box*, and never opens a fault of a device.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.store.events import PUBLISH_DENIED, SUBSCRIBE_DENIED
from devices.mqtt import enrolment_listener
from devices.mqtt.broker_log import Deed, newcomer_in, trespass_in
from province.events import Event

READ_BYTES: Final = 1024 * 1024
"""Per read; the rest comes with the next."""
EVERY: Final = timedelta(minutes=1)
AGAIN: Final = timedelta(minutes=30)
NAMED_MOST: Final = 200
"""Per broker; clients beyond are only counted among the refused."""
CROWD: Final = "too many to name"
_LOOK_S: Final = 1.0
# The form of the line depends on whether the client's whole answer was there when it was accepted.
_TLS: Final = re.compile(
    r"(?:OpenSSL Error\[\d+\]|Client connection from \S+ failed): error:[0-9A-F]+:SSL routines:[^:]*:(.+?)\.?$"
)
# A closed connection, or a port scanner that speaks no TLS, is not an attack.
_NO_REFUSAL: Final = frozenset({"unexpected eof while reading"})
_NAME_MAX: Final = 40
_TOPIC_MAX: Final = 80


class _Place(NamedTuple):
    """Inode of the file, and the offset read so far; ``inode`` 0: there was none."""

    inode: int
    at: int


class LogFollower:
    """Follower of ``path`` across rotation to ``.log.1``; ``place`` stores the position, for the next process.

    The first time it begins at the end: older lines are of the past.
    """

    def __init__(self, path: Path, place: Path) -> None:
        self._path = path
        self._file = place
        self._saved = self._kept()
        self._place = self._saved or _Place(*_stands(path))
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Yield the new lines, whole ones only."""
        inode, size = _stands(self._path)
        if inode != self._place.inode or size < self._place.at:
            yield from self._rest_of_the_last()
            self._place, self._rest = _Place(inode, 0), b""
        if size > self._place.at:
            yield from self._read(self._path)

    def save(self) -> None:
        """Store the position: everything up to here is processed."""
        whole = _Place(self._place.inode, self._place.at - len(self._rest))
        if whole == self._saved:
            return
        part = self._file.with_suffix(".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(whole))
        part.replace(self._file)
        self._saved = whole

    def _kept(self) -> _Place | None:
        with suppress(OSError, ValueError, TypeError):
            return _Place(*map(int, json.loads(self._file.read_text())))
        return None

    def _rest_of_the_last(self) -> Iterator[str]:
        """Yield the lines written before the file was rotated and not read yet."""
        last = self._path.with_suffix(f"{self._path.suffix}.1")
        inode, size = _stands(last)
        while inode == self._place.inode and size > self._place.at:
            yield from self._read(last)

    def _read(self, path: Path) -> Iterator[str]:
        with path.open("rb") as file:
            file.seek(self._place.at)
            data = file.read(READ_BYTES)
        self._place = _Place(self._place.inode, self._place.at + len(data))
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip()


def _stands(path: Path) -> tuple[int, int]:
    """Return the file's inode and size; zeros if there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_size


@dataclass
class _Tried:
    """Attempts of one client since it was last reported, and their first topic."""

    topic: str = ""
    count: int = 0
    told_at: datetime | None = None


class _Broker:
    """Log of one broker, and the clients in it that went beyond their own topics."""

    def __init__(self, log: LogFollower, names: tuple[str, str], ours: str) -> None:
        self.log = log
        self._overheard, self._denied = names
        self._ours = ours
        # On the enrolment listener a client may call itself anything.
        self.names_clients = not ours
        self._tried: dict[tuple[str, str], _Tried] = {}

    def take(self, line: str, refused: Counter[str]) -> None:
        if (found := _TLS.search(line)) and found[1] not in _NO_REFUSAL:
            refused[found[1][:_TOPIC_MAX]] += 1
        elif (trespass := trespass_in(line)) and trespass.who != self._ours:
            name = self._overheard if trespass.did is Deed.SUBSCRIBE else self._denied
            key = name, trespass.who[:_NAME_MAX]
            if key not in self._tried and len(self._tried) >= NAMED_MOST:
                refused[CROWD] += trespass.count
                return
            tried = self._tried.setdefault(key, _Tried())
            tried.topic = tried.topic or trespass.topic[:_TOPIC_MAX]
            tried.count += trespass.count

    def due(self, now: datetime) -> Iterator[tuple[Event, _Tried]]:
        """Yield the events that are due; the caller sets ``told_at`` once they are stored."""
        for (name, who), tried in self._tried.items():
            if tried.count and (tried.told_at is None or now - tried.told_at >= AGAIN):
                detail: dict[str, object] = {"topic": tried.topic, "count": tried.count}
                yield Event(name, who, now, "broker", "broker", detail), tried

    def forget(self, now: datetime) -> None:
        """Drop clients that made no new attempt for so long: their next one is reported at once."""
        over = [key for key, each in self._tried.items() if each.told_at is not None and now - each.told_at >= AGAIN]
        for key in over:
            del self._tried[key]


class BrokerWatch:
    """Watcher of the files that the supervisor keeps, from the stored position on.

    ``on_arrived`` is called with the clients that connected to the broker: client id and keep-alive, in seconds.
    """

    def __init__(
        self,
        context: Context,
        *,
        every: timedelta = EVERY,
        on_arrived: Callable[[Collection[tuple[str, int]]], object] = lambda _: None,
    ) -> None:
        self._context = context
        self._on_arrived = on_arrived
        self._every = every
        settings = context.settings
        self._brokers: Sequence[_Broker] = [
            _Broker(LogFollower(settings.log_dir / f"{name}.log", settings.run_dir / f"{name}.read"), names, ours)
            for name, names, ours in (
                *((name, (SUBSCRIBE_DENIED, PUBLISH_DENIED), "") for name in settings.broker_programs),
                (
                    "enrolment",
                    ("enrolment.subscribe_denied", "enrolment.publish_denied"),
                    enrolment_listener.desk_name(settings.root),
                ),
            )
        ]
        self._refused: Counter[str] = Counter()
        self._told_at = context.now() - every

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "watching the brokers", look_s=_LOOK_S)

    def _read(self) -> set[tuple[str, int]]:
        """Read the brokers' new log lines; return the clients that connected."""
        arrived: set[tuple[str, int]] = set()
        for each in self._brokers:
            for line in each.log.lines():
                each.take(line, self._refused)
                if each.names_clients and (came := newcomer_in(line)) is not None:
                    arrived.add(came)
        return arrived

    def step(self) -> int:
        """Write the events that are due; return their number."""
        now = self._context.now()
        if arrived := self._read():
            self._on_arrived(arrived)
        due = [one for each in self._brokers for one in each.due(now)]
        is_time = bool(self._refused) and now - self._told_at >= self._every
        events = [event for event, _ in due]
        if is_time:
            told: list[dict[str, object]] = [{"reason": why, "count": count} for why, count in self._refused.items()]
            events += [Event("broker.refused", "broker", now, "broker", "broker", each) for each in told]
        if events:
            with self._context.uow() as unit:
                for event in events:
                    unit.record(event)
                unit.commit()
        # Only after the commit: what could not be stored is reported the next time.
        for _, tried in due:
            tried.topic, tried.count, tried.told_at = "", 0, now
        if is_time:
            self._refused.clear()
            self._told_at = now
        for each in self._brokers:
            each.forget(now)
            if not self._refused:
                each.log.save()
        return len(events)
