from __future__ import annotations

import json

from click.testing import CliRunner

from bench.speed.plan import made_up, plan


def _rows(*options: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(plan, [*options, "--json"], catch_exceptions=False)
    return [json.loads(line) for line in result.output.splitlines()]


def test_it_prints_a_build_for_each_size_and_what_an_edit_costs() -> None:
    rows = _rows("--devices", "248", "--rules", "40", "--days", "3")
    assert [row["n"] for row in rows if row["metric"] == "build_s"] == [10, 20, 40]
    (edit,) = [row for row in rows if row["metric"] == "edit_ms"]
    assert set(edit) == {"metric", "n", "value", "unit", "baseline", "ratio"}
    (per_plan,) = [row for row in rows if row["metric"] == "edit_us_per_plan"]
    (wide,) = [row for row in rows if row["metric"] == "edit_province_us_per_plan"]
    assert wide["baseline"] == per_plan["value"]
    (plans,) = [row for row in rows if row["metric"] == "plans"]
    assert plans["value"] == 124 * 3


def test_without_rules_there_is_nothing_to_edit() -> None:
    assert not [row for row in _rows("--devices", "4", "--rules", "0", "--days", "1") if "edit" in str(row["metric"])]


def test_the_made_up_province_is_the_same_every_time_and_holds_every_device() -> None:
    assert made_up(12, 30).transmissions == made_up(12, 30).transmissions
    assert len(made_up(12, 30).rules) == 12
    assert len(made_up(12_000, 0).rules) == 124
