"""Copy of package.json's front-end packages to the git-ignored folder from which the console serves them.

The coast behind the maps is cut from Natural Earth's land at 1:10 million (public domain): it is right to a kilometre
or two, fair for a province. Borders of countries, which are in dispute there, are not taken.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import shapely

ROOT = Path(__file__).resolve().parent.parent
_GEOMAN = "@geoman-io/leaflet-geoman-free/dist"
_CALENDAR = "@event-calendar/build/dist"
_FACE = "be-vietnam-pro"
FILES = {
    **{
        f"@fontsource/{_FACE}/files/{_FACE}-{part}-normal.woff2": f"{_FACE}-{part}-normal.woff2"
        for part in ("latin-400", "vietnamese-400", "latin-600", "vietnamese-600")
    },
    f"{_CALENDAR}/event-calendar.min.js": "event-calendar.min.js",
    f"{_CALENDAR}/event-calendar.min.css": "event-calendar.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/dist/images/layers.png": "images/layers.png",
    "leaflet/dist/images/layers-2x.png": "images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "images/marker-icon.png",
    f"{_GEOMAN}/leaflet-geoman.min.js": "leaflet-geoman.min.js",
    f"{_GEOMAN}/leaflet-geoman.css": "leaflet-geoman.css",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
}
LAND = "world-atlas/land-10m.json"
REGION = (100.0, 6.5, 117.5, 24.5)
"""West, south, east, north: what lies around any province of Vietnam."""
FINE_DEG = 0.002


def main() -> None:
    into = ROOT / "cms" / "platform" / "web" / "static" / "vendor"
    for source, name in FILES.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, into / name)
    land = json.loads((ROOT / "node_modules" / LAND).read_text(encoding="utf-8"))
    (into / "coast.json").write_text(json.dumps(list(coast(land)), separators=(",", ":")), encoding="utf-8")


def coast(topology: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """Yield the rings of the region's land, each as latitudes and longitudes, from a TopoJSON file."""
    arcs = [_decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            # The first ring is the shore, the others are inland waters.
            land = shapely.Polygon(_joined(polygon[0], arcs))
            cut = shapely.clip_by_rect(land, *REGION).simplify(FINE_DEG)
            for part in shapely.get_parts(cut):
                if isinstance(part, shapely.Polygon) and not part.is_empty:
                    yield [(round(lat, 3), round(lon, 3)) for lon, lat in part.exterior.coords]


def _decoded(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> list[tuple[float, float]]:
    (scale_x, scale_y), (left, low) = transform["scale"], transform["translate"]
    xs, ys = accumulate(step[0] for step in arc), accumulate(step[1] for step in arc)
    return [(x * scale_x + left, y * scale_y + low) for x, y in zip(xs, ys, strict=True)]


def _joined(ring: Sequence[int], arcs: Sequence[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Join arcs end to end; one whose number is inverted runs backwards."""
    points: list[tuple[float, float]] = []
    for number in ring:
        points += arcs[number] if number >= 0 else arcs[~number][::-1]
    return points


if __name__ == "__main__":
    main()
