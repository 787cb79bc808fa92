"""The bench of the screens in small: every screen is met by somebody who may see it. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.cli.bench_screens import screens


def test_every_screen_is_measured_with_its_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    result = CliRunner().invoke(screens, ["--devices", "130", "--times", "1", "--json"])
    assert result.exit_code == 0, result.output
    # Nothing on stderr: a screen that nobody of the bench is shown would be named there.
    assert result.stderr == ""
    rows = {row["metric"]: row for row in map(json.loads, result.stdout.splitlines())}
    for name in ("edit_alert/draft", "alert/submitted", "alert_plot_of/active", "today", "contact_list"):
        assert rows[f"{name} p95"]["value"] > 0
        assert 0 < rows[f"{name} queries"]["value"] < 60
    assert rows["stop p95"]["baseline"] == 100
