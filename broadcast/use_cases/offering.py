"""What stations offer communes: put on the shelf, taken from it, had by standing order.

Whatever way it comes, it is a draft of the commune's and no more: it is submitted, approved and scheduled like any
other bulletin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from broadcast.errors import ConflictError, InvalidError, NotPossibleError, Problem, too_long
from broadcast.events import Event
from broadcast.model.bulletins import Bulletin, BulletinId, PriorityClass, Sound, SoundState, Targets
from broadcast.model.people import Action, Actor
from broadcast.model.stations import Offer, OfferId, StandingOrder, StandingOrderId, StationId, Taken
from broadcast.ports import Authority, JobKind, NewId, UnitOfWork
from broadcast.use_cases.draft import TEXT_MAX, TITLE_MAX, TOPIC_MAX, area_problems
from broadcast.use_cases.revising import event_of
from broadcast.wall_clock import local_date
from devices.areas import AreaId

SERIES_MAX: Final = 120
NAME_MAX: Final = 200
_WORKER: Final = "worker"


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """``original_sha256`` names a recording in the content store, empty where it is not there."""

    series: str
    title: str
    original_sha256: str
    original_name: str = ""
    text: str = ""
    topic: str = ""
    until_on: date | None = None


def offer(
    uow: UnitOfWork,
    offer_id: OfferId,
    *,
    station_id: StationId,
    draft: OfferDraft,
    actor: Actor,
    authority: Authority,
    now: datetime,
) -> Offer:
    """The offer; it is on the shelf once its sound is made. The same id again by the same person changes nothing.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor offers nothing for it.
        InvalidError: with everything wrong with it.
        ConflictError: somebody else's has that id.
    """
    with uow:
        station = uow.stations.get(station_id)
        authority.require(actor, Action.PROGRAMME_OFFER, [station.area_id], uow.places.tree())
        known = uow.offers.find(offer_id)
        if known is not None:
            if known.offered_by != actor.user_id:
                raise ConflictError("offer", offer_id, 0, known.version)
            return known
        if problems := _problems(draft, now):
            raise InvalidError(problems)
        job_id = uow.jobs.add(JobKind.MAKE_OFFER, offer_id, {"sha256": draft.original_sha256})
        made = Offer(
            id=offer_id,
            station_id=station.id,
            station_name=station.name,
            series=" ".join(draft.series.split()),
            title=draft.title.strip(),
            text=draft.text.strip(),
            topic=draft.topic.strip(),
            original_sha256=draft.original_sha256,
            original_name=draft.original_name,
            offered_at=now,
            offered_by=actor.user_id,
            offered_by_name=actor.name,
            until_on=draft.until_on,
            sound=Sound(SoundState.MAKING, f"audio:{draft.original_sha256}", job_id),
        )
        uow.offers.add(made)
        uow.record(_event("offered", made, now, actor.user_id, actor.name))
        uow.commit()
    return made


def finish(uow: UnitOfWork, offer_id: OfferId, *, sound: Sound, now: datetime, new_id: NewId) -> bool:
    """Its sound is made: it is on the shelf, and each standing order has a draft. False: nobody waits for it."""
    with uow:
        old = uow.offers.get(offer_id)
        if old.sound.state is not SoundState.MAKING:
            return False
        made = replace(old, sound=sound, version=old.version + 1)
        uow.offers.save(made)
        uow.record(_event("made" if sound.state is SoundState.READY else "failed", made, now, _WORKER, _WORKER))
        if _is_on_shelf(made, now):
            for order in uow.offers.orders_of(made.station_id, made.series):
                by = Actor(order.ordered_by, order.ordered_by_name, ())
                _draft(uow, made, order.area_id, by=by, now=now, new_id=new_id, order_id=order.id)
        uow.commit()
    return True


def withdraw(uow: UnitOfWork, offer_id: OfferId, *, actor: Actor, authority: Authority, now: datetime) -> Offer:
    """Off the shelf; what communes have made of it is theirs, and stays.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor offers nothing for its station.
    """
    with uow:
        old = uow.offers.get(offer_id)
        station = uow.stations.get(old.station_id)
        authority.require(actor, Action.PROGRAMME_OFFER, [station.area_id], uow.places.tree())
        if old.withdrawn_at is not None:
            return old
        if old.sound.state is SoundState.MAKING:
            uow.jobs.cancel(old.sound.job_id)
        sound = Sound() if old.sound.state is SoundState.MAKING else old.sound
        gone = replace(old, withdrawn_at=now, sound=sound, version=old.version + 1)
        uow.offers.save(gone)
        uow.record(_event("withdrawn", gone, now, actor.user_id, actor.name))
        uow.commit()
    return gone


def take(
    uow: UnitOfWork,
    offer_id: OfferId,
    area_id: AreaId,
    *,
    actor: Actor,
    authority: Authority,
    now: datetime,
    new_id: NewId,
) -> Bulletin:
    """The commune's draft of it, with the sound made already; what was taken before is that draft again.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor writes nothing for that area.
        InvalidError: the area is not in force.
        NotPossibleError: it is not on the shelf.
    """
    with uow:
        found = uow.offers.get(offer_id)
        tree = uow.places.tree()
        authority.require(actor, Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        if problems := area_problems(area_id, "area", tree, local_date(now)):
            raise InvalidError(problems)
        known = uow.offers.taken(offer_id, area_id)
        if known is not None:
            return uow.bulletins.get(known.bulletin_id)
        if not _is_on_shelf(found, now):
            raise NotPossibleError(found.sound.state.value, "take")
        bulletin = _draft(uow, found, area_id, by=actor, now=now, new_id=new_id)
        uow.commit()
    return bulletin


def order(
    uow: UnitOfWork,
    *,
    area_id: AreaId,
    station_id: StationId,
    series: str,
    actor: Actor,
    authority: Authority,
    now: datetime,
    new_id: NewId,
) -> StandingOrder:
    """From now on each new offer of that series is a draft of the area's; one that stands already stays as it is.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor writes nothing for that area.
        InvalidError: with everything wrong with it.
    """
    with uow:
        station = uow.stations.get(station_id)
        tree = uow.places.tree()
        authority.require(actor, Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        name = " ".join(series.split())
        problems = area_problems(area_id, "area", tree, local_date(now)) + _series_problems(name)
        if problems:
            raise InvalidError(problems)
        standing = [each for each in uow.offers.orders_of(station.id, name) if each.area_id == area_id]
        if standing:
            return standing[0]
        made = StandingOrder(StandingOrderId(new_id()), area_id, station.id, name, now, actor.user_id, actor.name)
        uow.offers.add_order(made)
        uow.record(_order_event("ordered", made, actor, now))
        uow.commit()
    return made


def cancel_order(
    uow: UnitOfWork, order_id: StandingOrderId, *, actor: Actor, authority: Authority, now: datetime
) -> StandingOrder:
    """No new drafts of it come any more.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor writes nothing for its area.
    """
    with uow:
        standing = uow.offers.get_order(order_id)
        authority.require(actor, Action.BULLETIN_WRITE, [standing.area_id], uow.places.tree())
        uow.offers.remove_order(order_id)
        uow.record(_order_event("cancelled", standing, actor, now))
        uow.commit()
    return standing


def _is_on_shelf(found: Offer, now: datetime) -> bool:
    is_past = found.until_on is not None and found.until_on < local_date(now)
    return found.sound.state is SoundState.READY and found.withdrawn_at is None and not is_past


def _draft(
    uow: UnitOfWork,
    found: Offer,
    area_id: AreaId,
    *,
    by: Actor,
    now: datetime,
    new_id: NewId,
    order_id: StandingOrderId | None = None,
) -> Bulletin:
    bulletin = Bulletin(
        id=BulletinId(new_id()),
        title=found.title,
        text=found.text,
        topic=found.topic,
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=Targets((area_id,)),
        author_id=by.user_id,
        author_name=by.name,
        created_at=now,
        changed_at=now,
        original_sha256=found.original_sha256,
        original_name=found.original_name,
        origin=found.station_name[:NAME_MAX],
        sound=found.sound,
    )
    uow.bulletins.add(bulletin)
    uow.offers.take(Taken(found.id, area_id, bulletin.id, now, by.name, order_id))
    uow.record(event_of("created", bulletin, by, offer=found.id, order=order_id or ""))
    return bulletin


def _problems(draft: OfferDraft, now: datetime) -> list[Problem]:
    found = [] if draft.title.strip() else [Problem("title", "MISSING")]
    found += _series_problems(" ".join(draft.series.split()))
    for name, most in (("title", TITLE_MAX), ("text", TEXT_MAX), ("topic", TOPIC_MAX), ("original_name", NAME_MAX)):
        found += too_long(name, getattr(draft, name), most)
    if not draft.original_sha256:
        found.append(Problem("original_sha256", "RECORDING_UNKNOWN"))
    if draft.until_on is not None and draft.until_on < local_date(now):
        found.append(Problem("until_on", "DAY_PAST"))
    return found


def _series_problems(series: str) -> list[Problem]:
    return too_long("series", series, SERIES_MAX) if series else [Problem("series", "MISSING")]


def _event(name: str, found: Offer, now: datetime, by: str, by_name: str) -> Event:
    told: dict[str, object] = {"station": found.station_id, "series": found.series, "title": found.title}
    return Event(f"offer.{name}", found.id, now, by, by_name, told)


def _order_event(name: str, standing: StandingOrder, actor: Actor, now: datetime) -> Event:
    told: dict[str, object] = {"area": standing.area_id, "station": standing.station_id, "series": standing.series}
    return Event(f"standing_order.{name}", standing.id, now, actor.user_id, actor.name, told)
