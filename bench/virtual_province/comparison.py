"""Comparison of the server with the ground truth: presence and labels by the minute, as-run records, notifications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bench.scenarios.fault import to_ms
from bench.virtual_fleet.fleet import VirtualFleet
from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_fleet.link import RECONNECT_MS
from bench.virtual_province import as_runs, labels, notification_comparison
from bench.virtual_province.agreement import Disagreement, disagreements, samples
from bench.virtual_province.server import GATHER_MS, VirtualServer
from cms.fleet.queries.overview import statuses
from cms.health.repository.faults import FaultRecords
from cms.platform.store.engine import reading
from cms.schedule.queries.after_air import exported
from devices.health.incidents import Incident
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol.limits import KEEP_ALIVE_S, WILL_DELAY_S
from firmware_sim.storage.flash import Facts

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
SETTLING_MS: Final = to_ms("10m")
"""Time after the first switching on in which no device has connected yet."""
LOST_HOLD_MS: Final = round((1.5 * KEEP_ALIVE_S + WILL_DELAY_S) * 1000) + 2 * GATHER_MS
"""Time for which a disconnected device may be shown as connected: the broker's timeout and the will's delay."""
BACK_HOLD_MS: Final = 5_000
"""And a reconnected device as disconnected."""

COMING_BACK_MS: Final = RECONNECT_MS[1] + BACK_HOLD_MS
"""After the broker or the server was away, presence is unknown until every device has connected again."""
LABEL_BACK_MS: Final = to_ms("6m")
"""And a label is unknown until the device has been connected for as long as a lost link takes to resolve."""
AWAY: Final = frozenset({"broker_down", "server_down"})
UNBELIEVED: Final = frozenset({"seconds", "old_protocol", "cloned_certificate"})
"""Faults with which a device's telemetry is refused, or belongs to another device."""
REPORT_MS: Final = to_ms("5m")
"""Time in which the next record is due."""


@dataclass
class ComparisonResult:
    """Counts of what was compared, and the disagreements."""

    seconds: float = 0.0
    happened: int = 0
    heard: int = 0
    soundings: int = 0
    records: Counter[str] = field(default_factory=Counter)
    odd_records: list[as_runs.Odd] = field(default_factory=list)
    presence_samples: int = 0
    presence: dict[str, list[Disagreement[bool]]] = field(default_factory=dict)
    labels_wrong: dict[str, list[labels.Wrong]] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    letters: list[notification_comparison.SentNotification] = field(default_factory=list)
    told_wrong: list[notification_comparison.TooMuch] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    takeovers: int = 0
    trespassers: int = 0
    accused_wrong: list[str] = field(default_factory=list)
    """Devices that used others' topics and have no fault of it, or have one and did not."""

    @property
    def presence_wrong(self) -> int:
        return sum(map(len, self.presence.values()))

    @property
    def label_minutes_wrong(self) -> int:
        return sum(map(len, self.labels_wrong.values()))

    @property
    def is_ok(self) -> bool:
        wrong = (self.odd_records, self.presence, self.labels_wrong, self.told_wrong, self.accused_wrong)
        return not any(wrong)


class FleetComparison:
    """Comparison of a fleet switched on at ``start_ms`` with the belief of ``server``. ``found`` grows.

    ``look_ms``: interval at which the server evaluates health. Call ``heard`` for every batch that was stored.
    """

    def __init__(self, server: VirtualServer, fleet: VirtualFleet, start_ms: int, look_ms: int) -> None:
        self.found = ComparisonResult()
        self._server = server
        self._fleet = fleet
        self._start_ms = start_ms
        self._look_ms = look_ms
        self._minutes_ms = start_ms + SETTLING_MS
        self._believed: dict[str, list[tuple[int, bool]]] = {}

    def heard(self, batch: list[Incoming]) -> None:
        """Note the server's belief of the devices that have just sent their presence."""
        named = {DeviceId(each.topic.split("/")[3]) for each in batch if each.topic.endswith("/state")}
        self._server.health.spoke(named)
        if not named:
            return
        now_ms = self._fleet.around.timeline.now_ms
        with reading(self._server.context.engine) as session:
            for device_id, status in statuses(session, named).items():
                self._believed.setdefault(device_id, []).append((now_ms, status.online))

    def minutes(self, until_ms: int) -> None:
        """Compare each minute of each device since the last call, up to this instant, which is past or now."""
        since_ms, self._minutes_ms = self._minutes_ms, max(self._minutes_ms, until_ms)
        found, truth = self.found, self._fleet.truth
        deaf = [(first, last + COMING_BACK_MS) for first, last, what, _ in truth.causes if what in AWAY]
        for name in self._fleet.devices:
            found.presence_samples += samples(since_ms, until_ms, MINUTE_MS)
            wrong = disagreements(
                self._linked(name),
                self._believed.get(name, [(self._start_ms, False)]),
                hold_ms=lambda online: LOST_HOLD_MS if online else BACK_HOLD_MS,
                since_ms=since_ms,
                until_ms=until_ms,
                every_ms=MINUTE_MS,
                but=deaf,
            )
            if wrong:
                found.presence.setdefault(name, []).extend(wrong)
        self._labels(since_ms, until_ms, [(first, last + LABEL_BACK_MS) for first, last in deaf])

    def day(self, first_ms: int) -> None:
        """Compare a day that began at this local midnight and has ended: its records that are due, and its minutes.

        Nothing is planned around midnight, so that a day can be compared by itself. ``whole`` compares all again.
        """
        now_ms = self._fleet.around.timeline.now_ms
        self.minutes(now_ms)
        planned = [each for each in self._fleet.truth.soundings if first_ms <= each.planned_at < now_ms]
        self._records(planned, first_ms, now_ms, kept=("record", "open"))
        self._told()

    def whole(self) -> None:
        """Compare all records and all notifications, once every device has had the time to send its own."""
        span_ms = self._start_ms - 2 * DAY_MS, self._start_ms + 400 * DAY_MS
        self._records(self._fleet.truth.soundings, *span_ms, kept=("record",))
        self._told()
        self._accused()

    def _accused(self) -> None:
        guilty = set(self._fleet.around.broker.trespasses)
        with reading(self._server.context.engine) as session:
            faults = FaultRecords(session).living(_instant(self._start_ms))
        accused = {str(each.device_id) for each in faults if each.kind is FaultKind.TRESPASSES and each.opened_at}
        self.found.trespassers = len(guilty)
        self.found.accused_wrong = sorted(guilty ^ accused)

    def _records(self, sounded: Collection[TrueSound], first_ms: int, until_ms: int, kept: Collection[str]) -> None:
        """Compare the records of a span; ``sounded``: soundings planned in it."""
        found = self.found
        with reading(self._server.context.engine) as session:
            runs = list(exported(session, None, _instant(first_ms), _instant(until_ms)))
        found.soundings = len(sounded)
        found.records = Counter(f"{run.result} {run.reason}".strip() for run in runs)
        found.odd_records = as_runs.compare(sounded, runs, self._on_flash(kept))

    def _told(self) -> None:
        health, found = self._server.health, self.found
        found.incidents = health.incidents()
        found.letters = [
            notification_comparison.SentNotification(each.written_at, each.subject_id, each.stage)
            for each in health.letters()
        ]
        found.told_wrong = notification_comparison.compare(
            notification_comparison.causes(self._fleet.truth.causes), found.incidents, found.letters
        )

    def _labels(self, since_ms: int, until_ms: int, deaf: list[labels.Span]) -> None:
        now_ms = self._fleet.around.timeline.now_ms
        sounded: dict[str, list[labels.Span]] = {}
        for each in self._fleet.truth.soundings:
            sounded.setdefault(each.device, []).append((each.started_at, each.ended_at or now_ms))
        unheard: dict[str, list[labels.Span]] = {}
        for first_ms, last_ms, what, whom in self._fleet.truth.causes:
            if what in UNBELIEVED:
                unheard.setdefault(whom, []).append((first_ms, last_ms + REPORT_MS))
        for name in self._fleet.devices:
            truth = labels.DeviceTruth.of(self._reasons(name), now_ms, sounded.get(name, ()), unheard.get(name, ()))
            wrong = labels.compare(
                truth,
                self._server.health.labels.get(DeviceId(name), ()),
                since_ms=since_ms,
                until_ms=until_ms,
                every_ms=MINUTE_MS,
                look_ms=self._look_ms,
                but=deaf,
            )
            if wrong:
                self.found.labels_wrong.setdefault(name, []).extend(wrong)

    def _reasons(self, name: str) -> list[tuple[int, frozenset[str]]]:
        """List by change the reasons for which this device was silent: its hardware's, and no connection."""
        changes = [(at_ms, 0, standing.why) for at_ms, standing in self._fleet.truth.series(name)]
        links = [(at_ms, 1, () if is_linked else (labels.LINK,)) for at_ms, is_linked in self._linked(name)]
        why, link = frozenset[str](), frozenset[str]()
        series = []
        for at_ms, which, reasons in sorted([*changes, *links]):
            if which:
                link = frozenset(reasons)
            else:
                why = frozenset(reasons)
            series.append((at_ms, why | link))
        return series

    def _linked(self, name: str) -> list[tuple[int, bool]]:
        """List by change whether any device with this identity had a connection."""
        truth = self._fleet.truth
        changes: list[tuple[int, str, bool]] = [
            (at_ms, physics, standing.is_linked)
            for physics in (name, *(clone.name for clone in self._fleet.clones if clone.identity.id == name))
            for at_ms, standing in truth.series(physics)
        ]
        linked: dict[str, bool] = {}
        series: list[tuple[int, bool]] = []
        for at_ms, physics, is_linked in sorted(changes):
            linked[physics] = is_linked
            series.append((at_ms, any(linked.values())))
        return series

    def _on_flash(self, kinds: Collection[str]) -> dict[str, set[str]]:
        """Map each device to the items for which it still keeps notes of these kinds on flash."""
        boxes = (*self._fleet.devices.values(), *self._fleet.clones)
        return {device.name: set(_items(device.flash.facts, kinds)) for device in boxes}


def _items(facts: Facts, kinds: Collection[str]) -> Iterator[str]:
    """Yield the items of notes: a record names its item; an open note is keyed by its item."""
    for kind in kinds:
        for key, kept in facts.get(kind, {}).items():
            yield str(kept["item"]) if isinstance(kept, dict) else key


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
