"""Progress of a roll-out: gates between waves, the next devices, and the effect of an answer. One table of states.

A wave counts those of its devices that were heard. At five in a hundred failed the roll-out stops; at ninety-five in a
hundred done the next wave begins. Devices that accepted and were not heard again have failed: a bricked one says
nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from devices.firmware.model import (
    ACCEPTED,
    IN_FLIGHT,
    SETTLED,
    Member,
    MemberState,
    Rollout,
    RolloutAction,
    RolloutState,
    Wave,
)
from devices.firmware.wave_membership import lot
from devices.model import DeviceId
from devices.protocol.messages import Code, ExecutionState
from province.areas import AreaId

NEXT_AT_PCT: Final = 95
STOP_AT_PCT: Final = 5
AT_ONCE: Final = 200
"""Most devices that fetch an image at a time: a server's line is shared with sound."""
INSTALL_LASTS: Final = timedelta(hours=6)
"""A device waits this long for a calm moment; then it is asked again."""
UNANSWERED_AFTER: Final = timedelta(hours=1)
"""Asked and not answered: it was not there. It is asked again."""
TRYING_LASTS: Final = timedelta(hours=2)
"""Three starts of half an hour each, and some time to be heard."""
PATIENCE: Final = timedelta(days=3)
"""A wave does not wait longer for devices that are not heard."""
AGAIN_AFTER: Final = timedelta(minutes=20)
SILENT: Final = "SILENT"
"""Code: it accepted, and was not heard again."""
LATER: Final = frozenset[str](
    {
        Code.IN_ALERT,
        Code.BUSY_HIGHER,
        Code.NEAR_ITEM,
        Code.WEAK_BATTERY,
        Code.INSTALLING,
        Code.EXPIRED,
        Code.CANCELLED,
        Code.NO_CLOCK,
        Code.NOT_YET,
        Code.FUTURE_IAT,
        Code.QUARANTINED,
        Code.NOT_TARGET,
    }
)
"""Reasons that pass: they do not point to the image."""

_S, _A = RolloutState, RolloutAction
TRANSITIONS: Final[Mapping[tuple[RolloutState, RolloutAction], RolloutState]] = {
    (_S.DRAFT, _A.START): _S.CANARY,
    (_S.DRAFT, _A.STOP): _S.STOPPED,
    (_S.CANARY, _A.PASS): _S.HELD,
    (_S.CANARY, _A.FAIL): _S.STOPPED,
    (_S.CANARY, _A.STOP): _S.STOPPED,
    (_S.CANARY, _A.FINISH): _S.DONE,
    (_S.HELD, _A.RELEASE): _S.WAVES,
    (_S.HELD, _A.STOP): _S.STOPPED,
    (_S.WAVES, _A.PASS): _S.WAVES,
    (_S.WAVES, _A.FAIL): _S.STOPPED,
    (_S.WAVES, _A.STOP): _S.STOPPED,
    (_S.WAVES, _A.FINISH): _S.DONE,
}
"""A roll-out that passed the canary goes on only when a second person releases it. A stopped one stays stopped."""

_STATES: Final = {
    ExecutionState.RECEIVED: MemberState.RECEIVED,
    ExecutionState.READY: MemberState.READY,
    ExecutionState.STARTED: MemberState.TRYING,
}
_RANK: Final = {state: rank for rank, state in enumerate(MemberState)}


@dataclass(frozen=True, slots=True)
class Field:
    """State of the devices at this moment.

    ``speaking``: by commune, the clusters in service that could speak now; ``online``: devices that can be reached;
    ``unfit``: devices that must not install now (near a planned item, in an alert, weak battery).
    """

    online: Collection[DeviceId]
    speaking: Mapping[AreaId, Collection[DeviceId]]
    unfit: Collection[DeviceId] = ()


@dataclass(frozen=True, slots=True)
class WaveTally:
    """One wave: ``size`` counts those that were heard, or may still be."""

    wave: Wave
    size: int
    done: int
    failed: int
    open: int
    unheard: int

    @property
    def is_failed(self) -> bool:
        return self.failed > 0 and self.failed * 100 >= self.size * STOP_AT_PCT

    @property
    def is_passed(self) -> bool:
        return self.done * 100 >= self.size * NEXT_AT_PCT


@dataclass(frozen=True, slots=True)
class Advance:
    """Roll-out after a step, and the members that changed; those in ``told`` are to be asked now."""

    rollout: Rollout
    changed: tuple[Member, ...] = ()
    told: tuple[Member, ...] = ()


def tally(members: Sequence[Member]) -> Sequence[WaveTally]:
    """Return every wave's figures, the canary first."""
    found = []
    for wave in Wave:
        states = Counter(each.state for each in members if each.wave is wave)
        unheard = states[MemberState.UNHEARD]
        size = states.total() - unheard - states[MemberState.LEFT]
        done, failed = states[MemberState.DONE], states[MemberState.FAILED]
        found.append(WaveTally(wave, size, done, failed, size - done - failed, unheard))
    return found


def advance(rollout: Rollout, members: Sequence[Member], field: Field, now: datetime) -> Advance:
    """Advance it to ``now``. A second call changes nothing."""
    settled = [_in_time(rollout, each, now) for each in members]
    rollout = _gated(rollout, tally(settled), now)
    found = _next_told(rollout, settled, field, now) if rollout.is_telling else {}
    after = [found.get(each.device_id, each) for each in settled]
    changed = tuple(new for old, new in zip(members, after, strict=True) if new != old)
    return Advance(rollout, changed, tuple(found.values()))


def heard(member: Member, attempt: int, standing: ExecutionState, code: str, *, is_new: bool, now: datetime) -> Member:
    """Return the member after an answer of its device. ``is_new``: the answer came from the very image of the roll-out.

    A device's report of success or failure settles it whenever it arrives; one on an earlier order changes nothing
    else.
    """
    if standing is ExecutionState.DONE:
        return _moved(member, MemberState.DONE, "", now) if is_new else member
    if attempt != member.attempt or member.state is MemberState.DONE or code == Code.DUPLICATE:
        return member
    if (state := _STATES.get(standing)) is not None:
        is_late = member.state in SETTLED or _RANK[state] <= _RANK[member.state]
        return member if is_late else _moved(member, state, "", now)
    return _put_off(member, code, now) if code in LATER else _moved(member, MemberState.FAILED, code, now)


def _put_off(member: Member, code: str, now: datetime) -> Member:
    if member.state is MemberState.WAITING:
        return member
    return replace(_moved(member, MemberState.WAITING, code, now), again_at=now + AGAIN_AFTER)


def _moved(member: Member, state: MemberState, code: str, now: datetime) -> Member:
    if (member.state, member.code) == (state, code):
        return member
    return replace(member, state=state, code=code, changed_at=now)


def _in_time(rollout: Rollout, member: Member, now: datetime) -> Member:
    """Move a member that was silent for too long, by its last answer."""
    sent_at, since_at = member.sent_at, member.changed_at
    match member.state:
        case MemberState.SENT if sent_at is not None and now - sent_at > UNANSWERED_AFTER:
            return _moved(member, MemberState.WAITING, "", now)
        case MemberState.TRYING if since_at is not None and now - since_at > TRYING_LASTS:
            return _moved(member, MemberState.FAILED, SILENT, now)
        case MemberState.RECEIVED | MemberState.READY if (
            sent_at is not None and now - sent_at > INSTALL_LASTS + TRYING_LASTS
        ):
            return _moved(member, MemberState.FAILED, SILENT, now)
        case MemberState.WAITING if (
            rollout.is_telling
            and member.wave <= rollout.wave
            and rollout.wave_at is not None
            and now - rollout.wave_at > PATIENCE
        ):
            return _moved(member, MemberState.UNHEARD, member.code, now)
        case _:
            return member


def _gated(rollout: Rollout, tallies: Sequence[WaveTally], now: datetime) -> Rollout:
    """Stop, hold, go on to the next wave, or finish. A pause holds back nothing but requests to devices."""
    if rollout.state not in (RolloutState.CANARY, RolloutState.WAVES):
        return rollout
    begun = tallies[: rollout.wave + 1]
    if any(each.is_failed for each in begun):
        return _stepped(rollout, RolloutAction.FAIL, now, stop_code="GATE")
    current = begun[-1]
    if rollout.wave is Wave.CANARY and current.size == 0:
        return _stepped(rollout, RolloutAction.FAIL, now, stop_code="UNHEARD")
    return _passed(rollout, tallies, now) if current.is_passed else rollout


def _passed(rollout: Rollout, tallies: Sequence[WaveTally], now: datetime) -> Rollout:
    """Pass the wave: to the next one that has members, after the canary once it is released; or finish."""
    coming = [each.wave for each in tallies[rollout.wave + 1 :] if each.size]
    if not coming:
        is_over = not any(each.open for each in tallies)
        return _stepped(rollout, RolloutAction.FINISH, now) if is_over else rollout
    if rollout.state is RolloutState.CANARY:
        return _stepped(rollout, RolloutAction.PASS, now)
    return _stepped(rollout, RolloutAction.PASS, now, wave=coming[0], wave_at=now)


def _stepped(rollout: Rollout, action: RolloutAction, now: datetime, **changes: object) -> Rollout:
    state = TRANSITIONS[rollout.state, action]
    return replace(rollout, state=state, version=rollout.version + 1, changed_at=now, **changes)  # type: ignore[arg-type] # fields of Rollout


def _next_told(rollout: Rollout, members: Sequence[Member], field: Field, now: datetime) -> Mapping[DeviceId, Member]:
    """Choose the next devices: as many as may be on their way at once, and of every commune all but one speaker."""
    room = AT_ONCE - sum(each.state in IN_FLIGHT for each in members)
    away: dict[AreaId, set[DeviceId]] = {}
    for each in members:
        if each.state in IN_FLIGHT:
            away.setdefault(each.commune_id, set()).add(each.device_id)
    found: dict[DeviceId, Member] = {}
    turn = [each for each in members if each.state is MemberState.WAITING and each.wave <= rollout.wave]
    for each in sorted(turn, key=lambda member: (member.wave, lot(rollout.id, member.device_id))):
        if len(found) >= room:
            break
        is_early = each.again_at is not None and now < each.again_at
        if is_early or each.device_id not in field.online or each.device_id in field.unfit:
            continue
        gone = away.setdefault(each.commune_id, set())
        if each.is_cluster and not set(field.speaking.get(each.commune_id, ())) - gone - {each.device_id}:
            continue
        gone.add(each.device_id)
        found[each.device_id] = replace(
            each, state=MemberState.SENT, code="", attempt=each.attempt + 1, sent_at=now, again_at=None, changed_at=now
        )
    return found


def is_on_its_way(member: Member) -> bool:
    """Return whether stopping still has an installation to withdraw."""
    return member.state in ACCEPTED - {MemberState.TRYING} or member.state is MemberState.SENT
