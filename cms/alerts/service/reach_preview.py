"""Preview of an alert's reach: the devices of an audience, counted by area, before the alert is handed over."""

from dataclasses import dataclass

from broadcast.alerts.audiences import AreaHearers
from broadcast.alerts.model import Audience
from cms.alerts.service.audiences import hearers, with_areas
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from media.ports import Voices
from province.call import Call
from province.people import Action


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
