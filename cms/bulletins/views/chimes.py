"""Opening and closing sounds: an area's own, those inherited, and their loudness before and after processing."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service import chimes as chime_service
from cms.bulletins.views import uploads
from cms.platform.web import area_picker, messages, refusals, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, Problem
from province.people import Action
from province.policy import visible_areas


@dataclass(frozen=True)
class ChimeLine:
    """One position in an area. ``own`` is set there; ``held`` is the effective one, from ``held.area_id``."""

    place: ChimePlace
    own: Chime | None
    held: Chime | None
    failure: str


@pages.get("/chimes")
def chimes(place: ChimePlace | None = None, problems: Sequence[Problem] = ()) -> str:
    tree, today = messages.tree_for(Action.BULLETIN_READ), request_context.today()
    readable = visible_areas(request_context.actor(), Action.BULLETIN_READ, tree)
    shown = [area for area in tree if area.is_in_force(today) and area.id in readable]
    # Areas where the user may set something come first, the largest ahead.
    shown.sort(
        key=lambda area: (not request_context.can(Action.CHIME_SET, area.id, tree), len(tree.chain(area.id)), area.name)
    )
    # From the query string only: the form may be too large to be read.
    wanted = request.args.get("area", "")
    area_id = next((area.id for area in shown if area.id == wanted), shown[0].id if shown else AreaId(""))
    with request_context.context().uow.reading() as uow:
        known = {(each.area_id, each.place): each for each in uow[Chimes].all()}
    return render_template(
        "bulletins/chimes.html",
        areas=area_picker.options(shown),
        area_id=area_id,
        lines=[_line(known, each, area_id, tree) for each in ChimePlace],
        may_set=bool(area_id) and request_context.can(Action.CHIME_SET, area_id, tree),
        typed_place=place,
        problems=messages.by_field(problems),
    )


def too_large() -> tuple[str, int]:
    """Answer when the server refuses to read the request at all, so that the requested position is not known either."""
    return chimes(ChimePlace.OPENING, [Problem("recording", "TOO_LARGE")]), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/chimes")
@refusals.too_large_by(too_large)
def set_chime() -> Answer:
    """Set the sound from the file in the form, or from one uploaded beforehand in parts."""
    form = request.form
    request_context.require(Action.CHIME_SET, (), messages.tree())
    area_id = AreaId(form.get("area", ""))
    place = ChimePlace.CLOSING if form.get("place") == ChimePlace.CLOSING else ChimePlace.OPENING
    with redisplay(chimes, place):
        taken = uploads.taken()
        if taken is None:
            raise InvalidError([Problem("recording", "MISSING")])
        chime_service.set_chime(
            new_unit(), area_id=area_id, place=place, sha256=taken.stored.sha256, name=taken.name, call=call()
        )
    return confirmed(_("The file has arrived. It is being brought to standard loudness."), "web.chimes", area=area_id)


@pages.post("/chimes/<chime_id>/drop")
def drop_chime(chime_id: str) -> Response:
    chime = chime_service.drop_chime(new_unit(), ChimeId(chime_id), call=call())
    flash(_("Removed. Approved bulletins keep the sounds they were approved with."), "good")
    return redirect(url_for("web.chimes", area=chime.area_id))


def _line(
    known: dict[tuple[AreaId, ChimePlace], Chime], place: ChimePlace, area_id: AreaId, tree: AreaTree
) -> ChimeLine:
    chain = tree.chain(area_id) if area_id in tree else ()
    used = (known[above, place] for above in chain if (above, place) in known)
    held = next((each for each in used if each.sound.state == "ready"), None)
    own = known.get((area_id, place))
    return ChimeLine(place, own, held, messages.failure(own.refusal) if own is not None and own.refusal else "")
