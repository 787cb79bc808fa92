"""List of bulletins, narrowed by filters that stand in its address, each with its next airing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, request
from sqlalchemy.orm import Session

from broadcast.bulletins.genres import GENRES
from broadcast.bulletins.lifecycle import APPROVED
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.scheduling.recurrence import next_start_at
from cms.bulletins.queries import BulletinLine, bulletin_list
from cms.bulletins.service.revisions import NAME_MAX
from cms.bulletins.service.selection import BulletinSelection, NextAiring, filter_of
from cms.bulletins.views import autosaves
from cms.bulletins.views.bulletins import beyond_airing
from cms.inbox.queries import count_waiting
from cms.platform.web import area_picker, formats, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import pages
from cms.platform.web.typed_form import TypedForm, entry
from cms.platform.web.wording import TOPIC, LabelText
from cms.schedule.queries.airings import next_starts
from province.people import Action
from province.policy import visible_areas

PAGE_ROWS = 30
_WORDS_MAX = 100
_OPEN = frozenset({BulletinStatus.DRAFT, BulletinStatus.SUBMITTED, BulletinStatus.RETURNED})
"""States in which its times are a wish: they hold once it is approved."""
NEXT_AIRING: dict[str, LabelText] = {
    NextAiring.TODAY: __("Airs later today"),
    NextAiring.WEEK: __("Airs within 7 days"),
    NextAiring.NONE: __("No airing planned"),
}


@dataclass(frozen=True)
class TypedSelection(TypedForm):
    """Filter as the address has it."""

    q: str = entry(most=_WORDS_MAX)
    status: str = entry()
    genre: str = entry()
    topic: str = entry()
    area: str = entry()
    author: str = entry(most=NAME_MAX)
    on: str = entry()
    next: str = entry()

    def read(self) -> BulletinSelection:
        """Return the selection; a choice that is none of the list does not narrow it."""
        return BulletinSelection(
            words=self.q,
            status=BulletinStatus(self.status) if self.status in set(BulletinStatus) else None,
            topic=self.topic if self.topic in TOPIC else "",
            genre=self.genre if self.genre in GENRES else "",
            area_id=self.area,
            author=self.author,
            airs_on=formats.typed_day(self.on),
            next_airing=NextAiring(self.next) if self.next in set(NextAiring) else None,
        )

    @property
    def address(self) -> Mapping[str, str]:
        """Return what narrows the list, for links."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class NextStart:
    """Start of the next airing; ``is_wish``: it is not approved yet."""

    at: datetime
    is_wish: bool = False


@pages.get("/bulletins")
def bulletins() -> str:
    typed, after = TypedSelection.of(request.args), request.args.get("after", "")
    tree, now = messages.tree_for(Action.BULLETIN_READ), request_context.context().now()
    me = request_context.actor()
    with request_context.context().uow.reading() as uow:
        chosen = filter_of(uow.session, typed.read(), tree, now)
        visible = visible_areas(me, Action.BULLETIN_READ, tree)
        found = bulletin_list(uow.session, visible, me.user_id, chosen, after=after, limit=PAGE_ROWS)
        mine = messages.held(Action.INBOX_ANSWER)
        waiting = count_waiting(uow.session, mine) if mine else 0
        beyond = beyond_airing(uow.session, found.rows)
        upcoming = _next_starts(uow.session, found.rows, now)
    return render_template(
        "bulletins/bulletins.html",
        rows=found.rows,
        next_cursor=found.next_cursor,
        typed=typed,
        problems=_problems(typed),
        areas=area_picker.choices(Action.BULLETIN_READ),
        next_airings=NEXT_AIRING,
        inbox_waiting=waiting,
        beyond=beyond,
        upcoming=upcoming,
        unfinished=() if typed.address or after else autosaves.unfinished(),
    )


def _problems(typed: TypedSelection) -> Mapping[str, Sequence[str]]:
    is_date = not typed.on or formats.typed_day(typed.on) is not None
    return {"on": () if is_date else (_("Enter a date such as 28/11/2026: the list is not narrowed by this."),)}


def _next_starts(session: Session, rows: Sequence[BulletinLine], now: datetime) -> Mapping[BulletinId, NextStart]:
    """Return the next airing of each bulletin that has one: by plan, or beyond the days planned by its own times."""
    found = {key: NextStart(at) for key, at in next_starts(session, [row.id for row in rows], now).items()}
    planned_until_at = now + timedelta(days=request_context.context().settings.plan_days)
    for row in rows:
        is_wish = row.status in _OPEN
        if row.id in found or not (is_wish or row.status in APPROVED):
            continue
        since_at = now if is_wish else planned_until_at
        at = next_start_at(row.schedules, since_at, row.valid_from_at, row.valid_until_at)
        if at is not None:
            found[row.id] = NextStart(at, is_wish)
    return found
