"""Who will hear: every device an audience means, by area and one by one, before anybody hands it over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from broadcast.audiences import Candidate, Standing
from broadcast.model.alerts import Audience
from broadcast.model.people import Action, Actor
from broadcast.ports import Authority, UnitOfWork, Voices
from broadcast.use_cases.audiences import candidates, with_areas
from devices.areas import AreaId


@dataclass(frozen=True, slots=True)
class AreaHearers:
    """Counts of devices in one area that the audience reaches."""

    area_id: AreaId
    area_name: str
    inside: int
    outside: int
    unknown: int

    @property
    def meant(self) -> int:
        return self.inside + self.unknown


@dataclass(frozen=True, slots=True)
class Hearers:
    """``audience`` is the one asked for, with areas filled in from its shape; ``devices`` are by id, meant or not.

    ``unspoken`` are the languages asked for that no voice speaks: they have to be recorded.
    """

    audience: Audience
    areas: tuple[AreaHearers, ...]
    devices: tuple[Candidate, ...]
    unspoken: tuple[str, ...]

    @property
    def meant(self) -> int:
        return sum(area.meant for area in self.areas)


def audience(
    uow: UnitOfWork,
    wanted: Audience,
    *,
    actor: Actor,
    authority: Authority,
    voices: Voices,
    languages: tuple[str, ...] = (),
) -> Hearers:
    """Changes nothing. The shape has to be well-formed (``broadcast.shapes.shape_problems``).

    Raises:
        NotAllowedError: the actor may not read alerts in every area.
    """
    with uow:
        tree = uow.places.tree()
        placed = with_areas(uow, wanted)
        known = [area_id for area_id in placed.targets.areas if area_id in tree]
        authority.require(actor, Action.ALERT_READ, known, tree)
        found = candidates(uow, placed)
    counts = Counter((each.device.area_id, each.standing) for each in found)
    areas = sorted(
        (
            AreaHearers(
                area_id,
                tree.get(area_id).name,
                counts[area_id, Standing.INSIDE],
                counts[area_id, Standing.OUTSIDE],
                counts[area_id, Standing.UNKNOWN],
            )
            for area_id in {each.device.area_id for each in found}
        ),
        key=lambda area: (area.area_name, area.area_id),
    )
    unspoken = tuple(language for language in languages if not voices.speaks(language))
    return Hearers(placed, tuple(areas), tuple(found), unspoken)
