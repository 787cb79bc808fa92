"""``loa demo`` and ``loa chaos`` as their users run them, in small.

The exactness of a sound depends on the machine's other load: `make demo ONCE=1` checks it, with the demo alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.demo.run import LOUDNESS_LUFS, LOUDNESS_TOLERANCE_LU, SIMILARITY_LEAST, SKEW_MOST_MS
from tests.e2e.conftest import HERE, MEASURED
from tests.integration.process import commands_of
from tests.ports import free_port

# As ``python -m cms.platform.cli``; coverage has begun to follow the command by then, and follows none of its programs.
_LOA = f"import os; os.environ.pop({MEASURED!r}, None); from cms.platform.cli import main; main()"
LOA = [sys.executable, "-c", _LOA]


def test_the_demo_airs_a_bulletin_and_says_how_it_was_heard(tmp_path: Path) -> None:
    done = run([*LOA, "demo", "--once"], tmp_path / "loa")
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["devices_heard"] == result["devices_planned"] == result["as_runs"] > 0, done.stdout + done.stderr
    assert result["station"]["wav_bytes"] > 100_000, done.stdout
    assert result["station"]["rungs"] == ["downloaded", "verified"]
    central = result["central"]
    assert (central["bulletin_state"], central["devices"]) == ("handed_down", result["devices_planned"])
    assert central["played"] == central["airings_done"] > 0
    is_exact = result["start_skew_ms_max"] <= SKEW_MOST_MS and result["similarity"] >= SIMILARITY_LEAST
    is_loud = abs(result["loudness_lufs"] - LOUDNESS_LUFS) <= LOUDNESS_TOLERANCE_LU
    assert result["ok"] == (is_exact and is_loud) == (not result["missed"])
    assert done.returncode == (0 if result["ok"] else 1), done.stdout + done.stderr
    assert commands_of(tmp_path / "loa") == []


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
