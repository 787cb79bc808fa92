"""Alert orders, frozen when they were approved, and the reach of each on every device; stops and declaration rights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId, AlertKind, Audience, OrderId, Purpose
from broadcast.bulletins.model import Rendition
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

StopId = NewType("StopId", str)
ALERT_PRIO: Final = 9
"""The priority of alerts on the wire; nothing else has it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One language's sound: said first, and on later rounds."""

    language: str
    first: Rendition
    again: Rendition | None = None


@dataclass(frozen=True, slots=True)
class PartEnd:
    """An order ended in these areas, and goes on in the others."""

    areas: tuple[AreaId, ...]
    at: datetime


class OrderEnd(StrEnum):
    """Reason for an order's end. Reports of what devices sounded before are kept unchanged."""

    CANCELLED = "CANCELLED"
    REPLACED = "REPLACED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Order:
    """One approved sending. Nothing in it can change later, save that it ends, everywhere or in some areas.

    ``audience.targets`` is the shortest way to name the areas on the wire. ``replaces`` are the orders that it ends.
    ``ended_at`` and ``end_reason`` are set by a cancel, an update or its expiry. ``authorisation`` holds the signatures
    of the people who let it out, as the wire carries them; empty: none. ``origin_id``: the device at which it was
    raised; it sounds there alone, and is sent to none.
    """

    id: OrderId
    alert_id: AlertId
    kind: AlertKind
    purpose: Purpose
    hazard: Hazard
    level: AlertLevel
    headline: str
    text: str
    audience: Audience
    spoken: tuple[Spoken, ...]
    rounds: Rounds
    issued_at: datetime
    expires_at: datetime
    approved_by: tuple[str, ...]
    replaces: tuple[OrderId, ...] = ()
    is_minor: bool = False
    is_silent: bool = False
    ended_at: datetime | None = None
    part_ends: tuple[PartEnd, ...] = ()
    end_reason: OrderEnd | None = None
    risk: RiskLevel | None = None
    siren: SirenPattern | None = None
    authorisation: str = ""
    origin_id: DeviceId | None = None

    @property
    def is_drill(self) -> bool:
        return self.kind is AlertKind.DRILL

    @property
    def is_calm(self) -> bool:
        """An all-clear or a correction: it ends a warning and warns of nothing."""
        return self.purpose is Purpose.ALL_CLEAR

    @property
    def current_audience(self) -> Audience:
        """Audience that the order still addresses: without the areas in which it ended."""
        return self.audience.without(area_id for end in self.part_ends for area_id in end.areas)

    def is_in_force(self, now: datetime) -> bool:
        """Return whether it has neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at

    def may_be_sent(self, now: datetime) -> bool:
        """Return whether it is in force, and not raised at a device; asked before each send."""
        return self.origin_id is None and self.is_in_force(now)


@dataclass(frozen=True, slots=True)
class RaisedOrder:
    """Order of the alert of this id as it was when who raised it signed it; ``approval`` is the signature."""

    id: AlertId
    frozen: Order
    approval: str
    signer_id: UserId
    signer_name: str
    at: datetime


ENDED_BEFORE: Final = "ENDED_BEFORE"
"""Code of a device that refuses an order as ended: it heard the end, which a restored database may have lost."""


class ReachState(StrEnum):
    """Reach of an order on a device, in rank order: only its reports move it past WAITING and SILENT, and never back.

    SILENT: the order ended without any report; a later report still counts. A late refusal does not undo SOUNDING, nor
    does the order's own end undo DONE: ``OrderReach.closed_at`` tells that.
    """

    WAITING = "waiting"
    SILENT = "silent"
    RECEIVED = "received"
    REFUSED = "refused"
    SOUNDING = "sounding"
    CUT = "cut"
    CANCELLED = "cancelled"
    DONE = "done"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {state: place for place, state in enumerate(ReachState)}


@dataclass(frozen=True, slots=True)
class OrderReach:
    """Reach of one order on one device; names frozen. ``code`` is the wire's reason for a refusal.

    ``started_at`` and ``ended_at`` are the device's own instants, ``changed_at`` is when the state last rose, and
    ``received_at`` when the server stored the last answer, whatever the device says of its time.

    ``amp_ma`` and ``mic_db`` were measured while it sounded, ``sound`` is the verdict on them. ``neighbours_db``: level
    at which the mute device heard the alert of its neighbours; None: not proven. ``sent`` counts the sends to
    this very device (retries and syncs). ``delay_ms``: of a live address, from mouth to loudspeaker, as last
    reported. ``closed_at``: since then the device is known to have taken the order's end, or a stop: nothing of it is
    left there.

    ``latest`` is the device's newest report of a round, at ``latest_at``: it sounds, was heard whole, was cut or ended.
    ``round`` is that round in the alert's schedule (0: not reported), ``turn`` counts how often it began to sound
    there.
    """

    order_id: OrderId
    device_id: DeviceId
    device_name: str
    area_id: AreaId
    state: ReachState = ReachState.WAITING
    changed_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    code: str = ""
    amp_ma: int | None = None
    mic_db: float | None = None
    sent: int = 0
    received_at: datetime | None = None
    delay_ms: int | None = None
    sound: SoundVerdict | None = None
    neighbours_db: float | None = None
    closed_at: datetime | None = None
    round: int = 0
    turn: int = 0
    latest: ReachState | None = None
    latest_at: datetime | None = None

    @property
    def latest_rank(self) -> int:
        """Sort key of reports about rounds: the higher of two is the newer."""
        return -1 if self.latest is None else self.turn * len(ReachState) + self.latest.rank

    @property
    def is_answer(self) -> bool:
        """Return whether the device itself answered; entries of the server's own sends do not count."""
        return self.state.rank > ReachState.SILENT.rank

    def told(self, word: OrderReach) -> OrderReach:
        """Merge one more report about the same order and device: keep the higher state and every known value."""
        higher = word if word.state.rank > self.state.rank else self
        newer = word if word._is_newer_than(self) else self
        return replace(
            self,
            state=higher.state,
            changed_at=higher.changed_at,
            code=higher.code,
            started_at=self.started_at or word.started_at,
            ended_at=word.ended_at or self.ended_at,
            amp_ma=self.amp_ma if word.amp_ma is None else word.amp_ma,
            mic_db=self.mic_db if word.mic_db is None else word.mic_db,
            sent=max(self.sent, word.sent),
            received_at=word.received_at or self.received_at,
            delay_ms=self.delay_ms if word.delay_ms is None else word.delay_ms,
            sound=word.sound or self.sound,
            neighbours_db=self.neighbours_db if word.neighbours_db is None else word.neighbours_db,
            closed_at=self.closed_at or word.closed_at,
            round=newer.round,
            turn=newer.turn,
            latest=newer.latest,
            latest_at=newer.latest_at,
        )

    def _is_newer_than(self, other: OrderReach) -> bool:
        """Compare rounds. A device that numbers none reports later ones by records only: the later instant is newer."""
        if self.latest_rank != other.latest_rank:
            return self.latest_rank > other.latest_rank
        return self.latest_at is not None and (other.latest_at is None or self.latest_at > other.latest_at)


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop: silences everything there up to ``prio``; below alert priority the silence holds until ``hush_until_at``.

    With ``lifts`` it stops nothing: it ends the silence of the stop named there.
    """

    id: StopId
    areas: tuple[AreaId, ...]
    prio: int
    reason: str
    by: UserId
    by_name: str
    at: datetime
    hush_until_at: datetime | None = None
    lifts: StopId | None = None

    @property
    def mutes_alerts(self) -> bool:
        """Return whether it silences alerts too, those of priority 9."""
        return self.lifts is None and self.prio >= ALERT_PRIO


def lasting_silences(stops: Iterable[Stop], now: datetime) -> Sequence[Stop]:
    """Return those of these stops whose silence lasts: not over, and not lifted by another of them."""
    known = tuple(stops)
    lifted = {each.lifts for each in known if each.lifts is not None}
    return [
        each for each in known if each.hush_until_at is not None and each.hush_until_at > now and each.id not in lifted
    ]


@dataclass(frozen=True, slots=True)
class DeclarationRight:
    """Right of one user to declare alerts up to a level, in an area and below."""

    user_id: UserId
    area_id: AreaId
    level: AlertLevel
