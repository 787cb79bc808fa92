"""A live address: prepared, on air, over. Whoever has the right speaks on their own account, and it is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.errors import InvalidError, NotAllowedError, Problem, too_long
from broadcast.events import Event
from broadcast.live import next_state
from broadcast.model.alerts import OrderId
from broadcast.model.bulletins import Targets
from broadcast.model.live import LiveAction, LiveEnd, LiveId, LiveSession, Recording
from broadcast.model.orders import Reach
from broadcast.model.people import Action, Actor
from broadcast.ports import Authority, OutboxKind, UnitOfWork
from broadcast.quiet_hours import first_quiet
from broadcast.targeting import reached
from devices.areas import AreaId, AreaTree

TOPIC_MAX: Final = 200
GATEWAY: Final = "gateway"


def prepare(
    uow: UnitOfWork,
    live_id: LiveId,
    *,
    areas: Sequence[AreaId],
    topic: str,
    longest: timedelta,
    actor: Actor,
    authority: Authority,
    now: datetime,
) -> LiveSession:
    """The loudspeakers there are opening. The same id again by the same person changes nothing.

    Raises:
        NotAllowedError: no right to speak live in every area.
        InvalidError: no area, one that is not there or has no loudspeaker, no topic, quiet hours, an area in which
            somebody speaks already or nothing is heard without a digital signature.
        ConflictError: somebody was quicker in one of the areas.
    """
    with uow:
        tree = uow.places.tree()
        authority.require(actor, Action.LIVE_SPEAK, [area for area in areas if area in tree], tree)
        known = uow.live.find(live_id)
        if known is not None and known.owner_id == actor.user_id:
            return known
        places = reached(Targets(tuple(areas)), tree, uow.devices.planning_areas())
        problems = [
            Problem("areas", "AREA_UNKNOWN", {"area": area_id[:40]}) for area_id in areas if area_id not in tree
        ]
        problems += _topic_problems(topic.strip())
        if not places and not problems:
            problems.append(Problem("areas", "NO_LOUDSPEAKER" if areas else "MISSING"))
        problems += _place_problems(uow, places, tree, now)
        if problems:
            raise InvalidError(problems)
        session = LiveSession(
            id=live_id,
            areas=tree.roots_of(areas),
            topic=topic.strip(),
            owner_id=actor.user_id,
            owner_name=actor.name,
            prepared_at=now,
            until_at=_until(uow, places, now, longest),
        )
        uow.live.add(session, places)
        uow.orders.expect(
            Reach(OrderId(session.id), device.id, device.name, device.area_id)
            for device in uow.devices.in_areas(places)
        )
        uow.outbox.add(OutboxKind.LIVE, session.id)
        uow.record(_event("prepared", session, actor, now, topic=session.topic))
        uow.commit()
    return session


def go_on_air(uow: UnitOfWork, live_id: LiveId, *, actor: Actor, authority: Authority, now: datetime) -> LiveSession:
    """From now on the owner is heard. Repeating it changes nothing.

    Raises:
        NotFoundError, NotPossibleError, ConflictError: see their remedies.
        NotAllowedError: it is somebody else's, or the right is gone.
    """
    with uow:
        old = uow.live.get(live_id)
        require_owner(old, actor, authority, uow.places.tree())
        if old.on_air_at is not None and old.is_open:
            return old
        new = replace(old, state=next_state(old.state, LiveAction.GO), version=old.version + 1, on_air_at=now)
        uow.live.save(new)
        uow.record(_event("on_air", new, actor, now))
        uow.commit()
    return new


def stop(uow: UnitOfWork, live_id: LiveId, *, actor: Actor, authority: Authority, now: datetime) -> LiveSession:
    """Over: by its owner, or by whoever may stop what sounds in all its areas. What is over stays as it ended.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: neither of the two.
    """
    with uow:
        old = uow.live.get(live_id)
        is_owner = old.owner_id == actor.user_id
        if not is_owner:
            authority.require(actor, Action.SOUND_STOP, old.areas, uow.places.tree())
        if not old.is_open:
            return old
        new = _ended(uow, old, LiveEnd.OWNER if is_owner else LiveEnd.STOPPED, now, by=actor)
        uow.commit()
    return new


def close(uow: UnitOfWork, live_id: LiveId, why: LiveEnd, *, now: datetime) -> LiveSession:
    """Over by itself; the gateway saw why. What is over stays as it ended.

    Raises:
        NotFoundError, ConflictError: see their remedies.
    """
    with uow:
        old = uow.live.get(live_id)
        if not old.is_open:
            return old
        new = _ended(uow, old, why, now, by=None)
        uow.commit()
    return new


def end_within(uow: UnitOfWork, places: Iterable[AreaId], *, actor: Actor, now: datetime) -> None:
    """In the transaction of a stop: an address of which nothing is heard any more is over."""
    stopped = frozenset(places)
    tree, heard = uow.places.tree(), uow.devices.planning_areas()
    for session in uow.live.open():
        if stopped.issuperset(reached(Targets(session.areas), tree, heard)):
            _ended(uow, session, LiveEnd.STOPPED, now, by=actor)


def keep_recording(uow: UnitOfWork, live_id: LiveId, recording: Recording, *, now: datetime) -> LiveSession:
    """What went out, once it is in the content store. The first one counts.

    Raises:
        NotFoundError, ConflictError: see their remedies.
    """
    with uow:
        old = uow.live.get(live_id)
        if old.recording is not None:
            return old
        new = replace(old, version=old.version + 1, recording=recording)
        uow.live.save(new)
        detail = {"sha256": recording.sha256, "duration_ms": recording.duration_ms, "frames": recording.frames}
        uow.record(_event("recorded", new, None, now, **detail))
        uow.commit()
    return new


def require_owner(session: LiveSession, actor: Actor, authority: Authority, tree: AreaTree) -> None:
    """Raises NotAllowedError: it is somebody else's, or the right to speak there is gone."""
    authority.require(actor, Action.LIVE_SPEAK, session.areas, tree)
    if session.owner_id != actor.user_id:
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
    uow.live.save(new)
    uow.outbox.add(OutboxKind.LIVE, new.id)
    uow.record(_event("ended", new, by, now, why=why.value))
    return new


def _topic_problems(topic: str) -> list[Problem]:
    return too_long("topic", topic, TOPIC_MAX) if topic else [Problem("topic", "MISSING")]


def _place_problems(uow: UnitOfWork, places: Iterable[AreaId], tree: AreaTree, now: datetime) -> list[Problem]:
    """Each kind of trouble once, with the first place that has it."""
    found: dict[str, Problem] = {}
    there = frozenset(places)
    for area_id in sorted(there):
        rules = uow.places.rules(area_id)
        name = tree.get(area_id).name
        if first_quiet(rules, now, now + timedelta(seconds=1)) is not None:
            found.setdefault("QUIET_HOURS_NOW", Problem("areas", "QUIET_HOURS_NOW", {"area": name}))
        if rules.needs_signature:
            found.setdefault("LIVE_UNSIGNED", Problem("areas", "LIVE_UNSIGNED", {"area": name}))
    for other in uow.live.open():
        if taken := there.intersection(reached(Targets(other.areas), tree, there)):
            detail: dict[str, str | int] = {"area": tree.get(min(taken)).name, "by": other.owner_name}
            found.setdefault("LIVE_TAKEN", Problem("areas", "LIVE_TAKEN", detail))
    return list(found.values())


def _until(uow: UnitOfWork, places: Iterable[AreaId], now: datetime, longest: timedelta) -> datetime:
    """Its greatest length, or the beginning of the first quiet hours anywhere it is heard."""
    until = now + longest
    for rules in {uow.places.rules(area_id) for area_id in places}:
        quiet = first_quiet(rules, now, until)
        until = until if quiet is None else min(until, quiet[0])
    return until


def _event(name: str, session: LiveSession, by: Actor | None, now: datetime, **more: object) -> Event:
    who, who_name = (by.user_id, by.name) if by else (GATEWAY, GATEWAY)
    return Event(f"live.{name}", session.id, now, who, who_name, {"areas": list(session.areas), **more})
