"""Check of a draft before it is sent: all that was typed, what stands in the way, who will approve it."""

from flask import redirect, render_template, url_for

from broadcast.bulletins.model import Bulletin
from broadcast.user_tasks.rules import first_airing_at
from cms.boards.views import boards
from cms.bulletins.service import submission
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import is_stale, rights, see
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, messages, request_context
from cms.platform.web.forms import Answer
from cms.platform.web.request_context import pages
from cms.relays import labels as relay_labels
from cms.speech.views.spoken import pieces
from cms.user_tasks.views.awaiting import awaiting_of
from province.errors import ClashError, InvalidError


@pages.get("/bulletins/<bulletin_id>/check")
def check_bulletin(bulletin_id: str) -> Answer:
    seen = see(bulletin_id)
    found, can, now = seen.bulletin, rights(seen), request_context.context().now()
    if not can["may_submit"]:
        return redirect(url_for("web.bulletin", bulletin_id=found.id))
    with request_context.context().uow.reading() as uow:
        unfinished, clashes = _in_the_way(uow, found)
        awaiting = awaiting_of(uow, found)
        airs_at = first_airing_at(found, now)
        return render_template(
            "bulletins/check.html",
            bulletin=found,
            sound=found.sound,
            is_stale=is_stale(found),
            said=list(pieces(found.text, found.changes)),
            job=seen.job,
            failure=messages.failure(found.sound.error),
            unfinished=unfinished,
            found_clashes=clashes,
            has_blanks=bool(bulletin_parts.blanks_left(found)),
            awaiting=awaiting,
            airs_at=airs_at,
            left="" if airs_at is None else formats.time_left(airs_at, now),
            board_view=boards.view_of(found),
            relay=relay_labels.line(found.relay),
            can_edit=can["can_edit"],
            uow=uow,
        )


def _in_the_way(uow: UnitOfWork, found: Bulletin) -> tuple[list[str], list[str]]:
    """Return what would refuse the submission, in words: what is unfinished, and clashes of what was handed down.

    Other clashes are found with the free times beside them.
    """
    actor, now = request_context.actor(), request_context.context().now()
    try:
        submission.require_submittable(uow, found, actor, now, may_wait=True, may_clash=True)
    except InvalidError as error:
        return messages.problem_sentences(error), []
    except ClashError as error:
        return [], messages.clash_sentences(error.clashes)
    return [], []
