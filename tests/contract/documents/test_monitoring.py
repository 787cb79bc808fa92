"""Alert rules and dashboard that are shipped: promtool accepts and tests them, and they name only metrics of ours."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "loa.rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "loa.json").read_text())


def expressions() -> list[str]:
    """Return every expression of the dashboard, its variables filled in."""
    told = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [each.replace("$__rate_interval", "5m").replace("$kind", ".*") for each in told]


def promtool(*words: str | Path) -> None:
    done = subprocess.run(
        ["promtool", *map(str, words)],
        cwd=DEPLOY / "prometheus",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_raise_their_alerts_and_no_others() -> None:
    promtool("check", "rules", "--lint-fatal", "loa.rules.yml")
    promtool("test", "rules", "loa.rules.test.yml")


def test_every_rule_is_tested_to_be_raised_and_not_to_be() -> None:
    told = yaml.safe_load((DEPLOY / "prometheus" / "loa.rules.test.yml").read_text())["tests"]
    cases = {(case["alertname"], bool(case["exp_alerts"])) for test in told for case in test["alert_rule_test"]}
    assert cases == {(rule["alert"], is_raised) for rule in RULES for is_raised in (True, False)}


def test_the_handbook_lists_every_rule_with_its_severity() -> None:
    listed = re.findall(r"^\| `(Loa\w+)` \| (\w+) \|", DOCUMENT, re.MULTILINE)
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


def test_every_expression_of_the_dashboard_can_be_asked(tmp_path: Path) -> None:
    rules = [{"record": f"loa:panel_{n}", "expr": each} for n, each in enumerate(expressions())]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "panels.yml")


@pytest.mark.parametrize("expression", [*(rule["expr"] for rule in RULES), *expressions()])
def test_only_metrics_of_the_handbook_are_asked(expression: str) -> None:
    asked = {re.sub(r"_(bucket|count)$", "", name) for name in re.findall(r"\bloa_\w+", expression)}
    assert asked <= set(re.findall(r"\bloa_\w+", DOCUMENT))
    assert asked or expression.startswith("up{")


def test_the_dashboard_shows_every_metric() -> None:
    asked = {re.sub(r"_(bucket|count)$", "", name) for each in expressions() for name in re.findall(r"\bloa_\w+", each)}
    table = DOCUMENT.split("| metric |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(loa_\w+)`", table)) - asked == set()


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in panels
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _y in taken) < 24
