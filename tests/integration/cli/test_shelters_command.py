"""``loa shelters`` as an operator types it."""

from __future__ import annotations

from pathlib import Path

from cms.shelters.repository import Shelters
from tests.integration.cli.test_commands import COMMUNE, Terminal


def test_shelters_are_loaded_from_a_file_or_refused_whole(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "shelters.csv"
    file.write_text(f"area_id,shelter\n{COMMUNE},Trường THCS Mũi Né\n", encoding="utf-8")
    assert terminal.ok("shelters", "load", str(file)) == ["1 changed, 1 known"]
    file.write_text(f"area_id,shelter\n{COMMUNE},\nnowhere,Trường\n", encoding="utf-8")
    assert "AREA_UNKNOWN" in terminal.refused("shelters", "load", str(file))
    with terminal.units() as unit:
        assert unit[Shelters].all() == {COMMUNE: "Trường THCS Mũi Né"}
    file.write_text("a,b\n", encoding="utf-8")
    assert "the first line has to be area_id,shelter" in terminal.refused("shelters", "load", str(file))
