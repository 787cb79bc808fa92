"""Report figures of an area and a span, put together from daily counts.

Every figure but those of alerts can be added up: an area has the sum of the places below. Minutes and shares are
rounded here and nowhere else, so that screen, files and API say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import add, attrgetter
from typing import NamedTuple, TypeVar

from broadcast.alerts.model import AlertKind
from broadcast.reports.counting import Airtime, Cell
from broadcast.reports.feedback import FeedbackFigures, FeedbackLine, place_below
from broadcast.reports.model import Span
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree

K = TypeVar("K")
_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


class FleetCount(NamedTuple):
    """Devices of one kind in one very area. ``devices`` are those of the span's last counted day."""

    area_id: AreaId
    kind: DeviceKind
    devices: int
    service_ms: int
    online_ms: int


class AlertCount(NamedTuple):
    """One sending in one very area: devices meant, those that answered, sounded, and sounded it to the end.

    ``rounds`` are soundings to the end of all its rounds, each once a device, by the as-run log.
    """

    order_id: str
    kind: AlertKind
    area_id: AreaId
    meant: int
    answered: int
    sounded: int
    finished: int = 0
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """Bulletins from above within the span: offered to the area, taken over, declined."""

    offered: int
    taken: int
    declined: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a place, a topic, a source or a class. Only places have fleet figures."""

    airings: int = 0
    airtime_ms: int = 0
    device_ms: int = 0
    done: int = 0
    cut: int = 0
    missed: int = 0
    stations: int = 0
    clusters: int = 0
    boards: int = 0
    service_ms: int = 0
    online_ms: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(add, _numbers(self), _numbers(other)))

    @property
    def airtime_min(self) -> float:
        return round(self.airtime_ms / _MINUTE_MS, 1)

    @property
    def device_hours(self) -> float:
        return round(self.device_ms / _HOUR_MS, 1)

    @property
    def played_pct(self) -> float | None:
        """Share of the reported airings that were played to their end; None: none was reported."""
        reported = self.done + self.cut + self.missed
        return round(100 * self.done / reported, 1) if reported else None

    @property
    def online_pct(self) -> float | None:
        """Share of their time in service in which devices could speak; None: nothing is known of that time."""
        return round(100 * self.online_ms / self.service_ms, 1) if self.service_ms else None


# Asked for once: a province's report adds up a thousand of them.
_numbers = attrgetter(*(each.name for each in fields(Figures)))


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """Figures of all alerts, or of all drills: how many went out, and on how many devices."""

    sent: int = 0
    meant: int = 0
    answered: int = 0
    sounded: int = 0
    finished: int = 0
    rounds: int = 0

    @property
    def answered_pct(self) -> float | None:
        return round(100 * self.answered / self.meant, 1) if self.meant else None

    @property
    def finished_pct(self) -> float | None:
        return round(100 * self.finished / self.meant, 1) if self.meant else None


@dataclass(frozen=True, slots=True)
class FigureLine:
    """``key`` is an area, a topic, a kind of item, a source or a class; ``name`` is an area's as it was called then."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class AirtimeBar:
    """Airtime of a day, or of the part of a month within the span."""

    span: Span
    airtime_ms: int

    @property
    def airtime_min(self) -> float:
        return round(self.airtime_ms / _MINUTE_MS, 1)


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of a span under an area."""

    airtime: Sequence[tuple[Cell, Airtime]] = ()
    fleet: Sequence[FleetCount] = ()
    alerts: Sequence[AlertCount] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """``counted_at``: until when the figures were counted; None: nothing has been yet.

    ``codes``: statistical codes of the areas that have one.
    """

    area_id: AreaId
    area_name: str
    span: Span
    before_span: Span
    counted_at: datetime | None
    whole: Figures
    before: Figures
    areas: tuple[FigureLine, ...]
    topics: tuple[FigureLine, ...]
    sources: tuple[FigureLine, ...]
    classes: tuple[FigureLine, ...]
    alerts: AlertFigures
    alerts_before: AlertFigures
    drills: AlertFigures
    drills_before: AlertFigures
    above: OfferFigures
    above_before: OfferFigures
    feedback: FeedbackFigures
    feedback_before: FeedbackFigures
    feedback_kinds: tuple[FeedbackLine, ...]
    feedback_areas: tuple[FeedbackLine, ...]
    topics_before: tuple[FigureLine, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    bars: tuple[AirtimeBar, ...] = field(default=())
    genres: tuple[FigureLine, ...] = ()


def whole(counted: Counted) -> Figures:
    """Add everything up."""
    return sum(_by_area(counted).values(), Figures())


def lines_of_places(
    counted: Counted, area_id: AreaId, tree: AreaTree, names: Mapping[AreaId, str]
) -> tuple[FigureLine, ...]:
    """Return a line for each place right below the area, with all below it, and one for the area itself.

    Places without a single figure are left out.
    """
    found: dict[AreaId, Figures] = defaultdict(Figures)
    for each, figures in _by_area(counted).items():
        found[place_below(each, area_id, tree)] += figures
    lines = [
        FigureLine(each, names.get(each, each), figures) for each, figures in found.items() if figures != Figures()
    ]
    return tuple(sorted(lines, key=lambda line: (line.key == area_id, line.name, line.key)))


def lines_by(counted: Counted, key: Callable[[Cell], str]) -> tuple[FigureLine, ...]:
    """Return a line for each topic, kind of item, source or class, the most aired first."""
    lines = [FigureLine(each, each, figures) for each, figures in _aired(counted, key).items()]
    return tuple(sorted(lines, key=lambda line: (-line.figures.airtime_ms, line.key)))


def alerts(counts: Iterable[AlertCount], kind: AlertKind) -> AlertFigures:
    """Add up alerts of one kind: an alert to many places counts once, its devices where they stood."""
    mine = [each for each in counts if each.kind is kind]
    return AlertFigures(
        len({each.order_id for each in mine}),
        sum(each.meant for each in mine),
        sum(each.answered for each in mine),
        sum(each.sounded for each in mine),
        sum(each.finished for each in mine),
        sum(each.rounds for each in mine),
    )


def _aired(counted: Counted, key: Callable[[Cell], K]) -> dict[K, Figures]:
    # Numbers in lists: a province's quarter has thousands of cells, and a value object for each took most of the time.
    found: dict[K, list[int]] = {}
    for cell, aired in counted.airtime:
        into = found.setdefault(key(cell), [0] * len(aired))
        for place, number in enumerate(aired):
            into[place] += number
    return {each: Figures(*numbers) for each, numbers in found.items()}


def _by_area(counted: Counted) -> dict[AreaId, Figures]:
    found = defaultdict(Figures, _aired(counted, lambda cell: cell.area_id))
    for each in counted.fleet:
        found[each.area_id] += Figures(
            stations=each.devices if each.kind is DeviceKind.STATION else 0,
            clusters=each.devices if each.kind in {DeviceKind.CLUSTER, DeviceKind.BRIDGE} else 0,
            boards=each.devices if each.kind is DeviceKind.BOARD else 0,
            service_ms=each.service_ms,
            online_ms=each.online_ms,
        )
    return found
