"""Import of boxes from a spreadsheet: one per line, with the problems of each line.

A serial number that Excel has spoilt for good (2,4E+14) is reported, not guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cms.areas.service.place_names import PlaceNames
from cms.fleet.service.registration import AT_ONCE_MAX, BoxDraft
from cms.platform.clean_text import folded
from cms.platform.spreadsheet import read_table
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree
from province.errors import Problem

_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("serial", "so se-ri", "so seri", "se-ri", "seri", "so serial", "so may"), "serial"),
    **dict.fromkeys(("kind", "loai", "loai thiet bi"), "kind"),
    **dict.fromkeys(("area", "dia ban", "xa", "ma dia ban", "noi dat"), "area"),
    **dict.fromkeys(("name", "ten", "ten thiet bi"), "name"),
    **dict.fromkeys(("code", "ma nhan", "ma xac nhan", "claim_code", "claim code"), "code"),
}
_KINDS: Final[Mapping[str, str]] = {
    **{kind.value: kind.value for kind in DeviceKind},
    **dict.fromkeys(("", "cum loa", "loa"), DeviceKind.CLUSTER.value),
    **dict.fromkeys(("bang tin", "bang tin dien tu"), DeviceKind.BOARD.value),
    "dai": DeviceKind.STATION.value,
    "bo noi": DeviceKind.BRIDGE.value,
}
_SPOILT: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+[0-9]+")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """Parsed line. ``number`` counts as the spreadsheet does, the heading being 1."""

    number: int
    draft: BoxDraft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Parsed file: its lines, and the headings of ignored columns."""

    lines: Sequence[SheetLine]
    ignored: Sequence[str] = ()


def read(data: bytes, tree: AreaTree, mine: frozenset[AreaId], default_area: AreaId | None = None) -> Sheet:
    """Read the boxes of a file. Areas are found by id, official code or name among ``mine``; empty: ``default_area``.

    Raises:
        InvalidError: it is no such file, has no column of serials, no line, or too many.
    """
    table = read_table(data, _COLUMNS, AT_ONCE_MAX, needed="serial", without_needed="SHEET_WITHOUT_SERIALS")
    places = PlaceNames(tree, mine)
    return Sheet([_line(number, cells, places, default_area) for number, cells in table.rows], table.ignored)


def _line(number: int, cells: Mapping[str, str], places: PlaceNames, default_area: AreaId | None) -> SheetLine:
    area_id, problems = places.find(cells.get("area", ""), default_area)
    if _SPOILT.fullmatch(cells.get("serial", "")):
        problems.append(Problem("serial", "SERIAL_SPOILT", {"serial": cells["serial"]}))
    kind = cells.get("kind", "")
    draft = BoxDraft(
        serial=cells.get("serial", ""),
        kind=_KINDS.get(folded(kind), kind),
        area_id=area_id,
        name=cells.get("name", ""),
        code=cells.get("code", ""),
    )
    return SheetLine(number, draft, tuple(problems))


def problems_by_line(
    lines: Iterable[SheetLine], found: Iterable[Sequence[Problem]]
) -> list[tuple[SheetLine, list[Problem]]]:
    """Merge the problems of each line, of parsing and of the register; a field's parsing problems come first."""
    told = []
    for line, more in zip(lines, found, strict=True):
        read_already = {problem.field for problem in line.problems}
        told.append((line, [*line.problems, *(each for each in more if each.field not in read_already)]))
    return told
