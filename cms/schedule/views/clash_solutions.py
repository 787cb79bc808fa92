"""Solutions of a clash on the page of a move: a button that applies one, or a link to where it is done by hand."""

from dataclasses import dataclass
from typing import assert_never

from flask import url_for

from broadcast.bulletins.cues import FADE_MS, NoCut
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import Bulletin
from broadcast.scheduling.concessions import OfferKind, WayOut
from cms.bulletins import labels
from cms.platform.web import formats, forms, messages
from cms.platform.web.languages import _
from cms.schedule.forms import move


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
        return _("Shorten to %(length)s: %(why)s", length=length, why=labels.why_not(offer.why_not))
    text = _(
        "Shorten to %(length)s in every airing, fading out over the last %(fade)s seconds",
        length=length,
        fade=forms.written(FADE_MS),
    )
    if bulletin.status in APPROVED:
        return _("%(text)s; to be approved again", text=text)
    return text
