"""Today: what is on air, what comes next, what was played, and what is not ready while something can still be done."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import render_template

from broadcast.model.people import Action
from cms.accounts.policy import may
from cms.store.queries.airings import Phase, board
from cms.web import alert_seeing, figures, sentences, visit
from cms.web.visit import pages

# An airing that starts within this time and is not on every device is worth a call now.
SOON = timedelta(hours=2)


@pages.get("/")
def today() -> str:
    tree = sentences.tree()
    actor, now = visit.actor(), visit.context().now()
    visit.require(Action.DELIVERY_READ, (), tree)
    mine = [area.id for area in tree if may(actor, Action.DELIVERY_READ, area.id, tree)]
    midnight = datetime.combine(figures.local(now).date(), time(0), tzinfo=figures.LOCAL)
    with visit.context().uow() as uow:
        airings = board(uow.session, mine, midnight, midnight + timedelta(days=1))
    by_phase = {phase: [airing for airing in airings if airing.phase(now) == phase] for phase in Phase}
    return render_template(
        "today.html",
        alerts_waiting=alert_seeing.waiting() if visit.can_anywhere(Action.ALERT_APPROVE) else 0,
        now=now,
        on_air=by_phase[Phase.ON_AIR],
        coming=by_phase[Phase.NEXT],
        over=list(reversed(by_phase[Phase.OVER])),
        late=[airing for airing in by_phase[Phase.NEXT] if airing.start_at - now <= SOON and airing.not_ready],
        areas=sentences.area_names(tree.roots_of(mine)),
        can_write=visit.can_anywhere(Action.BULLETIN_WRITE),
        can_review=visit.can_anywhere(Action.BULLETIN_REVIEW),
    )
