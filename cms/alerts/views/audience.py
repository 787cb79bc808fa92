"""Audience of an alert: counted by commune, and as dots on a map. The rule itself is ``previewing_alert``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broadcast.alerts.audiences import AreaHearers, ShapePosition, standing_at
from broadcast.alerts.model import Alert, Audience
from broadcast.alerts.shapes import inside
from broadcast.bulletins import targeting
from cms.alerts import forms as alert_shapes
from cms.alerts import labels
from cms.alerts.service import audiences
from cms.alerts.service.audiences import Hearers
from cms.fleet.queries.overview import device_counts, mute_in, posts_in, quarantined_count
from cms.platform.web import messages, request_context, wording
from cms.platform.web.languages import _
from cms.platform.web.request_context import call
from province.areas import AreaId, AreaTree, Point

NOWHERE = "none"


@dataclass(frozen=True)
class AlertAudience:
    """Audience: ``areas`` by name, also those without any device; ``heard`` includes the ``unknown`` ones.

    ``shut_off``: devices of these communes that are in quarantine and stay silent; ``mute``: those silenced by a fault.
    ``audience`` is the requested one, with its areas filled in if it was only a shape.
    """

    audience: Audience
    areas: tuple[AreaHearers, ...]
    heard: int
    outside: int
    unknown: int
    offline: int
    shut_off: int = 0
    mute: int = 0

    @property
    def empty(self) -> tuple[AreaHearers, ...]:
        """Communes without a loudspeaker in the audience."""
        return tuple(area for area in self.areas if not area.meant)


@dataclass(frozen=True)
class MapBounds:
    """The visible part of the map, in degrees."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def of(cls, text: str) -> MapBounds | None:
        """Parse ``south,west,north,east`` as the map writes it; None for anything else."""
        try:
            south, west, north, east = map(float, text.split(","))
        except ValueError:
            return None
        return cls(south, west, north, east)

    def holds(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


def hearers(audience: Audience) -> Hearers:
    """Count the audience by the rules. Raises NotAllowedError."""
    context = request_context.context()
    return audiences.audience(context.uow.reading(), audience, call=call(), voices=context.voices)


def heard(audience: Audience) -> AlertAudience:
    found, tree = hearers(audience), messages.tree()
    counted = {area.area_id: area for area in found.areas}
    on = request_context.today()
    meant = {*counted, *targeting.leaf_areas(found.audience.targets, tree, on)}
    with request_context.session() as session:
        there = [area.area_id for area in found.areas if area.meant]
        shut_off, mute = session.scalars(quarantined_count(there)).one(), mute_in(session, there)
    lines = [counted.get(area_id) or AreaHearers(area_id, messages.area_name(area_id)) for area_id in meant]
    return AlertAudience(
        found.audience,
        tuple(sorted(lines, key=lambda line: (line.area_name, line.area_id))),
        found.meant,
        sum(area.outside for area in found.areas),
        sum(area.unknown for area in found.areas),
        sum(area.offline for area in found.areas),
        shut_off,
        mute,
    )


def draft_map(alert: Alert, box: MapBounds | None) -> dict[str, object]:
    """Return the map of a draft: inside, outside or unknown place; devices one by one only within the box."""
    found = hearers(alert.audience)
    states = {area.area_id: ShapePosition.INSIDE if area.meant else ShapePosition.OUTSIDE for area in found.areas}
    if box is None:
        return drawn(states, (), alert.audience)
    with request_context.session() as session:
        posts = posts_in(session, [area.area_id for area in found.areas], box.holds)
    is_inside = inside(alert.audience) if alert.audience.has_shape else None
    devices = [
        (post.point, ShapePosition.INSIDE if is_inside is None else standing_at(is_inside, post.point), post.name)
        for post in posts
    ]
    return drawn(states, devices, alert.audience)


def drawn(
    states: Mapping[AreaId, str], devices: Iterable[tuple[Point, str, str]], audience: Audience
) -> dict[str, object]:
    """Return data for ``alert_map.js``: communes with a point, devices as ``[lat, lon, state, name]``, shapes."""
    tree = messages.tree()
    with request_context.session() as session:
        counts = device_counts(session)
    words = {**labels.WHERE, **labels.REACH}
    return {
        "areas": _areas(tree, counts, states),
        "devices": [[point.lat, point.lon, state, name] for point, state, name in devices],
        "shapes": alert_shapes.written_shape(audience),
        "words": {key: str(word) for key, word in words.items()},
    }


def _areas(tree: AreaTree, counts: Mapping[AreaId, int], states: Mapping[AreaId, str]) -> list[dict[str, object]]:
    return [
        {
            "id": area.id,
            "name": area.name,
            "lat": area.point.lat,
            "lon": area.point.lon,
            "devices": counts.get(area.id, 0),
            "state": states.get(area.id, NOWHERE),
            "title": _title(area.name, counts.get(area.id, 0), states.get(area.id, NOWHERE)),
        }
        for area in tree
        if area.point is not None and area.valid_to is None and not tree.children(area.id)
    ]


def _title(name: str, devices: int, state: str) -> str:
    words = labels.WHERE if state in labels.WHERE else labels.REACH
    return _("%(name)s: %(n)s loudspeakers, %(state)s", name=name, n=devices, state=wording.word(words, state))
