"""Feedback figures of a report: received, answered, waiting, and the time to an answer.

Received counts on the date it was said, an answer on the date it was given first: a past month's figures stay as they
are, whatever is answered later.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple, TypeVar

from broadcast.feedback.model import FeedbackKind
from province.areas import AreaId, AreaTree

K = TypeVar("K", bound=str)
_DAY = timedelta(days=1)


class CitizenFeedback(NamedTuple):
    """Feedback of one citizen, as reports count it."""

    area_id: AreaId
    kind: FeedbackKind
    said_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeedbackFigures:
    """Figures of a span. ``waiting``: at its end. ``median_days``: until the answer; None: none was answered."""

    received: int = 0
    answered: int = 0
    waiting: int = 0
    median_days: float | None = None


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """``key`` is a kind or an area; ``name`` is an area's as it was called then."""

    key: str
    name: str
    figures: FeedbackFigures


def counted(heard: Iterable[CitizenFeedback], since_at: datetime, until_at: datetime) -> FeedbackFigures:
    """Count the feedback of [since, until)."""
    received, waiting, took = 0, 0, []
    for each in heard:
        received += since_at <= each.said_at < until_at
        waiting += each.said_at < until_at and (each.answered_at is None or each.answered_at >= until_at)
        if each.answered_at is not None and since_at <= each.answered_at < until_at:
            took.append((each.answered_at - each.said_at) / _DAY)
    return FeedbackFigures(received, len(took), waiting, round(median(took), 1) if took else None)


def lines_of_kinds(
    heard: Iterable[CitizenFeedback], since_at: datetime, until_at: datetime
) -> tuple[FeedbackLine, ...]:
    """Return a line for each kind that was met, in the order of kinds."""
    found = _parted(heard, lambda each: each.kind, since_at, until_at)
    return tuple(FeedbackLine(kind, kind, found[kind]) for kind in FeedbackKind if kind in found)


def lines_of_places(
    heard: Iterable[CitizenFeedback],
    since_at: datetime,
    until_at: datetime,
    *,
    area_id: AreaId,
    tree: AreaTree,
    names: Mapping[AreaId, str],
) -> tuple[FeedbackLine, ...]:
    """Return a line for each place right below the area, with all below it; last, the area's own feedback."""
    found = _parted(heard, lambda each: place_below(each.area_id, area_id, tree), since_at, until_at)
    lines = [FeedbackLine(each, names.get(each, each), figures) for each, figures in found.items()]
    return tuple(sorted(lines, key=lambda line: (line.key == area_id, line.name, line.key)))


def place_below(each: AreaId, area_id: AreaId, tree: AreaTree) -> AreaId:
    """Return the place right below ``area_id`` in which an area lies; ``area_id`` itself for itself."""
    chain = tree.chain(each)
    place = chain.index(area_id)
    return chain[place - 1] if place else area_id


def _parted(
    heard: Iterable[CitizenFeedback], key: Callable[[CitizenFeedback], K], since_at: datetime, until_at: datetime
) -> dict[K, FeedbackFigures]:
    parts: defaultdict[K, list[CitizenFeedback]] = defaultdict(list)
    for each in heard:
        parts[key(each)].append(each)
    found = {each: counted(mine, since_at, until_at) for each, mine in parts.items()}
    return {each: figures for each, figures in found.items() if figures != FeedbackFigures()}
