"""Relay sources: registered by one person, approved by another, suspended by a person with the right to stop.

Airings promised of a source follow its state: they leave the plans and come back to them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import Reason, Transmission, TransmissionId
from broadcast.relays.model import (
    Health,
    Licence,
    RelaySource,
    RelaySourceId,
    SourceAction,
    SourceHealth,
    SourceKind,
    StreamForm,
    next_state,
    url_problems,
)
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.scheduling.relay_limits import refusals, withheld
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.bulletins.service.transmission_withdrawal import CANCEL_AHEAD
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.relays.repository import RelaySources
from cms.stations.service.offer_uptake import carry_out_of_stream
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, NotAllowedError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor, program
from province.wall_clock import local_date

NAME_MAX: Final = 120
OWNER_MAX: Final = 200
PAPER_MAX: Final = 200
WHY_MAX: Final = 500
MINUTES_MAX: Final = 24 * 60
HEALTH_DETAIL_MAX: Final = 300
_WATCH: Final = program("watch")


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """Relay source as a person enters it."""

    area_id: AreaId
    name: str
    kind: SourceKind
    form: StreamForm
    urls: tuple[str, ...]
    owner: str = ""
    licence: Licence = field(default_factory=Licence)


def write_down(uow: UnitOfWork, source_id: RelaySourceId, *, draft: SourceDraft, call: Call) -> RelaySource:
    """Register a source, in state draft. Idempotent for the same id and person: a form may be sent twice.

    Raises:
        NotAllowedError: the actor writes no sources there.
        InvalidError: with everything wrong with it.
        ConflictError: another person's has that id.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.RELAY_WRITE, [draft.area_id] if draft.area_id in tree else (), tree)
        known = uow[RelaySources].find(source_id)
        if known is not None:
            if known.written_by != call.actor.user_id:
                raise ConflictError("relay_source", source_id, 0, known.version)
            return known
        source = _added(uow, source_id, draft, call)
        uow.commit()
    return source


def propose(uow: UnitOfWork, source_id: RelaySourceId, *, draft: SourceDraft, call: Call) -> RelaySource:
    """Return the source that has this very stream already, else register one in state draft.

    So a suspension cannot be evaded by offering the stream again. Within a unit of work; the caller checks that the
    actor may offer.

    Raises:
        InvalidError: with everything wrong with it.
    """
    for known in uow[RelaySources].all():
        if (known.area_id, known.form, known.urls) == (draft.area_id, draft.form, draft.urls):
            return known
    return _added(uow, source_id, draft, call)


def correct(
    uow: UnitOfWork, source_id: RelaySourceId, *, draft: SourceDraft, expected_version: int, call: Call
) -> RelaySource:
    """Correct the source, in state draft: airings promised of it are not heard before it is approved again.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor writes no sources there, or where it is moved to.
        InvalidError: with everything wrong with it.
    """
    with uow:
        old = _held(uow, source_id, expected_version)
        tree = uow[Places].tree()
        places = [old.area_id, *([draft.area_id] if draft.area_id in tree else [])]
        call.require(Action.RELAY_WRITE, places, tree)
        editors = tuple(dict.fromkeys((*old.editors, call.actor.user_id)))
        source = _stepped(
            old,
            SourceAction.CORRECT,
            call.now,
            editors=editors,
            approved_by=None,
            approved_by_name="",
            approved_at=None,
            suspended_by_name="",
            suspended_why="",
            **_typed(uow, draft, call.now),
        )
        uow[RelaySources].save(source)
        cancelled = _plan_anew(uow, source, call.now, cuts=False)
        uow.record(_event("corrected", source, call.actor, cancelled=cancelled))
        uow.commit()
    return source


def approve(uow: UnitOfWork, source_id: RelaySourceId, *, expected_version: int, call: Call) -> RelaySource:
    """Approve the source; airings promised of it as it stands are planned again, and station offers of it are taken.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor approves no sources there, or wrote it (OWN_SOURCE).
    """
    with uow:
        old = _held(uow, source_id, expected_version)
        call.require(Action.RELAY_APPROVE, [old.area_id], uow[Places].tree())
        if call.actor.user_id in old.editors:
            raise NotAllowedError(Action.RELAY_APPROVE, "OWN_SOURCE", (old.area_id,))
        source = _stepped(
            old,
            SourceAction.APPROVE,
            call.now,
            approved_by=call.actor.user_id,
            approved_by_name=call.actor.name,
            approved_at=call.now,
            suspended_by_name="",
            suspended_why="",
        )
        uow[RelaySources].save(source)
        _plan_anew(uow, source, call.now, cuts=False)
        carry_out_of_stream(uow, source.id, now=call.now, new_id=call.new_id)
        uow.record(_event("approved", source, call.actor))
        uow.commit()
    return source


def suspend(uow: UnitOfWork, source_id: RelaySourceId, *, why: str, expected_version: int, call: Call) -> RelaySource:
    """Suspend the source: a relay on air stops, promised airings leave the plans.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor may not stop what sounds there.
        InvalidError: no reason was given.
    """
    with uow:
        old = _held(uow, source_id, expected_version)
        call.require(Action.SOUND_STOP, [old.area_id], uow[Places].tree())
        reason = why.strip()
        refuse([Problem("why", "MISSING")] if not reason else list(too_long("why", reason, WHY_MAX)))
        source = _stepped(old, SourceAction.SUSPEND, call.now, suspended_by_name=call.actor.name, suspended_why=reason)
        uow[RelaySources].save(source)
        cancelled = _plan_anew(uow, source, call.now, cuts=True)
        uow.record(_event("suspended", source, call.actor, why=reason, cancelled=cancelled))
        uow.commit()
    return source


def note_health(uow: UnitOfWork, found: Mapping[RelaySourceId, tuple[Health, str]], *, now: datetime) -> None:
    """Store the health of these sources, with a detail for a technician; a change is an event."""
    with uow:
        before = {each.source_id: each for each in uow[RelaySources].health()}
        noted = []
        for source_id, (health, detail) in found.items():
            known = before.get(source_id)
            is_same = known is not None and known.health is health
            since_at = known.since_at if known is not None and is_same else now
            noted.append(SourceHealth(source_id, health, now, since_at, detail[:HEALTH_DETAIL_MAX]))
            if not is_same:
                was = "" if known is None else known.health.value
                told = {"health": health.value, "before": was}
                uow.record(Event.of(_WATCH, "relay_source.listened_to", source_id, now, **told))
        uow[RelaySources].note_health(noted)
        uow.commit()


def require_relayable(uow: UnitOfWork, wanted: Transmission, others: Iterable[Transmission], now: datetime) -> None:
    """Require, within a unit of work, that the source may be relayed there, at that length and so often.

    Raises:
        InvalidError: with all that stands against it.
    """
    assert wanted.relay is not None
    source = uow[RelaySources].get(wanted.relay.source_id)
    refuse(refusals(wanted, source, others, uow[Places].tree(), now))


def withheld_of(uow: UnitOfWork, transmissions: Iterable[Transmission]) -> Mapping[TransmissionId, Reason]:
    """Return those whose source may not be heard at present, with the reason; within a unit of work."""
    found: dict[TransmissionId, Reason] = {}
    for each in transmissions:
        if each.relay is not None:
            reason = withheld(each.relay, uow[RelaySources].find(each.relay.source_id))
            if reason is not None:
                found[each.id] = reason
    return found


def _added(uow: UnitOfWork, source_id: RelaySourceId, draft: SourceDraft, call: Call) -> RelaySource:
    source = RelaySource(
        id=source_id,
        written_by=call.actor.user_id,
        written_by_name=call.actor.name,
        changed_at=call.now,
        editors=(call.actor.user_id,),
        **_typed(uow, draft, call.now),
    )
    uow[RelaySources].add(source)
    uow.record(_event("written_down", source, call.actor))
    return source


def _held(uow: UnitOfWork, source_id: RelaySourceId, expected_version: int) -> RelaySource:
    source = uow[RelaySources].get(source_id)
    if source.version != expected_version:
        raise ConflictError("relay_source", source_id, expected_version, source.version)
    return source


def _stepped(old: RelaySource, action: SourceAction, now: datetime, **changes: Any) -> RelaySource:
    state = next_state(old.state, action)
    return replace(old, state=state, version=old.version + 1, changed_at=now, **changes)


def _typed(uow: UnitOfWork, draft: SourceDraft, now: datetime) -> dict[str, Any]:
    licence = replace(draft.licence, paper=draft.licence.paper.strip())
    urls = tuple(filter(None, (url.strip() for url in draft.urls)))
    tidy = replace(draft, name=draft.name.strip(), owner=draft.owner.strip(), urls=urls, licence=licence)
    problems = [*area_problems(draft.area_id, "area_id", uow[Places].tree(), local_date(now))]
    problems += problem_if(not tidy.name, "name", "MISSING")
    for name, text, most in (
        ("name", tidy.name, NAME_MAX),
        ("owner", tidy.owner, OWNER_MAX),
        ("licence", licence.paper, PAPER_MAX),
    ):
        problems += too_long(name, text, most)
    problems += url_problems(urls)
    for name, minutes in (("slot_max", licence.slot_max_minutes), ("day_max", licence.day_max_minutes)):
        problems += problem_if(not 0 <= minutes <= MINUTES_MAX, name, "MINUTES", max=MINUTES_MAX)
    refuse(problems)
    return columns_of(tidy)


def _plan_anew(uow: UnitOfWork, source: RelaySource, now: datetime, *, cuts: bool) -> int:
    """Replan every area with airings promised of the source; return how many were cancelled by name.

    Airings that would begin before devices have the new plan are cancelled where they are not heard any more; with
    ``cuts``, those on air as well.
    """
    cancelled = 0
    for transmission in uow[RelaySources].promised(source.id, now):
        assert transmission.relay is not None
        areas = reached(transmission.targets, uow[Places].tree(), uow[Devices].planning_areas())
        refs = []
        if withheld(transmission.relay, source) is not None:
            back = timedelta(milliseconds=transmission.duration_ms if cuts else 0)
            since_at = max(transmission.approved_at, now - back)
            refs = [each.id for each in occurrences_of(transmission, since_at, now + CANCEL_AHEAD)]
        cancelled += len(refs)
        for area_id in areas:
            # Before the plan: devices have to get the cancel first.
            if refs:
                uow.outbox.add(OutboxKind.CANCEL, area_id, {"refs": refs, "reason": "RELAY_SUSPENDED"})
            uow.outbox.add(OutboxKind.PLAN, area_id)
    return cancelled


def _event(name: str, source: RelaySource, actor: Actor, **detail: object) -> Event:
    facts = {"version": source.version, "name": source.name, "form": source.form.value, "urls": list(source.urls)}
    return Event.of(actor, f"relay_source.{name}", source.id, source.changed_at, **facts, **detail)
