"""The real server on a simulated fleet: records, presence, labels, incidents, notices agree with the ground truth."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.scenarios import reader
from bench.virtual_province import month
from bench.virtual_province.__main__ import summary
from bench.virtual_province.comparison import ComparisonResult
from bench.virtual_province.editors import Settlement
from bench.virtual_province.month import MonthRun, RunPlan
from devices.health.incidents import Cause
from devices.health.notices import IncidentStage
from devices.model import DeviceId

CUT = """
name: cut
lasts: 50m
faults:
  - {fault: mains_cut, who: {areas: [AREAS]}, at: 20m, lasts: 20m}
"""
NAMED_WITHIN_S = 150
SOUNDINGS_LEAST = 20
AFTERWARDS_MS = 900_000


def checked(plan: RunPlan, home: Path) -> ComparisonResult:
    found = MonthRun(plan, home).run()
    assert (found.odd_records, found.presence, found.labels_wrong, found.told_wrong) == ([], {}, {}, [])
    return found


def test_every_fault_once_is_known_for_what_it_is(tmp_path: Path) -> None:
    scenario = reader.named("one-day")
    assert {type(each) for each in scenario.faults} == {type(each) for each in reader.named("month").faults}
    plan = RunPlan(scenario, Settlement(2, 12), 1, look_ms=60_000)
    found = checked(plan, tmp_path / "home")
    assert sum(found.faults.values()) == len(scenario.faults)
    assert found.incidents
    assert (found.trespassers, found.accused_wrong) == (1, [])
    assert found.soundings >= SOUNDINGS_LEAST
    assert found.takeovers > 0
    assert summary(plan, found)["ok"] is True


@pytest.mark.parametrize(("areas", "devices", "feeder"), [("xa-01", 100, ""), ("xa-01, xa-02, xa-03", 90, "tba-7")])
def test_a_mass_power_cut_is_one_incident_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, areas: str, devices: int, feeder: str
) -> None:
    """At night, so many devices are enough to wake the person on call."""
    # Nothing sounded whose records would have to come in.
    monkeypatch.setattr(month, "TELLING_MS", AFTERWARDS_MS)
    scenario = reader.read(CUT.replace("AREAS", areas))
    settlement = Settlement(2 if not feeder else 5, devices)
    fed = {DeviceId(each): feeder for each, area_id in settlement.ids() if feeder and area_id in areas}
    found = checked(RunPlan(scenario, settlement, 1, look_ms=10_000, feeders=fed), tmp_path / "home")
    (incident,) = [each for each in found.incidents if not each.merged_into]
    assert incident.cause is Cause.POWER
    assert incident.members >= len(fed)
    assert incident.over_at is not None
    (first, *_) = found.letters
    assert (first.at - incident.began_at).total_seconds() < NAMED_WITHIN_S
    assert Counter(each.stage for each in found.letters) == {IncidentStage.OPENED: 1, IncidentStage.OVER: 1}
