"""``loa chaos-alert`` in small: real broker, gateway and devices, with faults injected between them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.test_chaos import LOA, run
from tests.integration.process import commands_of


def test_whatever_fails_an_alert_is_heard_once_and_not_after_its_cancel(tmp_path: Path) -> None:
    size = ["--devices", "6", "--off", "4", "--wrong", "2", "--others", "2"]
    options = ["--faults", "2,4,7", "--seed", "3", "--home", str(tmp_path / "loa")]
    # A second is the limit on an idle machine; without the cancel it would sound again every four.
    options += ["--silent-within-ms", "4000"]
    done = run([*LOA, "chaos-alert", *size, *options], tmp_path / "loa")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"ok": True, "faults": 3}
    assert commands_of(tmp_path / "loa") == []
