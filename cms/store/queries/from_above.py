"""What came from above and what became of it, for reports."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from broadcast.model.reports import Span
from broadcast.reports.figures import Taken
from devices.areas import AreaId


def taken_over(session: Session, areas: Collection[AreaId], span: Span) -> Taken | None:
    """Items offered to these areas within the span, and how many were taken over or declined.

    None: nothing is kept of it yet. Reports then say so, and show no figure.
    """
    del session, areas, span
    return None
