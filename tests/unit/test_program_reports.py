"""Reports of the supervisor: who is away, and who was started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.platform import readiness
from cms.platform.process import program_reports
from cms.platform.process.program_reports import AGAIN_S, AWAY_HOLDS_S, RESTARTED_HOLDS_S, ProgramReports, read


class Reported:
    """File of reports, with a clock that is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1000.0
        self.path = folder / "programs.json"
        self.reports = ProgramReports(self.path, lambda: self.now_s)

    def read(self) -> tuple[list[str], list[str]]:
        return read(self.path, self.now_s)


@pytest.fixture
def reported(tmp_path: Path) -> Reported:
    return Reported(tmp_path)


def test_without_a_file_nothing_is_wrong(reported: Reported) -> None:
    assert reported.read() == ([], [])
    reported.path.write_text("{")
    assert reported.read() == ([], [])


def test_one_that_ended_is_away_and_then_restarted_for_a_minute(reported: Reported) -> None:
    reported.reports.away("gateway", has_ended=True)
    reported.reports.away("web")
    assert reported.read() == (["gateway", "web"], [])
    reported.reports.back("gateway")
    reported.reports.back("scheduler")
    assert reported.read() == (["web"], ["gateway"])
    reported.now_s += RESTARTED_HOLDS_S + 1
    assert reported.read() == ([], [])


def test_one_that_was_only_silent_leaves_no_trace(reported: Reported) -> None:
    reported.reports.away("web")
    reported.reports.back("web")
    assert reported.read() == ([], [])


def test_a_report_that_nobody_repeats_does_not_last(reported: Reported) -> None:
    reported.reports.away("web")
    for _ in range(10):
        reported.now_s += AGAIN_S + 0.1
        reported.reports.away("web")
        assert reported.read() == (["web"], [])
    reported.now_s += AWAY_HOLDS_S + 1
    assert reported.read() == ([], [])


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    ProgramReports(tmp_path / "missing" / "programs.json").away("web")


def test_reports_are_findings(tmp_path: Path) -> None:
    reports = ProgramReports(tmp_path / "programs.json")
    for name in ("web", "gateway", "queue"):
        reports.away(name, has_ended=True)
    reports.back("queue")
    found = readiness.of_programs(tmp_path / "programs.json")
    assert [(each.code, each.severity, each.values["programs"]) for each in found] == [
        ("PROGRAM_AWAY", readiness.FindingSeverity.FAULT, "gateway, web"),
        ("PROGRAM_RESTARTED", readiness.FindingSeverity.WARNING, "queue"),
    ]
    assert program_reports.steady_s() > 0
