"""Who would hear an alert: counted by commune, and as dots on a map. The rule itself is ``previewing_alert``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broadcast import targeting
from broadcast.audiences import Standing
from broadcast.model.alerts import Alert, Audience
from broadcast.use_cases import previewing_alert
from broadcast.use_cases.previewing_alert import Hearers
from cms.store.queries.fleet import area_lines, statuses
from cms.web import alert_seeing, alert_shapes, alert_words, figures, sentences, visit, wording
from cms.web.languages import _
from devices.areas import AreaId, AreaTree

NOWHERE = "none"


@dataclass(frozen=True)
class AreaLine:
    """One commune: devices that would sound, how many of them are offline, and those outside what was drawn."""

    id: AreaId
    name: str
    heard: int
    outside: int
    offline: int


@dataclass(frozen=True)
class Heard:
    """``areas`` by name, those without any device among them; ``heard`` holds the ``unknown`` ones too.

    ``audience`` is the one asked for, with its areas filled in where it was only a shape.
    """

    audience: Audience
    areas: tuple[AreaLine, ...]
    heard: int
    outside: int
    unknown: int
    offline: int


def hearers(audience: Audience) -> Hearers:
    """As the rules see it. Raises NotAllowedError."""
    context = visit.context()
    return previewing_alert.audience(
        context.uow(), audience, actor=visit.actor(), authority=context.authority, voices=context.voices
    )


def heard(audience: Audience) -> Heard:
    found, tree = hearers(audience), sentences.tree()
    counted = {area.area_id: area for area in found.areas}
    offline = _offline(found)
    on = figures.local(visit.context().now()).date()
    meant = {*counted, *targeting.leaf_areas(found.audience.targets, tree, on)}
    lines = [_line(area_id, counted.get(area_id), offline.get(area_id, 0)) for area_id in meant]
    return Heard(
        found.audience,
        tuple(sorted(lines, key=lambda line: (line.name, line.id))),
        found.meant,
        sum(area.outside for area in found.areas),
        sum(area.unknown for area in found.areas),
        sum(line.offline for line in lines if line.heard),
    )


def _offline(found: Hearers) -> Mapping[AreaId, int]:
    """How many of those meant are not connected, area by area."""
    with alert_seeing.session() as session:
        if not found.audience.has_shape:
            return {line.id: line.devices - line.online for line in area_lines(session)}
        meant = [each.device for each in found.devices if each.is_meant]
        known = statuses(session, [device.id for device in meant])
    return Counter(device.area_id for device in meant if device.id not in known or not known[device.id].online)


def draft_map(alert: Alert, *, with_devices: bool) -> dict[str, object]:
    """The map before it goes out: who is inside, outside, or of unknown place."""
    found = hearers(alert.audience)
    states = {area.area_id: Standing.INSIDE if area.meant else Standing.OUTSIDE for area in found.areas}
    devices = [
        (each.device.point.lat, each.device.point.lon, each.standing.value, each.device.name)
        for each in found.devices
        if with_devices and each.device.point is not None
    ]
    return drawn(states, devices, alert.audience)


def drawn(
    states: Mapping[AreaId, str], devices: Iterable[tuple[float, float, str, str]], audience: Audience
) -> dict[str, object]:
    """What ``alert_map.js`` draws: communes with a point, devices as ``[lat, lon, state, name]``, and the shapes."""
    tree = sentences.tree()
    with alert_seeing.session() as session:
        counts = Counter({line.id: line.devices for line in area_lines(session)})
    words = {**alert_words.WHERE, **alert_words.REACH}
    return {
        "areas": _areas(tree, counts, states),
        "devices": [list(device) for device in devices],
        "shapes": alert_shapes.written(audience),
        "words": {key: str(word) for key, word in words.items()},
    }


def _areas(tree: AreaTree, counts: Mapping[AreaId, int], states: Mapping[AreaId, str]) -> list[dict[str, object]]:
    return [
        {
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
    words = alert_words.WHERE if state in alert_words.WHERE else alert_words.REACH
    return _("%(name)s: %(n)s loa, %(state)s", name=name, n=devices, state=wording.word(words, state))


def _line(area_id: AreaId, counted: previewing_alert.AreaHearers | None, offline: int) -> AreaLine:
    name = sentences.area_name(area_id)
    if counted is None:
        return AreaLine(area_id, name, 0, 0, offline)
    return AreaLine(area_id, name, counted.meant, counted.outside, offline)
