"""What waits for a second person's word, and the page on which it is given."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.errors import ClashError, ConflictError, InvalidError
from broadcast.model.bulletins import Bulletin, BulletinStatus
from broadcast.model.people import Action
from broadcast.use_cases import reviewing
from cms.accounts.policy import may
from cms.store.queries.bulletins import approval_inbox
from cms.web import preflight, schedule_words, sentences, visit
from cms.web.acts import seen_version
from cms.web.bulletins import Seen, holds, is_stale, places, see
from cms.web.calendar import changes_in_sight
from cms.web.languages import _
from cms.web.spoken import pieces
from cms.web.visit import pages

Answer = str | tuple[str, int] | Response
PAGE_ROWS = 50


@pages.get("/approvals")
def approvals() -> str:
    tree = sentences.tree()
    visit.require(Action.BULLETIN_REVIEW, (), tree)
    after = request.args.get("after", "")
    mine = [area.id for area in tree if may(visit.actor(), Action.BULLETIN_REVIEW, area.id, tree)]
    with visit.context().uow() as uow:
        found = approval_inbox(uow.session, mine, after=after, limit=PAGE_ROWS)
    return render_template(
        "approvals.html", rows=found.rows, next_cursor=found.next_cursor, places=places, changes=changes_in_sight()
    )


@pages.get("/bulletins/<bulletin_id>/approval")
def approval(bulletin_id: str) -> Answer:
    seen = see(bulletin_id)
    visit.require(Action.BULLETIN_REVIEW, seen.bulletin.targets.areas, seen.tree)
    if seen.bulletin.status is not BulletinStatus.SUBMITTED:
        return redirect(url_for("web.bulletin", bulletin_id=seen.bulletin.id))
    return _page(seen)


@pages.post("/bulletins/<bulletin_id>/approval")
def decide(bulletin_id: str) -> Answer:
    """One of approve, return, reject. The rules decide who may; this page only asks them."""
    seen = see(bulletin_id)
    act, reason = request.form.get("act", ""), request.form.get("reason", "")
    try:
        sentence = _decided(seen.bulletin, act, reason)
    except InvalidError as error:
        return _page(see(bulletin_id), error=error, reason=reason), HTTPStatus.UNPROCESSABLE_ENTITY
    except ClashError:
        return _page(see(bulletin_id), reason=reason), HTTPStatus.CONFLICT
    except ConflictError:
        return _page(see(bulletin_id), reason=reason, is_conflict=True), HTTPStatus.CONFLICT
    flash(sentence, "good")
    return redirect(url_for("web.approvals") if act != "approve" else url_for("web.bulletin", bulletin_id=bulletin_id))


def _decided(found: Bulletin, act: str, reason: str) -> str:
    context = visit.context()
    if act == "approve":
        reviewing.approve(
            context.uow(),
            found.id,
            expected_version=seen_version(found),
            actor=visit.actor(),
            authority=context.authority,
            now=context.now(),
            new_id=context.new_id,
        )
        return _("Đã duyệt “%(title)s”.", title=found.title)
    decision = reviewing.reject if act == "reject" else reviewing.return_
    decision(
        context.uow(),
        found.id,
        reason=reason,
        expected_version=seen_version(found),
        actor=visit.actor(),
        authority=context.authority,
        now=context.now(),
    )
    return (
        _("Đã từ chối “%(title)s”.", title=found.title)
        if act == "reject"
        else _("Đã trả lại “%(title)s”.", title=found.title)
    )


def _page(seen: Seen, *, error: InvalidError | None = None, reason: str = "", is_conflict: bool = False) -> str:
    found = seen.bulletin
    ahead = preflight.look(found)
    problems = sentences.by_field(error.problems if error else ())
    return render_template(
        "approval.html",
        bulletin=found,
        sound=found.sound,
        is_stale=is_stale(found),
        said=list(pieces(found.text, found.changes)),
        job=seen.job,
        failure=sentences.failure(found.sound.error),
        can_edit=False,
        schedules=schedule_words.lines(found.schedules),
        places=places,
        preflight=ahead,
        found_clashes=ahead.in_the_way,
        refusal=_refusal(seen),
        unfinished=sentences.problem_sentences(error) if error and not problems["reason"] else [],
        problems=problems,
        reason=reason,
        conflict=is_conflict,
    )


def _refusal(seen: Seen) -> str:
    """Why this visitor may not decide; the server refuses as well."""
    found, visitor = seen.bulletin, visit.actor().user_id
    if visitor in (found.author_id, found.submitter_id):
        return _("Bạn soạn hoặc gửi bản tin này nên không tự duyệt được. Hãy nhờ người duyệt khác.")
    if not holds(Action.BULLETIN_REVIEW, seen):
        return _("Bạn chưa được giao quyền duyệt cho mọi nơi phát của bản tin này.")
    return ""
