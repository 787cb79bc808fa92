"""Verdict on a command: whether a device obeys, by the rules of the protocol in the order of the answers."""

from collections.abc import Collection, Container
from dataclasses import dataclass

from devices.protocol import codec, shapes
from devices.protocol.approvals import ApprovalRefusal, ApprovalRefusedError, require_approvals, within_chain
from devices.protocol.authorisation import SignaturePolicy
from devices.protocol.errors import ProtocolError, StaleError, UnknownKeyError
from devices.protocol.keyset import TrustedKeys, covers
from devices.protocol.limits import BEACON_FRESH_MS, IAT_AHEAD_MAX_MS
from devices.protocol.messages import Beacon, Code, Command, CommandType, Image, KeyRole, PublicKey, Target
from devices.protocol.officers import TrustedOfficers
from devices.protocol.shapes import LatLon

ALERT_PRIO = 9
COMMAND_ROLES = (KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL)
BEACON_ROLES = (KeyRole.PLAN, KeyRole.ALERT)

_KNOWN_TYPES = frozenset[str](CommandType)
# What needs the speaker: only from the owner's level or above. A stop from below leaves what is above it alone.
_TAKES_SPEAKER = frozenset[str]({CommandType.PLAY, CommandType.SELFTEST, CommandType.REBOOT, CommandType.LIVE_START})
# A renewal comes through while an alert holds the speaker: the address goes on after it.
_LIVE = frozenset[str]({CommandType.LIVE_START, CommandType.LIVE_RENEW})
# A withdrawal is never taken back, and a request or an answer decides nothing: these harm from any gateway no one.
_UNFENCED = frozenset[str]({CommandType.CANCEL, CommandType.RESYNC, CommandType.SYNCED})


def read_image(data: bytes, keys: TrustedKeys, now_ms: int | None, areas: Collection[str] | None = None) -> Image:
    """Return a firmware image's manifest, vouched for by a key of role ``firmware`` and nothing else.

    Raises:
        ProtocolError: see ``TrustedKeys.verify`` and ``codec.decode``.
    """
    return codec.decode(Image, keys.verify(data, KeyRole.FIRMWARE, now_ms, areas).payload)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict. ``refusal`` None: obey. ``command`` is None only where the bytes could not be trusted or read."""

    command: Command | None
    refusal: Code | None

    @property
    def is_accepted(self) -> bool:
        return self.refusal is None


def trusted_now(now_ms: int | None, beacon_now_ms: int | None = None, beacon_age_ms: int = 0) -> int | None:
    """Return the instant to judge by: of the device's own clock if known, else of a fresh beacon, else None."""
    if now_ms is not None:
        return now_ms
    if beacon_now_ms is None or beacon_age_ms > BEACON_FRESH_MS:
        return None
    return beacon_now_ms + beacon_age_ms


def read_beacon(data: bytes, keys: TrustedKeys, floor_ms: int) -> Beacon:
    """Return a time beacon that may set the clock; ``floor_ms`` is the latest instant the device knows has passed.

    Raises:
        StaleError: its time is before ``floor_ms``: a replay.
        UnknownKeyError: its key is not valid at its time.
        ProtocolError: see ``TrustedKeys.verify`` and ``codec.decode``.
    """
    signed = keys.verify(data, BEACON_ROLES, None)
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
    point: LatLon | None = None,
    is_drill_topic: bool | None = None,
    fence: int = 0,
    officers: TrustedOfficers | None = None,
) -> Verdict:
    """Return the verdict on a signed command as it arrived; parameters as ``judge`` and ``unapproved``."""
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
        point=point,
        is_drill_topic=is_drill_topic,
        fence=fence,
    )
    if refusal is None and now_ms is not None and unapproved(command, officers, areas=areas, now_ms=now_ms):
        refusal = Code.UNAPPROVED
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
    point: LatLon | None = None,
    is_drill_topic: bool | None = None,
    fence: int = 0,
) -> Code | None:
    """Return the reason for which a command, whose signature by ``key`` holds, is refused; None: obey.

    ``areas`` (the chain) and ``groups`` come from the device's signed ``desired``; ``now_ms`` from ``trusted_now``.
    ``seen`` holds the ids obeyed before, ``cancelled`` the ids cancelled before they came; ``holding_prio`` is the
    priority of what holds the speaker now, 0 for nothing. ``point`` is where the device stands (lat, lon), if it knows.
    ``is_drill_topic`` tells an area's topics for drills and for alerts apart; None: it came by another topic.
    ``fence`` is the highest that the device has seen: a gateway with a lower one has been replaced.
    """
    if not may_sign(key, command, areas):
        return Code.KEY_ROLE
    if is_drill_topic is not None and is_drill_topic != command.drill:
        return Code.WRONG_TOPIC
    if stranger := _not_meant(command.target, device_id=device_id, areas=areas, groups=groups, point=point):
        return stranger
    if untimely := _timing(command, now_ms):
        return untimely
    return _settled(command, seen, cancelled) or _fenced(command, fence) or _doable(command, holding_prio)


def unapproved(
    command: Command, officers: TrustedOfficers | None, *, areas: Collection[str], now_ms: int
) -> ApprovalRefusal | None:
    """Return why the people's signatures do not let out a command, as it was signed, that ``judge`` obeys; None: obey.

    Only where the keyset of officers that the device holds requires them now. ``areas`` is the device's chain: an
    officer has to be of one of them. Judged last: two signatures take longer than all the rest.
    """
    if officers is None or officers.keyset.policy != SignaturePolicy.REQUIRED or not officers.needs(command, now_ms):
        return None
    try:
        require_approvals(command, officers, within_chain(areas), now_ms)
    except ApprovalRefusedError as error:
        return error.reason
    return None


def may_sign(key: PublicKey, command: Command, areas: Collection[str]) -> bool:
    """Return whether the key may sign it: drills the drill key, alerts the alert key, all else the plan or alert key.

    A key bound to areas speaks only there.
    """
    if command.drill:
        roles = {KeyRole.DRILL}
    elif command.prio >= ALERT_PRIO:
        roles = {KeyRole.ALERT}
    else:
        roles = {KeyRole.PLAN, KeyRole.ALERT}
    return key.role in roles and covers(key, areas)


def is_meant(
    target: Target, *, device_id: str, areas: Collection[str], groups: Collection[str], point: LatLon | None = None
) -> bool:
    """Return whether a device is meant: named, in a named group, or below a named area and no excluded one, and inside.

    A device that does not know where it stands goes by its areas alone.
    """
    return _not_meant(target, device_id=device_id, areas=areas, groups=groups, point=point) is None


def _not_meant(
    target: Target, *, device_id: str, areas: Collection[str], groups: Collection[str], point: LatLon | None
) -> Code | None:
    if device_id in target.devices or not set(target.groups).isdisjoint(groups):
        return None
    if set(target.areas).isdisjoint(areas) or not set(target.exclude).isdisjoint(areas):
        return Code.NOT_TARGET
    if target.shape is not None and point is not None and not shapes.contains(target.shape, point):
        return Code.OUTSIDE
    return None


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


def _settled(command: Command, seen: Container[str], cancelled: Container[str]) -> Code | None:
    if command.cid in seen:
        return Code.DUPLICATE
    return Code.CANCELLED if command.cid in cancelled else None


def _fenced(command: Command, fence: int) -> Code | None:
    return Code.FENCED if 0 < command.fence < fence and command.type not in _UNFENCED else None


def _doable(command: Command, holding_prio: int) -> Code | None:
    if command.type not in _KNOWN_TYPES:
        return Code.UNSUPPORTED
    if command.type == CommandType.PLAY and not _is_playable(command):
        return Code.MALFORMED
    if command.type in _LIVE and not _is_live(command):
        return Code.MALFORMED
    if command.type == CommandType.INSTALL and (command.install is None or command.drill):
        return Code.MALFORMED
    if command.type in _TAKES_SPEAKER and command.prio < holding_prio:
        return Code.BUSY_HIGHER
    return None


def _is_playable(command: Command) -> bool:
    """Return whether a play is complete: an alert of the highest priority, or else content and playback below it."""
    if command.alert is not None:
        return command.prio >= ALERT_PRIO
    is_whole = command.content is not None and command.play is not None
    return is_whole and command.prio < ALERT_PRIO and not command.drill


def _is_live(command: Command) -> bool:
    """Return whether a live address names the key of its frames, and is no alert and no drill."""
    return command.live is not None and command.prio < ALERT_PRIO and not command.drill
