"""Devices of an audience at this moment, and the areas of a shape."""

from collections.abc import Sequence
from dataclasses import replace

from broadcast.alerts.audiences import AreaHearers, AudienceDevice, counted, standing, touched
from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork


def candidates(uow: UnitOfWork, audience: Audience) -> Sequence[AudienceDevice]:
    """Return every device in service in the reached areas, by id; without a shape all are inside."""
    areas = reached(audience.targets, uow[Places].tree(), uow[Devices].planning_areas())
    return standing(audience, uow[Devices].in_areas(areas))


def hearers(uow: UnitOfWork, audience: Audience) -> tuple[AreaHearers, ...]:
    """Count the same devices area by area."""
    tree = uow[Places].tree()
    areas = reached(audience.targets, tree, uow[Devices].planning_areas())
    return counted(tree, audience, uow[Devices].posts(areas, with_points=audience.has_shape))


def with_areas(uow: UnitOfWork, audience: Audience) -> Audience:
    """Fill in the areas that a shape touches where the audience names none. Any other audience is returned as it is."""
    if audience.targets.areas or not audience.has_shape:
        return audience
    posts = uow[Devices].posts(uow[Devices].planning_areas(), with_points=True)
    areas = touched(uow[Places].tree(), posts, audience)
    return replace(audience, targets=Targets(areas, audience.targets.exclude))
