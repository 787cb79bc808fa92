"""Offers of stations to communes: a recording, or a stream of theirs that may be relayed once it is approved."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from broadcast.bulletins.model import Sound, SoundState
from broadcast.relays.model import (
    LENGTH_MAX_MS,
    LENGTH_MIN_MS,
    Licence,
    RelayOrder,
    RelaySourceId,
    SourceKind,
    StreamForm,
)
from broadcast.stations.model import Offer, OfferId, Station, StationId
from cms.areas.repository import Places
from cms.bulletins.service.revisions import TEXT_MAX, TITLE_MAX, TOPIC_MAX
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.relays.service.sources import NAME_MAX as SOURCE_NAME_MAX
from cms.relays.service.sources import SourceDraft, propose
from cms.stations.repository import Offers, Stations
from cms.stations.service.offer_uptake import carry_out, series_problems
from province.call import Call, NewId
from province.errors import ConflictError, InvalidError, Problem, problem_if, refuse, too_long
from province.events import Event
from province.people import Action, Actor, program
from province.wall_clock import local_date

NAME_MAX: Final = 200
_WORKER: Final = program("worker")


@dataclass(frozen=True, slots=True)
class StreamDraft:
    """Live stream of a station's programme, its length, and the licence that the station gives."""

    form: StreamForm
    urls: tuple[str, ...]
    length_ms: int
    licence: Licence = field(default_factory=Licence)


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """``original_sha256`` names a recording in the content store, empty where it is not there.

    With a ``stream`` the offer is that, and the recording stands in where it fails.
    """

    series: str
    title: str
    original_sha256: str
    original_name: str = ""
    text: str = ""
    topic: str = ""
    until_on: date | None = None
    stream: StreamDraft | None = None


def offer(uow: UnitOfWork, offer_id: OfferId, *, station_id: StationId, draft: OfferDraft, call: Call) -> Offer:
    """Offer a recording or stream; it is on the shelf once its sound is made and its stream, if any, approved.

    Idempotent for the same id and person.

    Raises:
        NotFoundError: no such station.
        NotAllowedError: the actor offers nothing for it.
        InvalidError: with everything wrong with it.
        ConflictError: another person's has that id.
    """
    with uow:
        station = uow[Stations].get(station_id)
        call.require(Action.PROGRAMME_OFFER, [station.area_id], uow[Places].tree())
        known = uow[Offers].find(offer_id)
        if known is not None:
            if known.offered_by != call.actor.user_id:
                raise ConflictError("offer", offer_id, 0, known.version)
            return known
        relay, problems = None, _problems(draft, call.now)
        if draft.stream is not None:
            try:
                relay = _relay(uow, RelaySourceId(offer_id), draft.stream, station, call=call)
            except InvalidError as error:
                problems += error.problems
        refuse(problems)
        job_id = uow.jobs.add(JobKind.MAKE_OFFER, offer_id, {"sha256": draft.original_sha256})
        made = Offer(
            id=offer_id,
            station_id=station.id,
            station_name=station.name,
            series=" ".join(draft.series.split()),
            title=" ".join(draft.title.split()),
            text=draft.text.strip(),
            topic=draft.topic.strip(),
            original_sha256=draft.original_sha256,
            original_name=draft.original_name,
            offered_at=call.now,
            offered_by=call.actor.user_id,
            offered_by_name=call.actor.name,
            until_on=draft.until_on,
            sound=Sound(SoundState.MAKING, f"audio:{draft.original_sha256}", job_id),
            relay=relay,
        )
        uow[Offers].add(made)
        uow.record(_event("offered", made, call.now, call.actor))
        uow.commit()
    return made


def finish(uow: UnitOfWork, offer_id: OfferId, *, sound: Sound, now: datetime, new_id: NewId) -> bool:
    """Store the finished sound: it is on the shelf, and each standing order has a draft. False: no longer needed."""
    with uow:
        old = uow[Offers].get(offer_id)
        if old.sound.state is not SoundState.MAKING:
            return False
        made = replace(old, sound=sound, version=old.version + 1)
        uow[Offers].save(made)
        uow.record(_event("made" if sound.state is SoundState.READY else "failed", made, now, _WORKER))
        carry_out(uow, made, now=now, new_id=new_id)
        uow.commit()
    return True


def withdraw(uow: UnitOfWork, offer_id: OfferId, *, call: Call) -> Offer:
    """Take it off the shelf; bulletins that communes have made of it stay theirs.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: the actor offers nothing for its station.
    """
    with uow:
        old = uow[Offers].get(offer_id)
        station = uow[Stations].get(old.station_id)
        call.require(Action.PROGRAMME_OFFER, [station.area_id], uow[Places].tree())
        if old.withdrawn_at is not None:
            return old
        if old.sound.state is SoundState.MAKING:
            uow.jobs.cancel(old.sound.job_id)
        sound = Sound() if old.sound.state is SoundState.MAKING else old.sound
        gone = replace(old, withdrawn_at=call.now, sound=sound, version=old.version + 1)
        uow[Offers].save(gone)
        uow.record(_event("withdrawn", gone, call.now, call.actor))
        uow.commit()
    return gone


def _relay(
    uow: UnitOfWork, source_id: RelaySourceId, stream: StreamDraft, station: Station, *, call: Call
) -> RelayOrder:
    """Return a relay for the whole province, as the shelf is; a stream already registered there is reused.

    Raises:
        InvalidError: with everything wrong with the stream.
    """
    tree = uow[Places].tree()
    heirs = sorted(tree.heirs(station.area_id)) or [station.area_id]
    draft = SourceDraft(
        area_id=tree.chain(heirs[0])[-1],
        name=station.name[:SOURCE_NAME_MAX],
        kind=SourceKind.STATION,
        form=stream.form,
        urls=stream.urls,
        owner=station.name,
        licence=stream.licence,
    )
    source = propose(uow, source_id, draft=draft, call=call)
    return RelayOrder(source.id, stream.length_ms)


def _problems(draft: OfferDraft, now: datetime) -> list[Problem]:
    found = [] if draft.title.strip() else [Problem("title", "MISSING")]
    found += series_problems(" ".join(draft.series.split()))
    for name, most in (("title", TITLE_MAX), ("text", TEXT_MAX), ("topic", TOPIC_MAX), ("original_name", NAME_MAX)):
        found += too_long(name, getattr(draft, name), most)
    found += problem_if(not draft.original_sha256, "original_sha256", "RECORDING_UNKNOWN")
    if draft.stream is not None and not LENGTH_MIN_MS <= draft.stream.length_ms <= LENGTH_MAX_MS:
        found.append(Problem("length_ms", "RELAY_LENGTH", {"min": LENGTH_MIN_MS, "max": LENGTH_MAX_MS}))
    found += problem_if(draft.until_on is not None and draft.until_on < local_date(now), "until_on", "DAY_PAST")
    return found


def _event(name: str, found: Offer, now: datetime, actor: Actor) -> Event:
    told = {"station": found.station_id, "series": found.series, "title": found.title}
    return Event.of(actor, f"offer.{name}", found.id, now, **told)
