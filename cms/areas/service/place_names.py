"""Places as people write them in a spreadsheet: by id, official code or name."""

from collections.abc import Collection

from cms.platform.clean_text import folded
from province.areas import AreaId, AreaTree
from province.errors import Problem


class PlaceNames:
    """Index of the areas ``mine`` by every word that names one."""

    def __init__(self, tree: AreaTree, mine: Collection[AreaId]) -> None:
        self._found: dict[str, list[AreaId]] = {}
        for area in tree:
            if area.id in mine:
                for word in {folded(word) for word in (area.id, area.name, *area.codes.values())}:
                    self._found.setdefault(word, []).append(area.id)

    def find(self, typed: str, default: AreaId | None = None) -> tuple[AreaId, list[Problem]]:
        """Return the area, and what is wrong with its name; nothing typed: ``default``."""
        named = self._found.get(folded(typed), []) if typed else [default] if default else []
        if not typed and not named:
            return AreaId(""), [Problem("area", "MISSING")]
        if not named:
            return AreaId(""), [Problem("area", "AREA_NOT_FOUND", {"area": typed})]
        if len(named) > 1:
            return AreaId(""), [Problem("area", "AREA_AMBIGUOUS", {"area": typed, "ids": ", ".join(named[:5])})]
        return named[0], []
