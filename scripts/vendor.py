"""Copy of package.json's front-end packages to the git-ignored folder from which the console serves them."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def main() -> None:
    into = ROOT / "cms" / "platform" / "web" / "static" / "vendor"
    for source, name in FILES.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "node_modules" / source, into / name)


if __name__ == "__main__":
    main()
