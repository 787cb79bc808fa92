"""Write docs/protocol/: the JSON Schema of every body, and the AsyncAPI document of all topics.

Usage: ``make protocol``. A test fails where the files are not what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from devices.protocol import asyncapi, json_schema  # noqa: E402 - the repository is not on the path before


def main() -> None:
    """Write both documents."""
    for module in (json_schema, asyncapi):
        text = json.dumps(module.document(), ensure_ascii=False, indent=1) + "\n"
        (ROOT / "docs" / "protocol" / module.FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
