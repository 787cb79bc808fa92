"""Docstring house rule: the first line names the thing or the action, not a relative clause about it.

Usage: ``scripts/docstrings.py [--list] [PATH…]``. Exit status 1 where a module docstring breaks the rule, or more than
two percent of the functions' and classes' docstrings do. ``--list`` prints each break as ``file:line: first line``.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

RELATIVE: Final = frozenset(
    {
        *("what", "whatever", "who", "whoever", "whom", "whose", "how", "however", "where", "wherever"),
        *("which", "whichever", "when", "whenever", "whether", "why", "that"),
    }
)
SHARE_MAX: Final = 0.02
_WITH_DOCSTRING: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Docstring(NamedTuple):
    """First line of one docstring and its place. ``is_module``: of a file, not of a class or function."""

    path: Path
    line: int
    text: str
    is_module: bool

    @property
    def is_relative(self) -> bool:
        """Return whether the first word begins a relative clause."""
        words = self.text.split(maxsplit=1)
        return bool(words) and words[0].strip("`*:,.’'\"").lower() in RELATIVE


def read(path: Path) -> Iterator[Docstring]:
    """Yield the docstrings of one Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, _WITH_DOCSTRING) and (text := ast.get_docstring(node)):
            line = 1 if isinstance(node, ast.Module) else node.lineno
            yield Docstring(path, line, text.splitlines()[0], isinstance(node, ast.Module))


def tracked(paths: list[str]) -> list[Path]:
    """List the repository's Python files below these paths, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for name in found if name.endswith(".py") and (path := Path(name)).exists()]


def main(arguments: list[str]) -> int:
    """Report the breaks below the given paths, by default of the whole repository."""
    is_listing = "--list" in arguments
    found = [each for path in tracked([a for a in arguments if a != "--list"]) for each in read(path)]
    modules = [each for each in found if each.is_module]
    others = [each for each in found if not each.is_module]
    bad_modules, bad_others = ([each for each in some if each.is_relative] for some in (modules, others))
    for each in (*bad_modules, *bad_others) if is_listing else ():
        sys.stdout.write(f"{each.path}:{each.line}: {each.text}\n")
    counts = f"{len(bad_modules)}/{len(modules)} modules, {len(bad_others)}/{len(others)} others"
    sys.stdout.write(f"relative docstrings: {counts}\n")
    return 1 if bad_modules or len(bad_others) > SHARE_MAX * len(others) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
