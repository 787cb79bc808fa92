"""Devices of an audience at this moment, and the areas of a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from broadcast.alerts.audiences import AreaHearers, AudienceDevice, counted, standing, touched
from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from broadcast.ports.unit_of_work import UnitOfWork


def candidates(uow: UnitOfWork, audience: Audience) -> Sequence[AudienceDevice]:
    """Return every device in service in the reached areas, by id; without a shape all are inside."""
    areas = reached(audience.targets, uow.places.tree(), uow.devices.planning_areas())
    return standing(audience, uow.devices.in_areas(areas))


def hearers(uow: UnitOfWork, audience: Audience) -> tuple[AreaHearers, ...]:
    """Count the same devices area by area."""
    tree = uow.places.tree()
    areas = reached(audience.targets, tree, uow.devices.planning_areas())
    return counted(tree, audience, uow.devices.posts(areas, with_points=audience.has_shape))


def with_areas(uow: UnitOfWork, audience: Audience) -> Audience:
    """Fill in the areas that a shape touches where the audience names none. Any other audience is returned as it is."""
    if audience.targets.areas or not audience.has_shape:
        return audience
    posts = uow.devices.posts(uow.devices.planning_areas(), with_points=True)
    areas = touched(uow.places.tree(), posts, audience)
    return replace(audience, targets=Targets(areas, audience.targets.exclude))
