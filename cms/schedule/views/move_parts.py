"""Parts of pages on moves: what a change means, and ways out of its clashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from flask import url_for

from broadcast.bulletins.cues import FADE_MS, NoCut
from broadcast.bulletins.differences import DifferencePart, Differences, differences
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.review_snapshots import ReviewSnapshot, Shown
from broadcast.scheduling.concessions import OfferKind, WayOut
from cms.bulletins import labels as bulletin_labels
from cms.bulletins.service import review
from cms.platform.web import formats, forms, messages, wording
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit
from cms.relays import labels as relay_labels
from cms.schedule import labels
from cms.schedule.forms import move


@dataclass(frozen=True)
class BulletinChanges:
    """Changes since a look: ``fields`` (label, before, after); ``lines``, sentences on places, times and sound."""

    since_at: datetime
    fields: list[tuple[str, str, str]]
    lines: list[str]
    text: tuple[DifferencePart, ...]
    spoken: tuple[DifferencePart, ...]
    board: tuple[DifferencePart, ...] = ()


def since_last_look(bulletin: Bulletin) -> BulletinChanges | None:
    """Store this look and return the changes since the last one; None on the first look or without a change."""
    this, before = review.look_at(new_unit(), bulletin.id, call=call(), tree=messages.tree())
    return None if before is None else _said(before, this)


def _said(before: ReviewSnapshot, this: ReviewSnapshot) -> BulletinChanges:
    found = differences(before.shown, this.shown)
    return BulletinChanges(
        before.at,
        [(messages.field_name(name), _value(before.shown, name), _value(this.shown, name)) for name in found.fields],
        _lines(found),
        found.text,
        found.spoken,
        found.board,
    )


def _lines(found: Differences) -> list[str]:
    lines = [
        sentence % {"areas": messages.area_names(areas)}
        for sentence, areas in (
            (_("Places added: %(areas)s."), found.areas_added),
            (_("Places removed: %(areas)s."), found.areas_removed),
            (_("Now left out: %(areas)s."), found.excluded),
            (_("No longer left out: %(areas)s."), found.included_again),
        )
        if areas
    ]
    lines += [_("Schedule added: %(line)s.", line=line) for line in labels.lines(found.schedules_added)]
    lines += [_("Schedule removed: %(line)s.", line=line) for line in labels.lines(found.schedules_removed)]
    if found.is_sound_other:
        lines.append(_("The sound was made anew: listen again."))
    if found.is_board_time_other:
        lines.append(_("Electronic boards show it at another time, or not any more: look again."))
    if found.is_board_look_other:
        lines.append(_("The text on boards has another template, colour, pace or picture: please look again."))
    return lines


def _value(shown: Shown, name: str) -> str:
    if name == "relay":
        return relay_labels.line(shown.relay) or "–"
    value = getattr(shown, name)
    if isinstance(value, datetime):
        return formats.local(value).strftime("%H:%M %d/%m/%Y")
    words = {
        "topic": wording.TOPIC,
        "priority": wording.PRIORITY,
        "language": wording.LANGUAGE,
        "after": wording.AFTER,
        "genre": wording.GENRE,
    }
    return wording.word(words[name], value) if name in words and value else (value or "–")


@dataclass(frozen=True)
class ConflictSolution:
    """A solution. ``fields``: sent by its button; without any it is a sentence, and ``href`` links to its subject."""

    text: str
    fields: list[tuple[str, str]]
    href: str


def way_out(offer: WayOut, bulletin: Bulletin) -> ConflictSolution:
    fields = move.fields_of(offer.edit) if offer.edit else []
    return ConflictSolution(_words(offer, bulletin), fields, _leads_to(offer.why_not, bulletin))


def _leads_to(why_not: NoCut | None, bulletin: Bulletin) -> str:
    match why_not:
        case None | NoCut.NOT_YOURS | NoCut.FROZEN:
            return ""
        case NoCut.SPOKEN | NoCut.RELAYED:
            return url_for("web.edit_bulletin", bulletin_id=bulletin.id)
        case NoCut.TOO_LITTLE:
            return url_for("web.cues", bulletin_id=bulletin.id)
        case NoCut.UNMEASURED | NoCut.SUBMITTED:
            return url_for("web.bulletin", bulletin_id=bulletin.id)
        case never:
            assert_never(never)


def _words(offer: WayOut, bulletin: Bulletin) -> str:
    match offer.kind:
        case OfferKind.MOVE:
            return _("Move to %(to)s, the next free slot", to=f"{offer.to:%H:%M %d/%m/%Y}")
        case OfferKind.SHORTEN:
            return _shorten_words(offer, bulletin)
        case OfferKind.LEAVE_OUT:
            return _("Do not air on %(days)s", days=", ".join(formats.day(on) for on in offer.dates))
        case OfferKind.RAISE_CLASS:
            return _("Raise to priority: it airs instead of the normal bulletins it meets")
        case OfferKind.SPLIT_TARGETS:
            areas = messages.area_names(offer.areas)
            if offer.to is None:
                return _("Split off %(areas)s as a second bulletin, its time to be set later", areas=areas)
            return _(
                "Split off %(areas)s as a second bulletin, at %(to)s", areas=areas, to=f"{offer.to:%H:%M %d/%m/%Y}"
            )
        case never:
            assert_never(never)


def _shorten_words(offer: WayOut, bulletin: Bulletin) -> str:
    length = formats.duration(offer.length_ms)
    if offer.why_not is not None:
        return _("Shorten to %(length)s: %(why)s", length=length, why=bulletin_labels.WHY_NOT[offer.why_not])
    text = _(
        "Shorten to %(length)s in every airing, fading out over the last %(fade)s seconds",
        length=length,
        fade=forms.written(FADE_MS),
    )
    if bulletin.status in APPROVED:
        return _("%(text)s; to be approved again", text=text)
    return text
