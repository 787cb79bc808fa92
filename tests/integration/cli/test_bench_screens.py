"""Screen bench in small: every screen is opened by a person who may see it. Its figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner

from bench.speed import fleet, office, reports
from bench.speed.screens import screens

_SMALL = ("--devices", "130", "--rules", "40", "--days", "6", "--times", "1", "--json")
FIGURES_DAYS = 20
"""Days of figures: writing half a year of them was a sixth of the test's time."""
MANY = 30
"""Tickets and calls of citizens, each of which goes through a use case."""


def test_every_screen_is_measured_with_its_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    monkeypatch.setattr(reports, "DAYS", FIGURES_DAYS)
    monkeypatch.setattr(fleet, "TICKETS", MANY)
    monkeypatch.setattr(office, "_FEEDBACK", MANY)
    monkeypatch.setattr(office, "_WAITING", 2)
    monkeypatch.setattr(office, "_WITH_SESSIONS", 2)
    kept = ("--keep", str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    result = CliRunner().invoke(screens, [*_SMALL, *kept])
    assert result.exit_code == 0, result.output
    # Nothing on stderr: a screen that no person of the bench may see would be named there.
    assert result.stderr == ""
    rows = {row["metric"]: row for row in map(json.loads, result.stdout.splitlines())}
    for name in ("edit_alert/draft", "alert/submitted", "alert_plot_of/active", "today/approver", "contact_list"):
        assert rows[f"{name} p95"]["value"] > 0
        assert 0 < rows[f"{name} queries"]["value"] < 60
    assert rows["stop p95"]["baseline"] == rows["screens_ms"]["baseline"] == 100
    assert rows["preflight_ms"]["baseline"] == rows["approval_ahead/submitted p95"]["baseline"] == 500
    assert rows["drag_ms"]["baseline"] == 200
    assert rows["preflight_ms over empty"]["ratio"] > 0

    again = CliRunner().invoke(screens, [*_SMALL, *kept, "--only", "today"])
    found = {json.loads(line)["metric"] for line in again.stdout.splitlines()}
    assert found >= {"today/approver p95", "today/commune_operator queries"}
    other = CliRunner().invoke(screens, [*kept, "--devices", "131"])
    assert other.exit_code == UsageError.exit_code
    assert "another province is kept there" in other.stderr
