"""Write docs/protocol/: the JSON Schema of every body, and the AsyncAPI document of all topics.

Usage: ``make protocol``. A test fails where the files are not what this writes.
"""

import json
from pathlib import Path

from scripts.protocol import asyncapi, json_schema

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Write both documents."""
    for module in (json_schema, asyncapi):
        text = json.dumps(module.document(), ensure_ascii=False, indent=1) + "\n"
        (ROOT / "docs" / "protocol" / module.FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
