"""Items handed down from above and their outcome, for reports."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.inbox.model import HandedDownState
from broadcast.reports.figures import OfferFigures
from broadcast.reports.model import Span
from cms.inbox.tables import HandedDownRow
from cms.platform.store.rows import among
from cms.reports.repository.counted_days import bounds_of
from province.areas import AreaId


def taken_over(session: Session, areas: Collection[AreaId], span: Span) -> OfferFigures:
    """Count the items sent to these areas within the span, and those taken over or declined since."""
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    counted = (
        select(HandedDownRow.state, func.count())
        .where(
            among(HandedDownRow.area_id, areas),
            HandedDownRow.sent_at >= since_at,
            HandedDownRow.sent_at < until_at,
        )
        .group_by(HandedDownRow.state)
    )
    by_state = {state: count for state, count in session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    return OfferFigures(
        offered=sum(by_state.values()),
        taken=by_state.get(HandedDownState.PLACED, 0),
        declined=by_state.get(HandedDownState.DECLINED, 0),
    )
