"""House rules on docstrings and class names, for ``house.sh``; exit status 1 where one is broken.

Usage: ``scripts/house.py [PATH…]``, by default the whole repository. A docstring's first line names the thing or the
action, not a relative clause about it: none of a module or of an attribute may, and two percent of the others. Outside
the tests no two classes share a name. No module goes by a word of our own where the field has one. The machine's clock
is read in the modules of clocks alone: a test that moves the time of one program moves it for all.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

RELATIVE: Final = frozenset(
    {
        *("what", "whatever", "who", "whoever", "whom", "whose", "how", "however", "where", "wherever"),
        *("which", "whichever", "when", "whenever", "whether", "why", "that"),
    }
)
SHARE_MAX: Final = 0.02
METAPHORS: Final = frozenset(
    {
        *("acting", "clerk", "courier", "deafness", "desk", "doorbell", "ear", "hearing", "lane", "mouth", "newsroom"),
        *("pole", "revoker", "room", "steward", "street", "told", "upsert", "visit", "ward"),
    }
)
"""Words that no module's name may hold: the field has one of its own."""
HOMONYMS: Final = frozenset(
    {
        *("agreeing", "among", "boxes", "claiming", "closing", "ending", "exposed", "failing", "filling", "flood"),
        *("front_door", "ground", "guard", "horizon", "identity", "kept", "letters", "lives", "lone", "looks", "overs"),
        *("packed", "plausible", "posting", "raising", "seeing", "sentences", "signs", "sounding", "taking"),
        *("taking_back", "telling", "today", "tones", "truth", "unlisted", "vital", "vitals", "waves", "way", "words"),
    }
)
"""Names that no module may have by themselves."""
CLOCKS: Final = frozenset(
    {
        Path("cms/platform/process/clock.py"),
        Path("firmware_sim/hardware_clock.py"),
        Path("province/machine_clock.py"),
    }
)
"""Modules that read the machine's clock, each for all others of its part."""
_READINGS: Final = {
    "datetime": frozenset({"now", "utcnow", "today"}),
    "date": frozenset({"today"}),
    "time": frozenset({"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime", "CLOCK_REALTIME"}),
}
"""Names of the standard library that read it, by module or class."""
_CALLABLE: Final = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Docstring(NamedTuple):
    """First line of one docstring and its place. ``is_strict``: of a module or an attribute."""

    path: Path
    line: int
    text: str
    is_strict: bool

    @property
    def is_relative(self) -> bool:
        """Return whether the first word begins a relative clause."""
        words = self.text.split(maxsplit=1)
        return bool(words) and words[0].strip("`*:,.’'\"").lower() in RELATIVE


def docstrings(path: Path, tree: ast.Module) -> Iterator[Docstring]:
    """Yield the docstrings of one file: of the module, its classes and functions, and of assignments."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *_CALLABLE)) and (text := ast.get_docstring(node)):
            line = 1 if isinstance(node, ast.Module) else node.lineno
            yield Docstring(path, line, text.splitlines()[0], isinstance(node, ast.Module))
        if isinstance(node, (ast.Module, ast.ClassDef)):
            for before, after in zip(node.body, node.body[1:], strict=False):
                match after:
                    case ast.Expr(value=ast.Constant(value=str(said))) if isinstance(
                        before, (ast.Assign, ast.AnnAssign)
                    ):
                        yield Docstring(path, after.lineno, said.strip().splitlines()[0], is_strict=True)
                    case _:
                        pass


def tracked(paths: Sequence[str]) -> Iterator[Path]:
    """Yield the repository's Python files below these paths, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return (path for name in found if name.endswith(".py") and (path := Path(name)).exists())


def shared_names(trees: Mapping[Path, ast.Module]) -> Mapping[str, Sequence[str]]:
    """Return the places of each class name that stands more than once outside the tests."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in trees.items():
        if path.parts[0] != "tests":
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{path}:{node.lineno}")
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def clock_readings(path: Path, tree: ast.Module) -> Iterator[str]:
    """Yield the places of one file that read the machine's clock by themselves, or take the name that does."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                is_reading = name in _READINGS.get(owner, ())
            case ast.ImportFrom(module="time", names=names):
                is_reading = any(each.name in _READINGS["time"] for each in names)
            case _:
                is_reading = False
        if is_reading and path not in CLOCKS:
            yield f"{path}:{node.lineno}: read the machine's clock through {' or '.join(sorted(map(str, CLOCKS)))}"


def is_private(path: Path) -> bool:
    """Return whether the module's name is one of our own words instead of the field's."""
    name = path.stem.removeprefix("test_")
    return name in HOMONYMS or not METAPHORS.isdisjoint(name.split("_"))


def main(paths: Sequence[str]) -> int:
    """Report the breaks below the given paths."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in tracked(paths)}
    found = [each for path, tree in trees.items() for each in docstrings(path, tree)]
    strict = [each for each in found if each.is_strict and each.is_relative]
    others = [each for each in found if not each.is_strict]
    lax = [each for each in others if each.is_relative]
    is_broken = bool(strict) or len(lax) > SHARE_MAX * len(others)
    for each in (*strict, *lax) if is_broken else ():
        sys.stdout.write(f"  {each.path}:{each.line}: {each.text}\n")
    shared = shared_names(trees)
    for name, where in shared.items():
        sys.stdout.write(f"  {name}: {' '.join(where)}\n")
    private = [path for path in trees if is_private(path)]
    for path in private:
        sys.stdout.write(f"  {path}: a word of the field, not one of our own\n")
    readings = [reading for path, tree in trees.items() for reading in clock_readings(path, tree)]
    for reading in readings:
        sys.stdout.write(f"  {reading}\n")
    return 1 if is_broken or shared or private or readings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
