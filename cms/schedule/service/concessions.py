"""Clashes of a changed bulletin where it is to be heard, and the offers that resolve them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from broadcast.bulletins.cues import Cutting, NoCut
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import Occurrence, Transmission
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.concessions import SEARCH, EditRequest, Span, WayOut, offers
from broadcast.scheduling.conflicts import CLASH_DAYS, Clash, blocking, find_clashes, taken_spans
from broadcast.scheduling.rescheduling import MoveEdit
from cms.areas.repository import Places
from cms.bulletins.service.freeze import others_there
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree

WINDOW: Final = timedelta(days=CLASH_DAYS)


@dataclass(frozen=True, slots=True)
class ClashContext:
    """Areas where it would be heard, with the transmissions and rules in force there."""

    areas: tuple[AreaId, ...]
    others: Sequence[Transmission]
    tree: AreaTree
    rules: Mapping[AreaId, AreaRules]
    now: datetime

    @classmethod
    def of(cls, uow: UnitOfWork, wanted: Transmission, now: datetime) -> Self:
        tree = uow[Places].tree()
        areas = reached(wanted.targets, tree, uow[Devices].planning_areas())
        rules = {area_id: uow[Places].rules(area_id) for area_id in areas}
        return cls(areas, others_there(uow, wanted, areas, now), tree, rules, now)

    def clashes(self, wanted: Transmission, moving: Sequence[Occurrence]) -> tuple[Clash, ...]:
        """Return the clashes of the next month, and of the month that a move leads to."""
        found = self._since(wanted, self.now)
        if moving and moving[0].start_at > self.now + WINDOW:
            found += tuple(clash for clash in self._since(wanted, moving[0].start_at) if clash not in found)
        return found

    def taken(
        self, wanted: Transmission, areas: Sequence[AreaId], since_at: datetime, until_at: datetime
    ) -> Iterable[Span]:
        return taken_spans(
            wanted,
            areas=areas,
            others=self.others,
            tree=self.tree,
            rules=self.rules,
            since_at=since_at,
            until_at=until_at,
        )

    def _since(self, wanted: Transmission, since_at: datetime) -> tuple[Clash, ...]:
        return find_clashes(
            wanted, areas=self.areas, others=self.others, tree=self.tree, rules=self.rules, since_at=since_at
        )


def ways_out(
    there: ClashContext,
    wanted: Transmission,
    *,
    heard: Sequence[Occurrence],
    moving: Sequence[Occurrence],
    edit: MoveEdit,
    cutting: Cutting | NoCut,
) -> tuple[tuple[Clash, ...], tuple[WayOut, ...]]:
    """Return the clashes of what would be ``heard``, and the offers that resolve those in the way."""
    clashes = there.clashes(wanted, moving)
    in_the_way = blocking(clashes)
    if not in_the_way:
        return clashes, ()
    starts = [each.start_at for each in moving]
    length = timedelta(milliseconds=wanted.duration_ms)
    standing = [(each.start_at, each.start_at + length) for each in heard if each not in moving]

    def busy(areas: Sequence[AreaId]) -> list[Span]:
        taken = there.taken(wanted, areas, starts[0], starts[-1] + length + SEARCH) if starts else ()
        return [*standing, *taken]

    originals = {(each.schedule_id, each.start_at): each.original_on for each in heard}
    asked = EditRequest(edit, wanted.priority, wanted.duration_ms, starts, originals, there.areas, cutting)
    return clashes, offers(asked, in_the_way, busy)
