"""docs/health.md agrees with the health rules in code."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from devices.health.kinds import RULES, HoldRule
from devices.health.symptoms import FRESH_FOR

DOCUMENT = Path(__file__).parents[3] / "docs" / "health.md"


def length(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds == 0:
        return "at once"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}" if seconds < 1_000 * 86_400 else "never"
    return f"{seconds} s"


def row(kind: str, rule: HoldRule) -> str:
    by = ", record" if rule.is_sampled else ""
    flaps = f"{rule.flaps}: {length(rule.settles_after)}"
    cells = (
        f"`{kind}`",
        rule.severity.name.lower(),
        rule.danger.value,
        length(rule.opens_after) + by,
        length(rule.closes_after) + by,
        flaps,
        length(rule.expires_after),
    )
    return f"| {' | '.join(cells)} |"


def test_the_table_of_faults_is_that_of_the_code() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [row(kind.value, rule) for kind, rule in RULES.items()]


def test_how_old_a_record_may_be_is_said() -> None:
    assert f"older than {int(FRESH_FOR.total_seconds()) // 60} minutes" in DOCUMENT.read_text(encoding="utf-8")
