"""A month of a province, its scenario of faults, and whether the server knew what really was."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from cms.settings import Settings
from cms.store.engine import reading
from cms.store.queries.as_runs import exported
from cms.store.queries.fleet import statuses
from devices.health.incidents import Incident
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol.limits import KEEP_ALIVE_S, WILL_DELAY_S
from firmware_sim.scenarios.acting import Stage
from firmware_sim.scenarios.durations import to_ms
from firmware_sim.scenarios.model import Scenario
from firmware_sim.virtual.broker import VirtualBroker
from firmware_sim.virtual.content import ContentServer
from firmware_sim.virtual.fleet import Delivered, VirtualFleet
from firmware_sim.virtual.link import RECONNECT_MS
from firmware_sim.virtual.timeline import Timeline
from virtual_province import as_runs, labels, told
from virtual_province.agreement import Disagreement, disagreements, samples
from virtual_province.newsroom import PROVINCE, Newsroom, Settlement, day_of
from virtual_province.server import GATHER_MS, LOOK_MS, VirtualServer

START: Final = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
"""Midnight in Việt Nam."""
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
TELLING_MS: Final = to_ms("3h")
"""After the last fault: so long devices have to come back and to tell what they still keep."""
SETTLING_MS: Final = to_ms("10m")
"""After the first switching on: nobody has been heard yet."""
LOST_HOLD_MS: Final = round((1.5 * KEEP_ALIVE_S + WILL_DELAY_S) * 1000) + 2 * GATHER_MS
"""A device without a connection may be shown with one so long: the broker's patience and the will's delay."""
BACK_HOLD_MS: Final = 5_000
"""And one that is back without so long."""

COMING_BACK_MS: Final = RECONNECT_MS[1] + BACK_HOLD_MS
"""After the broker or the server was away nobody's presence can be known until everybody has connected again."""
LABEL_BACK_MS: Final = to_ms("6m")
"""And nobody's label until it has been connected for as long as a lost link takes to be over."""
UNBELIEVED: Final = frozenset({"seconds", "old_protocol", "cloned_certificate"})
"""What such a device says of its health is refused, or is another box's."""
REPORT_MS: Final = to_ms("5m")
"""The next record is due then."""


@dataclass
class Findings:
    """What was compared, and what did not agree."""

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
    letters: list[told.Letter] = field(default_factory=list)
    told_wrong: list[told.TooMuch] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    takeovers: int = 0

    @property
    def presence_wrong(self) -> int:
        return sum(map(len, self.presence.values()))

    @property
    def label_minutes_wrong(self) -> int:
        return sum(map(len, self.labels_wrong.values()))

    @property
    def is_ok(self) -> bool:
        return not self.odd_records and not self.presence and not self.labels_wrong and not self.told_wrong


@dataclass(frozen=True)
class Plan:
    """How large, and which chance."""

    scenario: Scenario
    settlement: Settlement
    seed: int
    look_ms: int = LOOK_MS
    feeders: Mapping[DeviceId, str] = field(default_factory=dict)


class Month:
    """``run`` it once. ``home`` is an empty folder."""

    def __init__(self, plan: Plan, home: Path, log: IO[str] | None = None) -> None:
        self._plan = plan
        start_ms = round(START.timestamp() * 1000)
        self._timeline = Timeline(start_ms)
        self._broker = VirtualBroker(self._timeline)
        settings = Settings(home=home, plan_days=4)
        self._server = VirtualServer(settings, self._timeline, self._broker, plan.seed, plan.look_ms)
        self._server.on_stored = self._stored
        self._contents: dict[str, bytes] = {}
        self._believed: dict[str, list[tuple[int, bool]]] = {}
        self._newsroom = Newsroom(self._server.context)
        self._newsroom.settle(plan.settlement)
        self._newsroom.standing(plan.settlement.areas, day_of(self._server.context))
        keyring = self._server.context.keyring
        self._fleet = VirtualFleet(
            [Delivered(device_id, area_id) for device_id, area_id in plan.settlement.ids()],
            timeline=self._timeline,
            broker=self._broker,
            content=ContentServer(self._content),
            root_x=keyring.root_x,
            keyset=keyring.keyset_jws,
            seed=plan.seed,
            log=log,
        )
        self._stage = Stage(plan.scenario, self._fleet, self._server_is)
        self._start_ms = start_ms
        self._end_ms = start_ms + to_ms(plan.scenario.lasts)

    def run(self, on_day: Callable[[int], object] = lambda _: None) -> Findings:
        began_s = time.perf_counter()
        gc.freeze()
        self._server.start()
        self._server.health.start(PROVINCE, self._plan.feeders.items())
        self._fleet.power_on()
        self._stage.set_up()
        day = 0
        while (until_ms := self._start_ms + (day + 1) * DAY_MS) <= self._end_ms:
            self._timeline.run_until(until_ms - 8 * 3_600_000)
            self._newsroom.news(day_of(self._server.context, 1))
            self._timeline.run_until(until_ms)
            day += 1
            on_day(day)
        self._timeline.run_until(self._end_ms + TELLING_MS)
        return self._findings(time.perf_counter() - began_s)

    def _findings(self, seconds: float) -> Findings:
        found = Findings(
            seconds=round(seconds, 1),
            happened=self._timeline.happened,
            heard=self._server.heard,
            soundings=len(self._fleet.truth.soundings),
            faults=self._stage.began,
            takeovers=self._broker.takeovers,
        )
        with reading(self._server.context.engine) as session:
            runs = list(exported(session, None, START - timedelta(days=2), START + timedelta(days=400)))
        found.records = Counter(f"{run.result} {run.reason}".strip() for run in runs)
        found.odd_records = as_runs.compare(self._fleet.truth.soundings, runs, self._on_flash())
        since_ms = self._start_ms + SETTLING_MS
        deaf = [
            (first_ms, last_ms + COMING_BACK_MS)
            for first_ms, last_ms, what, _ in self._fleet.truth.causes
            if what in ("broker_down", "server_down")
        ]
        for name in self._fleet.poles:
            found.presence_samples += samples(since_ms, self._end_ms, MINUTE_MS)
            wrong = disagreements(
                self._linked(name),
                self._believed.get(name, [(self._start_ms, False)]),
                hold_ms=lambda online: LOST_HOLD_MS if online else BACK_HOLD_MS,
                since_ms=since_ms,
                until_ms=self._end_ms,
                every_ms=MINUTE_MS,
                but=deaf,
            )
            if wrong:
                found.presence[name] = wrong
        self._compare_labels(found, deaf)
        health = self._server.health
        found.incidents = health.incidents()
        found.letters = [told.Letter(each.written_at, each.subject_id, each.stage) for each in health.letters()]
        found.told_wrong = told.compare(told.causes(self._fleet.truth.causes), found.incidents, found.letters)
        return found

    def _compare_labels(self, found: Findings, deaf: list[tuple[int, int]]) -> None:
        """Each minute of each device."""
        whole = [(first_ms, last_ms + LABEL_BACK_MS) for first_ms, last_ms in deaf]
        sounded: dict[str, list[labels.Span]] = {}
        for each in self._fleet.truth.soundings:
            sounded.setdefault(each.device, []).append((each.started_at, each.ended_at or self._timeline.now_ms))
        unheard: dict[str, list[labels.Span]] = {}
        for first_ms, last_ms, what, whom in self._fleet.truth.causes:
            if what in UNBELIEVED:
                unheard.setdefault(whom, []).append((first_ms, last_ms + REPORT_MS))
        for name in self._fleet.poles:
            truth = labels.Truth.of(
                self._reasons(name), self._timeline.now_ms, sounded.get(name, ()), unheard.get(name, ())
            )
            wrong = labels.compare(
                truth,
                self._server.health.labels.get(DeviceId(name), ()),
                since_ms=self._start_ms + SETTLING_MS,
                until_ms=self._end_ms,
                every_ms=MINUTE_MS,
                look_ms=self._plan.look_ms,
                but=whole,
            )
            if wrong:
                found.labels_wrong[name] = wrong

    def _reasons(self, name: str) -> list[tuple[int, frozenset[str]]]:
        """Why this device could not be heard, by change: its box's reasons, and no connection."""
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
        """Whether any box with this identity had a connection."""
        truth = self._fleet.truth
        changes: list[tuple[int, str, bool]] = [
            (at_ms, box, standing.is_linked)
            for box in (name, *(clone.name for clone in self._fleet.clones if clone.identity.id == name))
            for at_ms, standing in truth.series(box)
        ]
        linked: dict[str, bool] = {}
        series: list[tuple[int, bool]] = []
        for at_ms, box, is_linked in sorted(changes):
            linked[box] = is_linked
            series.append((at_ms, any(linked.values())))
        return series

    def _on_flash(self) -> dict[str, set[str]]:
        """Which items' records are still kept by which box."""
        boxes = (*self._fleet.poles.values(), *self._fleet.clones)
        return {
            pole.name: {
                str(kept["item"]) for kept in pole.flash.facts.get("record", {}).values() if isinstance(kept, dict)
            }
            for pole in boxes
        }

    def _stored(self, batch: list[Incoming]) -> None:
        """What the server believes of those who have just told of their presence."""
        named = {DeviceId(each.topic.split("/")[3]) for each in batch if each.topic.endswith("/state")}
        self._server.health.spoke(named)
        if not named:
            return
        with reading(self._server.context.engine) as session:
            for device_id, status in statuses(session, named).items():
                self._believed.setdefault(device_id, []).append((self._timeline.now_ms, status.online))

    def _content(self, sha256: str) -> bytes | None:
        """The same bytes for every device: a month of them for each would not fit into memory."""
        held = self._contents.get(sha256)
        content = self._server.context.content
        if held is None and content.has(sha256):
            held = self._contents[sha256] = content.find(sha256).path.read_bytes()
        return held

    def _server_is(self, is_there: bool) -> None:  # noqa: FBT001 - a call-back's only word
        if is_there:
            self._server.revive()
        else:
            self._server.die()
