"""docs/cap.md agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.verdict import Airs, CapVerdict, MessageKind

TEXT = (Path(__file__).parents[3] / "docs" / "cap.md").read_text(encoding="utf-8")


def test_every_code_has_its_row_and_no_row_is_left_over() -> None:
    rows = [line for line in TEXT.splitlines() if re.match(r"\| `[A-Z_]+` \| (refuses|ignores|notes)", line)]
    assert rows == [f"| `{code}` | {code.weight} | {code.meaning} |" for code in FindingCode]


def test_every_code_has_a_meaning() -> None:
    assert all(code.meaning for code in FindingCode)


def test_every_verdict_kind_and_outcome_is_named() -> None:
    for word in (*CapVerdict, *MessageKind, *Airs):
        assert f"`{word}`" in TEXT, word
