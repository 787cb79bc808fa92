"""Page of one bulletin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import render_template
from sqlalchemy.orm import Session

from broadcast.boards.showings import is_only_shown
from broadcast.bulletins import lifecycle
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus, SoundState, Targets
from cms.accounts.service.read_access import require_readable
from cms.audit.queries import EventLine, JobProgress, events_of, job_progress
from cms.boards.views import boards
from cms.bulletins.queries import BulletinLine
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletin_parts import Approval, approval_of
from cms.inbox.queries import Receipt, receipts
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import add_template_globals, pages
from cms.platform.web.wording import LabelText
from cms.public.repository import HiddenBulletins
from cms.relays import labels as relay_labels
from cms.schedule.queries.airings import has_airings, heard_of
from cms.schedule.repository.calendar import Slots
from cms.speech.views.spoken import pieces
from cms.user_tasks.views.awaiting import awaiting_of
from province.areas import AreaTree
from province.people import Action

HEARD: Final = "heard"
UNHEARD: Final = "unheard"


@dataclass(frozen=True)
class Seen:
    """A bulletin as its page needs it, read in one transaction."""

    bulletin: Bulletin
    tree: AreaTree
    events: tuple[EventLine, ...]
    job: JobProgress | None
    has_delivery: bool
    approval: Approval | None
    receipts: tuple[Receipt, ...] = ()
    is_listed: bool | None = None
    """True if it is on the public pages once it was heard; None: the user may not decide that."""


@pages.get("/bulletins/<bulletin_id>")
def bulletin(bulletin_id: str) -> str:
    return show(see(bulletin_id))


def beyond_airing(session: Session, found: Sequence[Bulletin | BulletinLine]) -> Mapping[BulletinId, str]:
    """Return HEARD or UNHEARD for bulletins that only boards still show; UNHEARD: no loudspeaker confirmed it."""
    now = request_context.context().now()
    over = [each.id for each in found if is_only_shown(each, now)]
    heard = heard_of(session, over) if over else frozenset()
    return {each: HEARD if each in heard else UNHEARD for each in over}


def see(bulletin_id: str) -> Seen:
    """Return the bulletin. Raises NotFoundError if it does not exist or the user may not read it."""
    with request_context.context().uow.reading() as uow:
        found, tree = _readable(uow, bulletin_id)
        return Seen(
            found,
            tree,
            tuple(events_of(uow.session, found.id)),
            job_progress(uow.session, found.sound.job_id) if found.sound.state is SoundState.MAKING else None,
            has_airings(uow.session, found.id),
            approval_of(uow, found.id, request_context.actor().user_id),
            tuple(
                each
                for each in (receipts(uow.session, found.id) if found.is_handed_down else ())
                if request_context.can(Action.DELIVERY_READ, each.item.area_id, tree)
            ),
            _is_listed(uow, found, tree),
        )


def readable(bulletin_id: str) -> tuple[Bulletin, AreaTree]:
    """Return the bulletin alone, for screens that do not show its deliveries; raises as :func:`see` does."""
    with request_context.context().uow.reading() as uow:
        return _readable(uow, bulletin_id)


def _readable(uow: UnitOfWork, bulletin_id: str) -> tuple[Bulletin, AreaTree]:
    found, tree = uow[Bulletins].get(BulletinId(bulletin_id)), messages.tree(uow)
    require_readable(request_context.actor(), found, tree)
    return found, tree


def show(seen: Seen, *, unfinished: list[str] | None = None, clashes: list[str] | None = None) -> str:
    """Render the page of one bulletin, with the problems found on submission."""
    found, can = seen.bulletin, rights(seen)
    with request_context.context().uow.reading() as uow:
        beyond = beyond_airing(uow.session, [found]).get(found.id, "")
        awaiting = awaiting_of(uow, found) if found.status is BulletinStatus.SUBMITTED else None
        # Without a slot of one's own there is no time to place it in.
        can["may_fill"] = can["may_fill"] and bool(uow[Slots].of_holder(request_context.actor().user_id))
    return render_template(
        "bulletins/bulletin.html",
        sound=found.sound,
        is_stale=is_stale(found),
        said=list(pieces(found.text, found.changes)),
        job=seen.job,
        failure=messages.failure(found.sound.error),
        events=seen.events,
        has_delivery=seen.has_delivery,
        receipts=seen.receipts,
        board_view=boards.view_of(found),
        relay=relay_labels.line(found.relay),
        approval=seen.approval,
        awaiting=awaiting,
        unfinished=unfinished or [],
        has_blanks=bool(bulletin_parts.blanks_left(found)),
        found_clashes=clashes or [],
        **can,
        **bulletin_parts.note_parts(found, can_settle=can["can_edit"]),
        beyond=beyond,
        advice=_BEYOND.get(beyond) or _ADVICE.get(found.status, ""),
        freeze=bulletin_parts.freeze_of(found),
        may_override=bulletin_parts.may_override(found),
        is_listed=seen.is_listed,
    )


def _is_listed(uow: UnitOfWork, found: Bulletin, tree: AreaTree) -> bool | None:
    if found.status not in lifecycle.HEARD:
        return None
    may_withdraw = request_context.can_everywhere(Action.BULLETIN_WITHDRAW, found.targets.areas, tree)
    return not uow[HiddenBulletins].has(found.id) if may_withdraw else None


def is_stale(found: Bulletin) -> bool:
    return found.sound.state == SoundState.READY and found.sound.made_from != found.sound_input


def rights(seen: Seen) -> dict[str, bool]:
    found = seen.bulletin
    possible = lifecycle.possible_actions(found.status)
    # A change of approved content takes it off air.
    may_change = found.status not in lifecycle.AIRING or holds(Action.BULLETIN_WITHDRAW, seen)
    return {
        "can_edit": BulletinAction.EDIT in possible and holds(Action.BULLETIN_WRITE, seen) and may_change,
        "may_fill": BulletinAction.FILL in possible and holds(Action.BULLETIN_WRITE, seen) and may_change,
        "may_submit": BulletinAction.SUBMIT in possible and holds(Action.BULLETIN_SUBMIT, seen),
        "may_delete": BulletinAction.DELETE in possible and holds(Action.BULLETIN_WRITE, seen),
        "may_restore": BulletinAction.RESTORE in possible and holds(Action.BULLETIN_WRITE, seen),
        "may_withdraw": BulletinAction.WITHDRAW in possible and holds(Action.BULLETIN_WITHDRAW, seen),
        "may_review": BulletinAction.APPROVE in possible and holds(Action.BULLETIN_REVIEW, seen),
    }


def holds(action: Action, seen: Seen) -> bool:
    """Return whether the user holds the right in every area that the bulletin addresses."""
    return request_context.can_everywhere(action, seen.bulletin.targets.areas, seen.tree)


_BEYOND: dict[str, LabelText] = {
    HEARD: __("All airings are over. Text boards show it until its time is up; withdrawn, they stop showing it."),
    UNHEARD: __(
        "Its time has passed and no loudspeaker has told of playing it: see the delivery. Text boards show it until "
        "its time is up."
    ),
}
_ADVICE: dict[BulletinStatus, LabelText] = {
    BulletinStatus.DRAFT: __("Listen to it, check places and times, then submit it."),
    BulletinStatus.SUBMITTED: __("Awaiting another person's review."),
    BulletinStatus.RETURNED: __("Correct it as suggested, then submit it again."),
    BulletinStatus.APPROVED: __("Approved. The schedule is being sent to the loudspeakers."),
    BulletinStatus.SCHEDULED: __("The loudspeakers will play it on time by themselves."),
    BulletinStatus.WITHDRAWN: __("Nothing of it airs any more. Taken up as a new draft, it keeps all its text."),
    BulletinStatus.DELETED: __("This draft was deleted. It can be restored as it was."),
    BulletinStatus.HANDED_DOWN: __("Content approved and handed down. What became of it is below."),
}


def places(targets: Targets, limit: int = 3) -> str:
    """Return the target areas in words."""
    if not targets.areas:
        return _("No place chosen yet")
    named = messages.area_names(targets.areas, limit)
    if targets.exclude:
        return _("%(names)s, except %(out)s", names=named, out=messages.area_names(targets.exclude, limit))
    return named


add_template_globals(places=places)
