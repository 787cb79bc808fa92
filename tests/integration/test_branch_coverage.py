"""Coverage by ``tests.branch_coverage`` beside that of the C tracer, of a program with every kind of branch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAM = """
def chosen(x):
    if x > 1:
        y = 1
    else:
        y = 2
    if y == 3:
        return 0
    return y if x else -y

def looped(xs):
    for x in xs:
        if x == 9:
            break
        while x > 0:
            x -= 1
    else:
        return "whole"
    for _ in xs:
        pass

def matched(x):
    match x:
        case 1 | 2:
            return "few"
        case [first, *_]:
            return first
        case _:
            pass

def tried(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        pass
    finally:
        x = None

def made(xs):
    with open("/dev/null") as nothing:
        for x in (each for each in xs if each % 2):
            yield x
    assert nothing.closed and xs

chosen(0), chosen(1), chosen(2)
looped([1, 2]), looped([1, 9, 3])
matched(1), matched([5, 6])
tried(1), tried(0)
list(made([1, 2, 3]))
next(made([1]))
"""


def found(folder: Path, core: str) -> dict[str, Any]:
    folder.mkdir()
    program, settings = folder / "program.py", folder / "coverage.ini"
    program.write_text(PROGRAM, encoding="utf-8")
    settings.write_text(f"[run]\nbranch = true\ninclude = {program}\n{core}\n", encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    env["COVERAGE_FILE"] = str(folder / "data")
    for command in (["run", str(program)], ["json", "-q", "-o", str(folder / "found.json")]):
        asked = [sys.executable, "-m", "coverage", command[0], f"--rcfile={settings}", *command[1:]]
        done = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
        assert (done.returncode, done.stderr) == (0, ""), done
    (body,) = json.loads((folder / "found.json").read_text(encoding="utf-8"))["files"].values()
    kinds = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
    return {kind: body[kind] for kind in kinds}


def test_lines_and_branches_are_those_that_the_c_tracer_finds(tmp_path: Path) -> None:
    ours = found(tmp_path / "ours", "core = sysmon\nplugins = tests.branch_coverage")
    assert ours == found(tmp_path / "tracer", "core = ctrace")
    assert ours["executed_branches"]
    assert ours["missing_branches"]
