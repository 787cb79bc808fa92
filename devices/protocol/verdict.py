"""Does this device obey? The rules of the protocol, in the order in which the answers are given."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass

from devices.protocol import codec
from devices.protocol.errors import ProtocolError, StaleError, UnknownKeyError
from devices.protocol.keyset import TrustedKeys, covers
from devices.protocol.limits import BEACON_FRESH_MS, IAT_AHEAD_MAX_MS
from devices.protocol.messages import Beacon, Code, Command, CommandType, KeyRole, PublicKey, Target

ALERT_PRIO = 9
COMMAND_ROLES = (KeyRole.PLAN, KeyRole.ALERT)

_KNOWN_TYPES = frozenset[str](CommandType)
# What needs the speaker, or ends what holds it: only from the owner's level or above.
_TAKES_SPEAKER = frozenset[str]({CommandType.PLAY, CommandType.STOP, CommandType.SELFTEST, CommandType.REBOOT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refusal`` None: obey. ``command`` is None only where the bytes could not be trusted or read."""

    command: Command | None
    refusal: Code | None

    @property
    def is_accepted(self) -> bool:
        return self.refusal is None


def trusted_now(now_ms: int | None, beacon_now_ms: int | None = None, beacon_age_ms: int = 0) -> int | None:
    """The instant to judge by: the device's own clock where known, else a fresh beacon's plus its age, else None."""
    if now_ms is not None:
        return now_ms
    if beacon_now_ms is None or beacon_age_ms > BEACON_FRESH_MS:
        return None
    return beacon_now_ms + beacon_age_ms


def read_beacon(data: bytes, keys: TrustedKeys, floor_ms: int) -> Beacon:
    """A time beacon that may set the clock; ``floor_ms`` is the latest instant the device knows has passed.

    Raises:
        StaleError: it tells an instant before ``floor_ms``: a replay.
        UnknownKeyError: its key is not valid at the instant it tells.
        ProtocolError: see ``TrustedKeys.verify`` and ``codec.decode``.
    """
    signed = keys.verify(data, COMMAND_ROLES, None)
    beacon = codec.decode(Beacon, signed.payload)
    if not signed.key.nbf <= beacon.now <= signed.key.exp:
        raise UnknownKeyError(signed.key.kid)
    if beacon.now < floor_ms:
        raise StaleError("Beacon", beacon.now, floor_ms)
    return beacon


def weigh(
    data: bytes,
    keys: TrustedKeys,
    *,
    device_id: str,
    areas: Collection[str],
    groups: Collection[str],
    now_ms: int | None,
    seen: Container[str],
    cancelled: Container[str] = (),
    holding_prio: int = 0,
) -> Verdict:
    """The verdict on a signed command as it arrived; parameters as ``judge``."""
    try:
        signed = keys.verify(data, COMMAND_ROLES, now_ms)
        command = codec.decode(Command, signed.payload)
    except ProtocolError as error:
        return Verdict(None, error.code)
    refusal = judge(
        command,
        key=signed.key,
        device_id=device_id,
        areas=areas,
        groups=groups,
        now_ms=now_ms,
        seen=seen,
        cancelled=cancelled,
        holding_prio=holding_prio,
    )
    return Verdict(command, refusal)


def judge(
    command: Command,
    *,
    key: PublicKey,
    device_id: str,
    areas: Collection[str],
    groups: Collection[str],
    now_ms: int | None,
    seen: Container[str],
    cancelled: Container[str] = (),
    holding_prio: int = 0,
) -> Code | None:
    """Why a command, whose signature by ``key`` holds, is refused; None: obey.

    ``areas`` (the chain) and ``groups`` come from the device's signed ``desired``; ``now_ms`` from ``trusted_now``.
    ``seen`` holds the ids obeyed before, ``cancelled`` the ids cancelled before they came; ``holding_prio`` is the
    priority of what holds the speaker now, 0 for nothing.
    """
    if not may_sign(key, command, areas):
        return Code.KEY_ROLE
    if not is_meant(command.target, device_id=device_id, areas=areas, groups=groups):
        return Code.NOT_TARGET
    if untimely := _timing(command, now_ms):
        return untimely
    if command.cid in seen:
        return Code.DUPLICATE
    if command.cid in cancelled:
        return Code.CANCELLED
    return _doable(command, holding_prio)


def may_sign(key: PublicKey, command: Command, areas: Collection[str]) -> bool:
    """Alerts need the alert key; the plan key may sign everything below. A key bound to areas speaks only there."""
    roles = {KeyRole.ALERT} if command.prio >= ALERT_PRIO else set(COMMAND_ROLES)
    return key.role in roles and covers(key, areas)


def is_meant(target: Target, *, device_id: str, areas: Collection[str], groups: Collection[str]) -> bool:
    """Named itself, or in a named group, or below a named area and below no excluded one."""
    if device_id in target.devices or not set(target.groups).isdisjoint(groups):
        return True
    return not set(target.areas).isdisjoint(areas) and set(target.exclude).isdisjoint(areas)


def _timing(command: Command, now_ms: int | None) -> Code | None:
    if now_ms is None:
        return Code.NO_CLOCK
    if command.iat > now_ms + IAT_AHEAD_MAX_MS:
        return Code.FUTURE_IAT
    if command.exp < now_ms:
        return Code.EXPIRED
    if command.nbf > now_ms:
        return Code.NOT_YET
    return None


def _doable(command: Command, holding_prio: int) -> Code | None:
    if command.type not in _KNOWN_TYPES:
        return Code.UNSUPPORTED
    if command.type == CommandType.PLAY and (command.content is None or command.play is None):
        return Code.MALFORMED
    if command.type in _TAKES_SPEAKER and command.prio < holding_prio:
        return Code.BUSY_HIGHER
    return None
