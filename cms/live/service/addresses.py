"""Live addresses: prepared, on air, ended. The speaker needs the right and no approval; the address is recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from broadcast.live.model import LiveAction, LiveEnd, LiveId, LiveRecording, LiveSession, LiveState, next_state
from broadcast.scheduling.area_rules import first_quiet
from cms.alerts.repository.orders import Orders
from cms.alerts.service.steps import require_fresh_code
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.live.repository import LiveSessions
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor, program

TOPIC_MAX: Final = 200
GATEWAY: Final = "gateway"
_MOMENT: Final = timedelta(seconds=1)


def prepare(
    uow: UnitOfWork, live_id: LiveId, *, areas: Sequence[AreaId], topic: str, longest: timedelta, call: Call
) -> LiveSession:
    """Prepare an address: loudspeakers there open. The same id again by the same person changes nothing.

    Raises:
        NotAllowedError: no right to speak live in every area; SECOND_FACTOR (to more than one commune without a code
            within the last five minutes).
        InvalidError: no area, one that is not there or has no loudspeaker, no topic, quiet hours, an area in which
            another live address is open or nothing is heard without a digital signature.
        ConflictError: another person was quicker in one of the areas.
    """
    with uow:
        if (known := asked_before(uow, live_id, areas, call)) is not None:
            return known
        tree = uow[Places].tree()
        hearers = hearers_in(uow, areas)
        places = places_of(hearers)
        problems = request_problems(areas, topic, hearers, tree)
        problems += place_problems(uow, places, tree, call.now, call.now + _MOMENT)
        refuse(problems)
        require_code_for_many(call, places)
        session = LiveSession(
            id=live_id,
            areas=tree.roots_of(areas),
            topic=topic.strip(),
            owner_id=call.actor.user_id,
            owner_name=call.actor.name,
            prepared_at=call.now,
            until_at=_until(uow, places, call.now, longest),
        )
        uow[LiveSessions].add(session, places)
        expect(uow, session, hearers)
        uow.outbox.add(OutboxKind.LIVE, session.id)
        uow.record(event("prepared", session, call.actor, call.now, topic=session.topic))
        uow.commit()
    return session


def go_on_air(uow: UnitOfWork, live_id: LiveId, *, call: Call) -> LiveSession:
    """Put the owner on air. Idempotent.

    Raises:
        NotFoundError, NotPossibleError, ConflictError: see their remedies.
        NotAllowedError: it is another person's, or the right is gone.
    """
    with uow:
        old = uow[LiveSessions].get(live_id)
        require_owner(old, call, uow[Places].tree())
        if old.on_air_at is not None and old.is_open:
            return old
        new = replace(old, state=next_state(old.state, LiveAction.GO), version=old.version + 1, on_air_at=call.now)
        uow[LiveSessions].save(new)
        uow.record(event("on_air", new, call.actor, call.now))
        uow.commit()
    return new


def stop(uow: UnitOfWork, live_id: LiveId, *, call: Call) -> LiveSession:
    """End the address: by its owner, or by a person who may stop sounds in all its areas. Idempotent.

    A recording that was never released is discarded.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: neither of the two.
    """
    with uow.urgent():
        old = uow[LiveSessions].get(live_id)
        is_owner = old.owner_id == call.actor.user_id
        if not is_owner:
            call.require(Action.SOUND_STOP, old.areas, uow[Places].tree())
        if old.state is LiveState.ENDED:
            return old
        why = LiveEnd.OWNER if is_owner else LiveEnd.STOPPED
        new = _ended(uow, old, why if old.is_open else LiveEnd.DISCARDED, call.now, by=call.actor)
        uow.commit()
    return new


def close(uow: UnitOfWork, live_id: LiveId, why: LiveEnd, *, now: datetime) -> LiveSession:
    """End the address by the gateway, for ``why``. Idempotent.

    Raises:
        NotFoundError, ConflictError: see their remedies.
    """
    with uow:
        old = uow[LiveSessions].get(live_id)
        if not old.is_open:
            return old
        new = _ended(uow, old, why, now, by=None)
        uow.commit()
    return new


def end_within(uow: UnitOfWork, places: Iterable[AreaId], *, call: Call) -> None:
    """End, in the transaction of a stop, the addresses of which nothing is heard any more."""
    stopped = frozenset(places)
    tree, heard = uow[Places].tree(), uow[Devices].planning_areas()
    for session in uow[LiveSessions].open():
        if stopped.issuperset(reached(Targets(session.areas), tree, heard)):
            _ended(uow, session, LiveEnd.STOPPED, call.now, by=call.actor)


def keep_recording(uow: UnitOfWork, live_id: LiveId, recording: LiveRecording, *, now: datetime) -> LiveSession:
    """Store the recording, once it is in the content store. The first one counts.

    Raises:
        NotFoundError, ConflictError: see their remedies.
    """
    with uow:
        old = uow[LiveSessions].get(live_id)
        if old.recording is not None:
            return old
        new = replace(old, version=old.version + 1, recording=recording)
        uow[LiveSessions].save(new)
        detail = {"sha256": recording.sha256, "duration_ms": recording.duration_ms, "frames": recording.frames}
        uow.record(event("recorded", new, None, now, **detail))
        uow.commit()
    return new


def require_owner(session: LiveSession, call: Call, tree: AreaTree) -> None:
    """Require the owner, with the right to speak there still held; raises NotAllowedError."""
    call.require(Action.LIVE_SPEAK, session.areas, tree)
    if session.owner_id != call.actor.user_id:
        raise NotAllowedError(Action.LIVE_SPEAK, "OTHERS_ADDRESS", session.areas)


def _ended(uow: UnitOfWork, old: LiveSession, why: LiveEnd, now: datetime, *, by: Actor | None) -> LiveSession:
    new = replace(
        old,
        state=next_state(old.state, LiveAction.END),
        version=old.version + 1,
        ended_at=now,
        end=why,
        ended_by_name=by.name if by else "",
    )
    uow[LiveSessions].save(new)
    if old.is_open:
        uow.outbox.add(OutboxKind.LIVE, new.id)
    uow.record(event("ended", new, by, now, why=why.value))
    return new


def require_heard(session: LiveSession, call: Call, tree: AreaTree) -> None:
    """Require, for every frame, that its speaker is on air at this moment.

    Raises:
        NotAllowedError: it is another person's, or the right to speak there is gone.
        NotPossibleError: not on air, not any more, or what sounds was recorded.
    """
    require_owner(session, call, tree)
    next_state(session.state, LiveAction.SPEAK)
    if session.sound is not None or call.now >= session.until_at:
        raise NotPossibleError(session.state, LiveAction.SPEAK)


def asked_before(uow: UnitOfWork, live_id: LiveId, areas: Iterable[AreaId], call: Call) -> LiveSession | None:
    """Return the same person's session of that id. Raises NotAllowedError: no right to speak live in every area."""
    tree = uow[Places].tree()
    call.require(Action.LIVE_SPEAK, [area for area in areas if area in tree], tree)
    known = uow[LiveSessions].find(live_id)
    return known if known is not None and known.owner_id == call.actor.user_id else None


def hearers_in(uow: UnitOfWork, areas: Iterable[AreaId]) -> Sequence[Device]:
    """Return every device in service there that has a loudspeaker, by id."""
    there = reached(Targets(tuple(areas)), uow[Places].tree(), uow[Devices].planning_areas())
    return [device for device in uow[Devices].in_areas(there) if device.kind.has_loudspeaker]


def is_heard_by_many(uow: UnitOfWork, areas: Iterable[AreaId]) -> bool:
    """Return whether loudspeakers of more than one commune would sound it."""
    with uow:
        return len(places_of(hearers_in(uow, areas))) > 1


def places_of(hearers: Iterable[Device]) -> Sequence[AreaId]:
    """Return the areas where the devices stand."""
    return sorted({device.area_id for device in hearers})


def require_code_for_many(call: Call, places: Sequence[AreaId]) -> None:
    """Require a fresh code where more than one commune hears it; raises NotAllowedError SECOND_FACTOR."""
    if len(places) > 1:
        require_fresh_code(call, Action.LIVE_SPEAK)


def expect(uow: UnitOfWork, session: LiveSession, hearers: Iterable[Device]) -> None:
    """Store a WAITING reach for each of these devices."""
    uow[Orders].expect(OrderReach(OrderId(session.id), device.id, device.name, device.area_id) for device in hearers)


def request_problems(areas: Sequence[AreaId], topic: str, hearers: Sequence[Device], tree: AreaTree) -> list[Problem]:
    """Return everything wrong with a request, whatever its time."""
    found = [Problem("areas", "AREA_UNKNOWN", {"area": area_id[:40]}) for area_id in areas if area_id not in tree]
    found += too_long("topic", topic.strip(), TOPIC_MAX) if topic.strip() else [Problem("topic", "MISSING")]
    found += problem_if(not hearers and not found, "areas", "NO_LOUDSPEAKER" if areas else "MISSING")
    return found


def place_problems(
    uow: UnitOfWork, places: Iterable[AreaId], tree: AreaTree, start_at: datetime, end_at: datetime
) -> list[Problem]:
    """Return why no address is heard there between two instants: each problem once, with the first place."""
    found: dict[str, Problem] = {}
    there = frozenset(places)
    for area_id in sorted(there):
        rules = uow[Places].rules(area_id)
        name = tree.get(area_id).name
        if (quiet := first_quiet(rules, start_at, end_at)) is not None:
            code = "QUIET_HOURS_NOW" if quiet[0] <= start_at else "QUIET_HOURS_SOON"
            found.setdefault(code, Problem("areas", code, {"area": name}))
        if rules.needs_signature:
            found.setdefault("LIVE_UNSIGNED", Problem("areas", "LIVE_UNSIGNED", {"area": name}))
    for other in uow[LiveSessions].open():
        if taken := there.intersection(reached(Targets(other.areas), tree, there)):
            detail: dict[str, str | int] = {"area": tree.get(min(taken)).name, "by": other.owner_name}
            found.setdefault("LIVE_TAKEN", Problem("areas", "LIVE_TAKEN", detail))
    return list(found.values())


def _until(uow: UnitOfWork, places: Iterable[AreaId], now: datetime, longest: timedelta) -> datetime:
    """Return its latest end: its greatest length, or the first quiet hours anywhere it is heard."""
    until = now + longest
    for rules in {uow[Places].rules(area_id) for area_id in places}:
        quiet = first_quiet(rules, now, until)
        until = until if quiet is None else min(until, quiet[0])
    return until


def event(name: str, session: LiveSession, by: Actor | None, now: datetime, **more: object) -> Event:
    """Build an event of the session; ``by`` None: by the gateway."""
    return Event.of(by or program(GATEWAY), f"live.{name}", session.id, now, areas=list(session.areas), **more)
