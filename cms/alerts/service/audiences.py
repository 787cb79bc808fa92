"""Audiences of alerts: the devices that one may mean, and a preview of its reach before the alert is handed over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from broadcast.alerts.audiences import AreaHearers, AudienceDevice, counted, standing, touched
from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.model import Device
from media.ports import Voices
from province.areas import AreaId
from province.call import Call
from province.people import Action


def candidates(uow: UnitOfWork, audience: Audience) -> Sequence[AudienceDevice]:
    """Return every device in service in the reached areas, by id; without a shape all are inside."""
    areas = reached(audience.targets, uow[Places].tree(), uow[Devices].planning_areas())
    return standing(audience, uow[Devices].in_areas(areas))


@dataclass(frozen=True, slots=True)
class Addressees:
    """Devices that an order addresses. ``chosen``: where a shape leaves some out; None: all of these areas."""

    areas: Collection[AreaId]
    chosen: Sequence[Device] | None = None


def addressees(uow: UnitOfWork, audience: Audience) -> Addressees:
    """Return every device meant, as far as positions are known."""
    if not audience.has_shape:
        return Addressees(areas_meant(uow, audience))
    chosen = [each.device for each in candidates(uow, audience) if each.is_meant]
    return Addressees({device.area_id for device in chosen}, chosen)


def areas_meant(uow: UnitOfWork, audience: Audience) -> Collection[AreaId]:
    """Return the areas of the devices that the audience means, without a look at each device."""
    if audience.has_shape:
        return {each.area_id for each in hearers(uow, audience) if each.meant}
    return reached(audience.targets, uow[Places].tree(), uow[Devices].planning_areas())


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


@dataclass(frozen=True, slots=True)
class Hearers:
    """Reach of an audience. ``audience`` has the areas of its shape filled in; ``areas`` are by name.

    ``unspoken`` are the languages asked for that no voice speaks: they have to be recorded.
    """

    audience: Audience
    areas: tuple[AreaHearers, ...]
    unspoken: tuple[str, ...]

    @property
    def meant(self) -> int:
        return sum(area.meant for area in self.areas)


def audience(
    uow: UnitOfWork, wanted: Audience, *, call: Call, voices: Voices, languages: tuple[str, ...] = ()
) -> Hearers:
    """Count the devices of an audience. Changes nothing. Its shape passes ``broadcast.alerts.shapes.shape_problems``.

    Raises:
        NotAllowedError: the actor may not read alerts in every area.
    """
    with uow:
        tree = uow[Places].tree()
        placed = with_areas(uow, wanted)
        known = [area_id for area_id in placed.targets.areas if area_id in tree]
        call.require(Action.ALERT_READ, known, tree)
        areas = hearers(uow, placed)
    unspoken = tuple(language for language in languages if not voices.speaks(language))
    return Hearers(placed, areas, unspoken)
