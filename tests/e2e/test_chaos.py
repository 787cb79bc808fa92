"""``loa chaos`` as its users run it, in small.

The exactness of a sound depends on the machine's other load: `make demo ONCE=1` checks ``loa demo``, alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.ports import free_port
from tests.branch_coverage import MEASURED
from tests.e2e.conftest import HERE
from tests.integration.process import commands_of

# As ``python -m cms.platform.cli``; coverage has begun to follow the command by then, and follows none of its programs.
_LOA = f"import os; os.environ.pop({MEASURED!r}, None); from cms.platform.cli import main; main()"
LOA = [sys.executable, "-c", _LOA]


def test_whatever_is_killed_every_bulletin_is_heard_once(tmp_path: Path) -> None:
    options = ["--bulletins", "2", "--devices", "4", "--kills", "1", "--lead-s", "60", "--seed", "7"]
    done = run([*LOA, "chaos", *options, "--home", str(tmp_path / "loa")], tmp_path / "loa")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"ok": True, "bulletins": 2, "devices": 4}
    assert commands_of(tmp_path / "loa") == []


def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **HERE,
        "LOA_HOME": str(home),
        "LOA_WEB_PORT": str(free_port()),
        "LOA_MQTT_PORT": str(free_port()),
        "LOA_ENROL_PORT": str(free_port()),
    }
    return subprocess.run(
        command, capture_output=True, text=True, timeout=580, check=False, env={**inherited(), **environment}
    )


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
