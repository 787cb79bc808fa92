"""Decision page for a telephone, to which notifications lead: hear, read, one line of look ahead, one press."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for

from broadcast.bulletins.model import BulletinStatus
from broadcast.user_tasks.rules import first_airing_at
from cms.bulletins.service import freeze
from cms.bulletins.views import approvals, preflight
from cms.bulletins.views.bulletins import Seen, is_stale, readable
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import call, pages
from cms.platform.web.wording import LabelText
from province.errors import ClashError, ConflictError, ContentChangedError, InvalidError, NotPossibleError
from province.people import Action

REASONS: dict[str, LabelText] = {
    "content": __("The content is not right."),
    "sound": __("The sound is not clear."),
    "time": __("Time or place is not right."),
}
"""Reasons that one press gives; any other is typed."""


@pages.get("/bulletins/<bulletin_id>/decision")
def decision(bulletin_id: str) -> Answer:
    seen = _seen(bulletin_id)
    request_context.require(Action.BULLETIN_REVIEW, seen.bulletin.targets.areas, seen.tree)
    if seen.bulletin.status is not BulletinStatus.SUBMITTED:
        return redirect(url_for("web.bulletin", bulletin_id=bulletin_id))
    return _page(seen)


@pages.post("/bulletins/<bulletin_id>/decision")
def take_decision(bulletin_id: str) -> Answer:
    """Approve or return; what stands in the way is said on the same page."""
    seen = _seen(bulletin_id)
    quick = REASONS.get(request.form.get("quick", ""))
    act = "approve" if request.form.get("act") == "approve" else "return"
    reason = request.form.get("reason", "") if quick is None else str(quick)
    try:
        sentence = approvals.decided(seen.bulletin, act, reason)
    except InvalidError as error:
        return _page(seen, messages.problem_sentences(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except ClashError as error:
        return _page(seen, messages.clash_sentences(error.clashes)), HTTPStatus.CONFLICT
    except (ConflictError, ContentChangedError):
        again = _("The bulletin changed after you opened this page. Nothing is decided: listen to it again.")
        return _page(_seen(bulletin_id), [again]), HTTPStatus.CONFLICT
    except NotPossibleError:
        return redirect(url_for("web.bulletin", bulletin_id=bulletin_id))
    flash(sentence, "good")
    return redirect(url_for("web.today"))


@pages.get("/bulletins/<bulletin_id>/decision/ahead")
def decision_ahead(bulletin_id: str) -> str:
    """Render the line of the look ahead, and the buttons with it."""
    seen = _seen(bulletin_id)
    request_context.require(Action.BULLETIN_REVIEW, seen.bulletin.targets.areas, seen.tree)
    return render_template("bulletins/_decision.html", **_parts(seen, is_looking=True))


def _seen(bulletin_id: str) -> Seen:
    """Return the bulletin alone: this page shows no history. Raises NotFoundError, NotAllowedError."""
    found, tree = readable(bulletin_id)
    return Seen(found, tree, (), None, has_delivery=False, approval=None)


def _page(seen: Seen, problems: list[str] | None = None) -> str:
    found, now = seen.bulletin, request_context.context().now()
    airs_at = first_airing_at(found, now)
    is_looking = "ahead" in request.args or request.method == "POST" or not preflight.is_wide(found)
    return render_template(
        "bulletins/decision.html",
        problems=problems or [],
        sound=found.sound,
        is_stale=is_stale(found),
        airs_at=airs_at,
        left="" if airs_at is None else formats.time_left(airs_at, now),
        **_parts(seen, is_looking=is_looking),
    )


def _parts(seen: Seen, *, is_looking: bool) -> dict[str, object]:
    found = seen.bulletin
    # Read first, as on the long page: what changes meanwhile is then refused instead of approved unseen.
    with request_context.context().uow.reading() as uow:
        content = freeze.content_of(uow, found, call(), seen.tree)
    is_open = found.status is BulletinStatus.SUBMITTED
    return {
        "bulletin": found,
        "content": content,
        "refusal": approvals.refusal_of(seen) if is_open else _("This bulletin is decided already."),
        "ahead": preflight.look(found) if is_looking and is_open else None,
        "reasons": REASONS,
    }
