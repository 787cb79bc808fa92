"""Alerts that may be raised at a loudspeaker: agreed beforehand by two people for one place, and who holds the keys."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from broadcast.alerts.findings import DEVICE_RENDITION
from broadcast.alerts.hazard_rules import AlertLevel, Rounds, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId, AlertKind, Audience, OrderId, Purpose
from broadcast.alerts.orders import Order, Spoken
from broadcast.bulletins.model import Sound
from broadcast.speech.normalization import VIETNAMESE
from devices.model import DeviceId
from devices.protocol.limits import KEY_HOLDERS_MAX, LOCAL_ORDERS_LAST_MS, LOCAL_ORDERS_MAX
from province.areas import AreaId
from province.errors import Problem, problem_if, too_long
from province.people import UserId

LocalAlertId = NewType("LocalAlertId", str)
KeyHolderId = NewType("KeyHolderId", str)

HEADLINE_MAX: Final = 120
TEXT_MAX: Final = 600
BYTES_MAX: Final = 7_000
"""Bytes of all texts of one place: with sirens, rounds and holders they fit one signed message."""
MINUTES: Final = (5, 24 * 60)
NAME_MAX: Final = 100
PHONE_MAX: Final = 20
LASTS: Final = timedelta(milliseconds=LOCAL_ORDERS_LAST_MS)
RENEWED_AFTER: Final = timedelta(days=7)
"""So a box that has lost its network keeps orders that are valid for three weeks at least."""


class LocalAlertStatus(StrEnum):
    """PROPOSED waits for a second person; only APPROVED ones are sent to devices."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LocalAlert:
    """Alert that key holders in an area, and below, may raise. Siren and rounds are frozen with the proposal.

    ``sound`` and ``again``: its speech, made once it is approved, as those of a wording.
    """

    id: LocalAlertId
    area_id: AreaId
    hazard: Hazard
    level: AlertLevel
    headline: str
    text: str
    minutes: int
    rounds: Rounds
    siren: SirenPattern
    proposed_at: datetime
    proposed_by: UserId
    proposed_by_name: str
    status: LocalAlertStatus = LocalAlertStatus.PROPOSED
    approved_at: datetime | None = None
    approved_by: UserId | None = None
    approved_by_name: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by_name: str = ""
    sound: Sound = field(default_factory=Sound)
    again: Sound = field(default_factory=Sound)

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """Return its speech as devices keep it; empty until it is made."""
        first, again = (each.rendition(DEVICE_RENDITION) for each in (self.sound, self.again))
        return () if first is None else (Spoken(VIETNAMESE, first, again),)

    @property
    def text_sha256(self) -> str:
        """Return what an alert with the same words has in common with it."""
        return said_sha256(self.sound.made_from)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Person with a key and a PIN. ``pin_hash`` is slow and salted; the PIN itself is stored nowhere."""

    id: KeyHolderId
    person_name: str
    phone: str
    salt: str
    pin_hash: str
    issued_at: datetime
    issued_by: UserId
    issued_by_name: str
    withdrawn_at: datetime | None = None
    withdrawn_by_name: str = ""


class LocalIssueState(StrEnum):
    """State of the local orders on a device: by what the device has reported, never by what was sent to it.

    NONE: nothing may be raised there · WAITING: it has not reported any · OUTDATED: it holds valid ones, but not the
    last · VALID · EXPIRED: what it holds is of no use any more.
    """

    NONE = "none"
    WAITING = "waiting"
    OUTDATED = "outdated"
    VALID = "valid"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LocalIssue:
    """Local orders of one device as last issued, and as it last reported to hold them.

    ``mark`` tells what they consist of; empty: they withdraw all. ``spoken``: how many there are,
    where all of their speech is on its flash; else 0.
    """

    device_id: DeviceId
    number: int
    issued_at: datetime
    valid_until_at: datetime
    mark: str
    held_number: int = 0
    held_until_at: datetime | None = None
    told_at: datetime | None = None
    wrong_pins: int = 0
    spoken: int = 0

    def state(self, now: datetime) -> LocalIssueState:
        """Return the state of the orders on the device."""
        if not self.mark:
            return LocalIssueState.NONE
        if self.held_until_at is None:
            return LocalIssueState.WAITING
        if self.held_until_at <= now:
            return LocalIssueState.EXPIRED
        return LocalIssueState.VALID if self.held_number == self.number else LocalIssueState.OUTDATED

    def is_due(self, mark: str, now: datetime) -> bool:
        """Return whether to issue anew: something has changed, or a week has passed. A withdrawal is not renewed."""
        return self.mark != mark or bool(mark and now - self.issued_at >= RENEWED_AFTER)


@dataclass(frozen=True, slots=True)
class KeyPress:
    """Alert that was raised at a device: by whom, when, and when the server was told."""

    alert_id: AlertId
    device_id: DeviceId
    device_name: str
    local_alert_id: LocalAlertId
    holder_id: KeyHolderId
    holder_name: str
    raised_at: datetime
    told_at: datetime


def problems_of(headline: str, text: str, minutes: int, beside: Sequence[LocalAlert]) -> list[Problem]:
    """Return what is wrong with a proposal. ``beside``: those that some device would get together with it."""
    least, most = MINUTES
    found = problem_if(not headline, "headline", "MISSING") + too_long("headline", headline, HEADLINE_MAX)
    found += problem_if(not text, "text", "MISSING") + too_long("text", text, TEXT_MAX)
    found += problem_if(not least <= minutes <= most, "minutes", "OUT_OF_BOUNDS", min=least, max=most)
    found += problem_if(
        len(beside) >= LOCAL_ORDERS_MAX, "area_id", "TOO_MANY", count=len(beside) + 1, max=LOCAL_ORDERS_MAX
    )
    size = sum(map(_bytes, (headline, text, *(line for each in beside for line in (each.headline, each.text)))))
    return found or problem_if(size > BYTES_MAX, "text", "TOO_MUCH_TO_SEND", bytes=size, max=BYTES_MAX)


def holder_problems(name: str, phone: str, holders: Iterable[int]) -> list[Problem]:
    """Return what is wrong with a new holder. ``holders``: how many each of the chosen devices has; none: no device."""
    counts = list(holders)
    found = problem_if(not name, "person_name", "MISSING") + too_long("person_name", name, NAME_MAX)
    found += too_long("phone", phone, PHONE_MAX) + problem_if(not counts, "devices", "MISSING")
    count = max(counts, default=0) + 1
    return found + problem_if(count > KEY_HOLDERS_MAX, "devices", "TOO_MANY", count=count, max=KEY_HOLDERS_MAX)


def order_of(
    local: LocalAlert,
    order_id: str,
    *,
    origin_id: DeviceId,
    audience: Audience,
    issued_at: datetime,
    expires_at: datetime,
) -> Order:
    """Return the order of an alert that was raised at the device; the alert has the same id."""
    people = (local.proposed_by, local.approved_by)
    return Order(
        id=OrderId(order_id),
        alert_id=AlertId(order_id),
        kind=AlertKind.LIVE,
        purpose=Purpose.WARNING,
        hazard=local.hazard,
        level=local.level,
        headline=local.headline,
        text=local.text,
        audience=audience,
        spoken=local.spoken,
        rounds=local.rounds,
        issued_at=issued_at,
        expires_at=expires_at,
        approved_by=tuple(str(each) for each in people if each is not None),
        siren=local.siren,
        origin_id=origin_id,
    )


def said_sha256(made_from: str) -> str:
    """Return the hash of a script, by which its sound is found; empty where there is none."""
    return hashlib.sha256(made_from.encode()).hexdigest() if made_from else ""


def _bytes(text: str) -> int:
    return len(text.encode())
