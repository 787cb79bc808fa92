"""Signing policy: what each key may sign. Every payload is decoded and checked; nothing is signed on trust.

============  ============================================================================================
plan          manifests, settings, beacons, certificates, notices of programmes, commands below an alert
alert         alerts, their ends, stops of their priority, notices of them to stations, local orders
drill         the same of drills, and nothing else
============  ============================================================================================

A payload has to be the one encoding of its body, so that no field is signed that was not read here. The policy knows no
database. That people approved an alert it knows by their own signatures alone, where the keyset of officers asks for
them; without, it can tell only how many alerts there are, for how long, and who asks.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cms.platform.signer.officers import NO_OFFICERS, OfficerSource
from cms.platform.signer.port import UnsignedReason
from devices.protocol import codec
from devices.protocol.approvals import ApprovalRefusedError, require_approvals
from devices.protocol.errors import ProtocolError
from devices.protocol.limits import LOCAL_ORDERS_LAST_MS
from devices.protocol.messages import (
    Beacon,
    CapNotice,
    CertificateAnswer,
    Command,
    CommandType,
    Desired,
    KeyRole,
    LocalOrders,
    Manifest,
    ProgrammeNotice,
    Wire,
)
from devices.protocol.verdict import ALERT_PRIO

LASTS_MAX_MS: Final = 8 * 86_400_000
"""Longest validity of what an alert key signs: the longest alert of a policy (7 days), and the day after its end."""
AHEAD_MAX_MS: Final = 86_400_000
"""Longest lead of a message over the signer's clock: nothing is signed in store for later years."""
FENCE_MAX: Final = 2**53 - 1
ALERTS_BURST: Final = 1_000
ALERTS_REFILL_S: Final = 1.0
"""Different alerts that may be signed at once, and after how long one more: an order to each of 126 places in one
second, and all of a storm again after a restart of the gateway, are far below."""
_REMEMBERED: Final = 10_000

_KINDS: Final[Mapping[str, type[Wire]]] = {
    kind.__name__: kind
    for kind in (Beacon, CapNotice, CertificateAnswer, Command, Desired, LocalOrders, Manifest, ProgrammeNotice)
}
_PLAN_KINDS: Final = (Beacon, CertificateAnswer, Desired, Manifest, ProgrammeNotice)
_ALERT_TYPES: Final = frozenset[str]({CommandType.PLAY, CommandType.STOP, CommandType.CANCEL})


@dataclass
class RefusalError(Exception):
    """The policy does not allow this signature; ``detail`` is for the log."""

    reason: UnsignedReason
    detail: str


class SigningPolicy:
    """Policy with what it has seen since it was made; safe to use from several threads.

    ``now_ms``: the signer's own clock. Without one neither dates nor numbers of alerts are limited: where time is
    virtual, or a test's. ``officers``: whose signatures an alert needs.
    """

    def __init__(self, now_ms: Callable[[], int] | None = None, officers: OfficerSource = NO_OFFICERS) -> None:
        self._now_ms = now_ms
        self._officers = officers
        self._lock = threading.Lock()
        self._fence = 0
        self._alerts = _AlertBudget()

    def check(self, role: KeyRole, kind: str, payload: bytes) -> None:
        """Check what is to be signed with this key. Raises RefusalError."""
        body = _read(kind, payload)
        if isinstance(body, Command):
            self._command(role, body, payload)
        elif isinstance(body, CapNotice):
            _require(role is (KeyRole.DRILL if body.drill else KeyRole.ALERT), f"{kind} with the {role} key")
            # One that has expired by now harms nobody, and ends what it replaces.
            _dated(body.iat, max(body.iat, body.exp, body.keep))
            self._not_ahead(body.iat)
        elif isinstance(body, LocalOrders):
            _require(role is KeyRole.ALERT, f"{kind} with the {role} key")
            _local(body)
            self._not_ahead(body.iat)
        else:
            _require(role is KeyRole.PLAN and isinstance(body, _PLAN_KINDS), f"{kind} with the {role} key")
            if isinstance(body, Beacon):
                self._not_ahead(body.now)
                self._fenced(role, body.fence)

    def _command(self, role: KeyRole, command: Command, payload: bytes) -> None:
        wanted = KeyRole.PLAN if command.prio < ALERT_PRIO else KeyRole.ALERT
        _require(role is (KeyRole.DRILL if command.drill else wanted), f"{command.type} with the {role} key")
        if role is not KeyRole.PLAN:
            _alarming(command)
        self._not_ahead(max(command.iat, command.nbf))
        sounds = role is not KeyRole.PLAN and command.type == CommandType.PLAY
        _require(sounds or command.authorisation is None, "signatures of people belong to an alert or a drill")
        if sounds:
            self._approved(command)
        # Last: a message that is refused must not outdate those of the gateway that works.
        self._fenced(role, command.fence)
        if sounds and role is KeyRole.ALERT and self._now_ms is not None:
            with self._lock:
                is_within = self._alerts.take(payload, self._now_ms())
            if not is_within:
                raise RefusalError(UnsignedReason.LIMIT, f"more than {ALERTS_BURST} alerts: {command.cid}")

    def _approved(self, command: Command) -> None:
        """Refuse an alert without the signatures of people that it needs."""
        if (known := self._officers.current()) is None:
            return
        now_ms = command.iat if self._now_ms is None else self._now_ms()
        try:
            require_approvals(command, known.officers, known.covers, now_ms)
        except ApprovalRefusedError as error:
            raise RefusalError(UnsignedReason.UNAPPROVED, f"{command.cid} is not approved: {error.reason}") from None

    def _fenced(self, role: KeyRole, fence: int) -> None:
        """Refuse an instance that another has replaced. A drill raises no fence, as on devices."""
        _require(fence <= FENCE_MAX, "fence beyond its bound")
        with self._lock:
            if fence < self._fence:
                raise RefusalError(UnsignedReason.FENCE, f"fence {fence} after {self._fence}")
            if role is not KeyRole.DRILL:
                self._fence = fence

    def _not_ahead(self, at_ms: int) -> None:
        if self._now_ms is not None and at_ms > self._now_ms() + AHEAD_MAX_MS:
            raise RefusalError(UnsignedReason.CLOCK, f"dated {at_ms}")


class _AlertBudget:
    """Number of different alerts that may still be signed; one that was signed before costs nothing."""

    def __init__(self) -> None:
        self._left = float(ALERTS_BURST)
        self._at_ms: int | None = None
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def take(self, payload: bytes, now_ms: int) -> bool:
        digest = hashlib.sha256(payload).digest()
        if digest in self._known:
            return True
        # A clock that is set back gives nothing, and takes nothing away.
        passed_ms = max(0, now_ms - self._at_ms) if self._at_ms is not None else 0
        self._at_ms = now_ms
        self._left = min(ALERTS_BURST, self._left + passed_ms / 1000 / ALERTS_REFILL_S)
        if self._left < 1:
            return False
        self._left -= 1
        self._known[digest] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True


def _read(kind: str, payload: bytes) -> Wire:
    found = _KINDS.get(kind)
    _require(found is not None, f"no kind {kind[:40]!r}")
    assert found is not None
    try:
        body = codec.decode(found, payload)
        is_same = codec.encode(body) == payload
    except ProtocolError as error:
        raise RefusalError(UnsignedReason.REFUSED, f"{kind}: {error}") from None
    _require(is_same, f"{kind} has more than its fields")
    return body


def _alarming(command: Command) -> None:
    """Check a command of the highest priority: an alert, an end or a stop, for named places, of limited validity."""
    _require(command.type in _ALERT_TYPES, f"{command.type} of priority {command.prio}")
    others = (command.content, command.play, command.live, command.install)
    _require(not any(each is not None for each in others) and not command.audible, "fields of another command")
    _require((command.alert is not None) == (command.type == CommandType.PLAY), "an alert belongs to play alone")
    _require(bool(command.target.areas or command.target.devices), "no target")
    _require(command.nbf <= command.iat, "valid only later")
    _dated(command.iat, max(command.exp, command.hush_until))


def _local(orders: LocalOrders) -> None:
    """Check local orders: of some weeks at most, and warnings alone, which replace nothing and begin when raised."""
    _require(orders.nbf <= orders.iat <= orders.exp <= orders.iat + LOCAL_ORDERS_LAST_MS, "local orders of other dates")
    for order in orders.orders:
        alert = order.alert
        is_plain = not (alert.issued_at or alert.replaces or alert.minor or alert.silent or alert.calm)
        _require(is_plain and alert.id == order.id, "a local order that is no warning of its own")


def _dated(iat: int, until: int) -> None:
    _require(iat <= until <= iat + LASTS_MAX_MS, f"valid from {iat} until {until}")


def _require(is_met: bool, detail: str) -> None:  # noqa: FBT001 - the one thing it is about
    if not is_met:
        raise RefusalError(UnsignedReason.REFUSED, detail)
