"""Audience proposal: the areas of ours that a message may mean. People look at it before anything is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from broadcast.alerts.cap.findings import Finding, FindingCode, Findings
from broadcast.alerts.cap.geometry import VoronoiCells
from broadcast.alerts.cap.message import CapArea, CapMessage
from broadcast.alerts.model import Audience, Disc, Ring
from broadcast.bulletins.model import Targets
from province.areas import Area, AreaId, AreaTree

SCHEMES: Final[Mapping[str, str]] = {"VN:maDVHC": "gso"}
"""Geocode's ``valueName`` → key of ``Area.codes``. maDVHC is the statistics office's code of the unit."""
REACH_KM: Final = 20.0
"""Reach of a commune whose borders are not known: the widest are about 40 km across."""


@dataclass(frozen=True, slots=True)
class AudienceProposal:
    """Proposed audience and findings; an empty ``audience`` means that no area of ours was recognised."""

    audience: Audience
    findings: tuple[Finding, ...]


class Proposer:
    """Proposer of audiences from one view of the areas. Building it costs one look at every area; asking is cheap."""

    def __init__(self, tree: AreaTree, on: date, schemes: Mapping[str, str] = SCHEMES) -> None:
        self._tree = tree
        self._on = on
        self._schemes = schemes
        self._placed = tuple(_lowest_placed(tree, on))
        points = [(area.point.lat, area.point.lon) for area in self._placed if area.point]
        self._cells = VoronoiCells(points, REACH_KM)
        self._by_code: dict[tuple[str, str], list[Area]] = {}
        for area in tree:
            for key, code in area.codes.items():
                self._by_code.setdefault((key, code), []).append(area)

    def propose(self, message: CapMessage) -> AudienceProposal:
        """Return the union of all areas of all parts (CAP 1.2, 3.2.4).

        Shapes alone: the areas they touch, and the shapes, so that a device that knows its place decides for itself.
        With a code beside them, an area named by it is meant as a whole, so the shapes are not handed on: they would
        cut it down.
        """
        found = Findings()
        parts = dict.fromkeys(area for info in message.infos for area in info.areas)
        coded = {area_id for part in parts for area_id in self._coded(part, found)}
        polygons = [each for part in parts for each in part.polygons]
        circles = [each for part in parts for each in part.circles]
        touched = {self._placed[at].id for at in self._cells.touched(polygons, circles)}
        targets = Targets(self._tree.roots_of(coded | touched))
        if not targets.areas:
            found.add(FindingCode.OUTSIDE_AREA, "/alert/info/area")
            return AudienceProposal(Audience(), tuple(found))
        if coded - touched and touched:
            found.add(FindingCode.SHAPE_AND_CODES, "/alert/info/area")
        if coded:
            return AudienceProposal(Audience(targets), tuple(found))
        rings = tuple(Ring(each.points) for each in polygons)
        discs = tuple(Disc(each.lat, each.lon, round(each.radius_km * 1000)) for each in circles)
        return AudienceProposal(Audience(targets, rings, discs), tuple(found))

    def _coded(self, part: CapArea, found: Findings) -> Iterator[AreaId]:
        """Yield areas in force by their code; a closed one means its successors."""
        for geocode in part.geocodes:
            key = self._schemes.get(geocode.name)
            known = self._by_code.get((key, geocode.value), []) if key else []
            if not known:
                found.add(FindingCode.UNKNOWN_GEOCODE, "/alert/info/area/geocode", f"{geocode.name} {geocode.value}")
            in_force = [area.id for area in known if area.is_in_force(self._on)]
            yield from in_force or {heir for area in known for heir in self._tree.heirs(area.id)}


def _lowest_placed(tree: AreaTree, on: date) -> Iterator[Area]:
    """Yield the areas in force with a point and nothing in force with a point below them, in a stable order."""
    placed = [area for area in tree if area.point is not None and area.is_in_force(on)]
    above = {higher for area in placed for higher in tree.chain(area.id)[1:]}
    yield from sorted((area for area in placed if area.id not in above), key=lambda area: area.id)
