"""Approval list and approval page: bulletins that wait for a second person."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.alerts.audiences import ShapePosition
from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.bulletins.targeting import reached
from broadcast.scheduling.recurrence import next_start_at
from cms.alerts.views import audience
from cms.boards.views import boards
from cms.bulletins.queries import BulletinLine, approval_inbox
from cms.bulletins.service import freeze, review, signatures
from cms.bulletins.views import bulletin_parts, preflight, remarks
from cms.bulletins.views.bulletins import Seen, holds, is_stale, readable, see
from cms.fleet.queries.devices import DeviceFilter, found_devices
from cms.fleet.queries.overview import posts_in
from cms.fleet.repository.devices import Devices
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, pages
from cms.relays import labels as relay_labels
from cms.schedule.views import move_parts
from cms.schedule.views.calendar import changes_in_sight
from cms.speech.views.spoken import pieces
from province.areas import AreaId
from province.errors import ClashError, ConflictError, ContentChangedError, InvalidError, NotFoundError, Problem
from province.people import Action

PAGE_ROWS = 50
QUEUE_MAX = 500
"""Most waiting bulletins that are put in order; those that have waited longest are among them."""
_DIGITS_MAX = 4
_DIGEST_LENGTH = 64
DEVICES_SHOWN = 500


@dataclass(frozen=True, slots=True)
class WaitingBulletin:
    """Bulletin of the queue, with its next start; None if nothing of it is left to air."""

    row: BulletinLine
    start_at: datetime | None

    @property
    def rank(self) -> tuple[bool, datetime, bool, datetime]:
        """Sort key: what airs first is decided first, of those at the same time the one of higher priority."""
        is_normal = not CLASSES[self.row.priority].stands_out
        return self.start_at is None, self.start_at or self.row.changed_at, is_normal, self.row.changed_at


@pages.get("/approvals")
def approvals() -> str:
    messages.tree_for(Action.BULLETIN_REVIEW)
    mine, now = messages.held(Action.BULLETIN_REVIEW), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        found = approval_inbox(uow.session, mine, limit=QUEUE_MAX)
    queue = sorted((_waiting(row, now) for row in found.rows), key=lambda each: each.rank)
    digits = request.args.get("after", "")
    first = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else 0
    last = first + PAGE_ROWS
    return render_template(
        "bulletins/approvals.html",
        queue=queue[first:last],
        next_cursor=last if last < len(queue) else "",
        is_cut=bool(found.next_cursor),
        now=now,
        changes=changes_in_sight(),
    )


def _waiting(row: BulletinLine, now: datetime) -> WaitingBulletin:
    return WaitingBulletin(row, next_start_at(row.schedules, now, row.valid_from_at, row.valid_until_at))


@pages.get("/bulletins/<bulletin_id>/approval")
def approval(bulletin_id: str) -> Answer:
    seen = reviewable(bulletin_id)
    return _page(seen) if seen else redirect(url_for("web.bulletin", bulletin_id=bulletin_id))


@pages.post("/bulletins/<bulletin_id>/approval")
def decide(bulletin_id: str) -> Answer:
    """Handle approve, return or reject. The rules decide who may; this page only calls them."""
    seen = see(bulletin_id)
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    if act == "add-note":
        request_context.require(Action.BULLETIN_REVIEW, seen.bulletin.targets.areas, seen.tree)
        return _page(seen, reason=reason)
    try:
        sentence = decided(seen.bulletin, act, reason)
    except InvalidError as error:
        return _page(see(bulletin_id), error=error, reason=reason), HTTPStatus.UNPROCESSABLE_ENTITY
    except ClashError:
        return _page(see(bulletin_id), reason=reason), HTTPStatus.CONFLICT
    except ConflictError:
        return _page(see(bulletin_id), reason=reason, is_conflict=True), HTTPStatus.CONFLICT
    except ContentChangedError:
        return _page(see(bulletin_id), reason=reason, is_other=True), HTTPStatus.CONFLICT
    flash(sentence, "good")
    return redirect(url_for("web.approvals") if act != "approve" else url_for("web.bulletin", bulletin_id=bulletin_id))


def reviewable(bulletin_id: str) -> Seen | None:
    """Return the bulletin; None if it does not wait for a decision. Raises NotFoundError, NotAllowedError."""
    seen = see(bulletin_id)
    request_context.require(Action.BULLETIN_REVIEW, seen.bulletin.targets.areas, seen.tree)
    return seen if seen.bulletin.status is BulletinStatus.SUBMITTED else None


def refusal_of(seen: Seen) -> str:
    """Return the reason for which this user may not decide; the server refuses as well."""
    if seen.bulletin.is_own(request_context.actor().user_id):
        return _("You wrote or submitted this bulletin, so you cannot approve it. Ask another reviewer.")
    if not holds(Action.BULLETIN_REVIEW, seen):
        return _("You may not review for every place this bulletin is meant for.")
    return ""


def decided(found: Bulletin, act: str, reason: str) -> str:
    """Do what the user decided; return the sentence that confirms it. Raises as the step of ``review``."""
    if act == "approve":
        request_context.step(review.approve, found, seen_sha256=request.form.get("content", "")[:_DIGEST_LENGTH])
        return _("Approved “%(title)s”.", title=found.title)
    if act == "reject":
        request_context.step(review.reject, found, reason=reason)
        return _("Rejected “%(title)s”.", title=found.title)
    request_context.step(review.return_, found, reason=reason, notes=remarks.typed(request.form))
    return _("Returned “%(title)s”.", title=found.title)


def _to_be_signed(found: Bulletin) -> tuple[AreaId, ...]:
    """Return the areas in which nothing airs without a signature. The look ahead, if any, lists them as well."""
    with request_context.context().uow.reading() as uow:
        return signatures.signature_areas(uow, found.targets)


def _page(
    seen: Seen,
    *,
    error: InvalidError | None = None,
    reason: str = "",
    is_conflict: bool = False,
    is_other: bool = False,
) -> str:
    found = seen.bulletin
    # Read first: a change while the page is being made is then refused instead of approved unseen.
    with request_context.context().uow.reading() as uow:
        content = freeze.content_of(uow, found, call(), seen.tree)
    is_later = "ahead" not in request.args and preflight.is_wide(found)
    ahead = None if is_later else preflight.look(found)
    to_be_signed = _to_be_signed(found) if ahead is None else ahead.to_be_signed
    faults: list[Problem] = list(error.problems) if error else []
    about_form = [each for each in faults if each.field == "reason" or each.field.startswith("notes")]
    return render_template(
        "bulletins/approval.html",
        sound=found.sound,
        is_stale=is_stale(found),
        said=list(pieces(found.text, found.changes)),
        job=seen.job,
        failure=messages.failure(found.sound.error),
        can_edit=False,
        board_view=boards.view_of(found),
        relay=relay_labels.line(found.relay),
        preflight=ahead,
        found_clashes=ahead.in_the_way if ahead else [],
        refusal=refusal_of(seen),
        is_endless=found.valid_until_at is None and any(each.is_endless for each in found.schedules),
        to_be_signed=messages.area_names(to_be_signed) if to_be_signed else "",
        changes=move_parts.since_last_look(found),
        events=seen.events,
        unfinished=messages.problem_sentences(error) if error and len(about_form) < len(faults) else [],
        problems=messages.by_field(about_form),
        note_rows=remarks.rows(remarks.typed(request.form), more=request.form.get("act") == "add-note"),
        reason=reason,
        blanks_left=bulletin_parts.blanks_left(found),
        conflict=is_conflict,
        is_other=is_other,
        content=content,
        **bulletin_parts.note_parts(found, can_settle=False),
    )


@pages.get("/bulletins/<bulletin_id>/approval/ahead")
def approval_ahead(bulletin_id: str) -> str | Response:
    """Render the look ahead, and with it the approve button, which is enabled only afterwards."""
    seen = reviewable(bulletin_id)
    if seen is None:
        # Decided in the meantime: the page says by whom.
        return Response(status=200, headers={"HX-Refresh": "true"})
    ahead = preflight.look(seen.bulletin)
    return render_template(
        "bulletins/_ahead.html",
        bulletin=seen.bulletin,
        preflight=ahead,
        found_clashes=ahead.in_the_way,
        refusal=refusal_of(seen),
    )


@pages.get("/bulletins/<bulletin_id>/approval/areas/<area_id>")
def approval_area(bulletin_id: str, area_id: str) -> str:
    """Render one area by device and by day: each of its devices follows the area's plan, if it can."""
    found, tree = readable(bulletin_id)
    here = tree.known(area_id)
    request_context.require(Action.BULLETIN_READ, (here,), tree)
    ahead = preflight.asked(found, here)
    if not ahead.areas:
        raise NotFoundError("area", area_id)
    with request_context.context().uow.reading() as uow:
        devices = found_devices(uow.session, DeviceFilter([here]), limit=DEVICES_SHOWN).rows
    days = preflight.days_of(ahead)
    return render_template(
        "bulletins/approval_area.html",
        bulletin=found,
        area_id=AreaId(area_id),
        days=days,
        heard_days=sum(bool(day.times) for day in days),
        devices=sorted(devices, key=lambda line: (line.is_online, line.device.name)),
    )


@pages.get("/bulletins/<bulletin_id>/map")
def bulletin_map(bulletin_id: str) -> dict[str, object]:
    """Return the map of the places addressed. ``box``: with the devices in the visible part."""
    found, box = readable(bulletin_id)[0], audience.MapBounds.of(request.args.get("box", ""))
    with request_context.context().uow.reading() as uow:
        held = uow[Devices].planning_areas()
        areas = reached(found.targets, messages.tree(uow), held)
        outside = [each for each in held if each not in areas]
        devices = [
            (post.point, standing, post.name)
            for standing, there in ((ShapePosition.OUTSIDE, outside), (ShapePosition.INSIDE, areas))
            for post in (posts_in(uow.session, there, box.holds) if box else ())
        ]
    return audience.drawn(dict.fromkeys(areas, ShapePosition.INSIDE), devices, Audience(found.targets))
