"""Register of citizens' feedback: lists and counts for screens and reports."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from broadcast.feedback.model import Feedback, FeedbackKind, FeedbackState
from broadcast.reports.feedback import CitizenFeedback
from broadcast.reports.model import Span
from cms.feedback.tables import FeedbackRow
from cms.platform.store.paging import ResultPage, cursor_at, page_by_time, page_of
from cms.platform.store.rows import among, value_of
from cms.reports.repository.reports import bounds_of
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Filter of feedback; an empty field does not filter."""

    state: FeedbackState | None = None
    kind: FeedbackKind | None = None


def feedback_list(
    session: Session,
    areas: Collection[AreaId],
    chosen: FeedbackFilter = FeedbackFilter(),
    *,
    after: str = "",
    limit: int = 50,
) -> ResultPage[Feedback]:
    """List feedback of these very areas, the newest first."""
    query = select(FeedbackRow).where(among(FeedbackRow.area_id, areas))
    if chosen.state is not None:
        query = query.where(FeedbackRow.state == chosen.state)
    if chosen.kind is not None:
        query = query.where(FeedbackRow.kind == chosen.kind)
    found = session.scalars(page_by_time(query, FeedbackRow.said_at, FeedbackRow.id, after, limit))
    rows = [value_of(Feedback, row) for row in found]
    return page_of(rows, limit, lambda row: cursor_at(row.said_at, row.id))


def open_count(areas: Collection[AreaId]) -> Select[int]:
    """Build the count of the feedback in these very areas that waits for an answer."""
    row = FeedbackRow
    return select(func.count()).where(row.state == FeedbackState.OPEN, among(row.area_id, areas))


def heard_in(session: Session, areas: Collection[AreaId], span: Span) -> list[CitizenFeedback]:
    """List feedback sent before the span's end in these areas and not answered before it began."""
    since_at, until_at = bounds_of(span.first_on, span.last_on)
    row = FeedbackRow
    found = session.execute(
        select(row.area_id, row.kind, row.said_at, row.answered_at).where(
            among(row.area_id, areas),
            row.said_at < until_at,
            or_(row.answered_at.is_(None), row.answered_at >= since_at, row.said_at >= since_at),
        )
    )
    return [CitizenFeedback(*each) for each in found]
