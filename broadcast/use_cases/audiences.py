"""The devices an audience means at this moment, and the areas of one that is only a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from broadcast.audiences import Candidate, standing, touched
from broadcast.model.alerts import Audience
from broadcast.model.bulletins import Targets
from broadcast.ports import UnitOfWork
from broadcast.targeting import reached


def candidates(uow: UnitOfWork, audience: Audience) -> Sequence[Candidate]:
    """Every device in service in the reached areas, by id; without a shape all are inside."""
    areas = reached(audience.targets, uow.places.tree(), uow.devices.planning_areas())
    return standing(audience, uow.devices.in_areas(areas))


def with_areas(uow: UnitOfWork, audience: Audience) -> Audience:
    """A shape alone means every area it touches: those are filled in. Any other audience as it is."""
    if audience.targets.areas or not audience.has_shape:
        return audience
    areas = touched(uow.places.tree(), uow.devices.in_areas(uow.devices.planning_areas()), audience)
    return replace(audience, targets=Targets(areas, audience.targets.exclude))
