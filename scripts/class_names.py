"""Class name house rule: production classes that share a name are listed; exit status 1 where any do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path


def main() -> int:
    """Report every class name that stands more than once outside the tests."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.py"]
    tracked = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in (Path(name) for name in tracked if not name.startswith("tests/")):
        if path.exists():
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
            for node in found:
                places[node.name].append(f"{path}:{node.lineno}")
    shared = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in sorted(shared.items()):
        sys.stdout.write(f"  {name}: {' '.join(where)}\n")
    return 1 if shared else 0


if __name__ == "__main__":
    sys.exit(main())
