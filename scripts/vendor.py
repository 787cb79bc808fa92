"""Copies the front-end packages of package.json to the git-ignored folder the console serves them from."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {"htmx.org/dist/htmx.min.js": "htmx.min.js"}


def main() -> None:
    into = ROOT / "cms" / "web" / "static" / "vendor"
    into.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, into / name)


if __name__ == "__main__":
    main()
