from __future__ import annotations

from pathlib import Path

from cms.platform.settings import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def expected() -> list[str]:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default == "" else f"`{field.default}`"
        rows.append(f"| `LOA_{name.upper()}` | {default} | {field.description} |")
    return rows


def test_every_setting_has_its_row_and_no_row_is_left_over() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `LOA_")]
    assert sorted(rows) == sorted(expected())
