"""Spelling on screens: the mark stands on the first vowel of oa, oe, uy (hủy, hóa), as in the spoken text."""

from __future__ import annotations

import re
from pathlib import Path

import cms

ROOT = Path(cms.__file__).parents[1]
OTHER = re.compile(r"(?<![qQ])(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![^\W\d_])", re.IGNORECASE)


def test_no_screen_spells_a_word_the_other_way() -> None:
    kinds = {".py", ".html", ".js", ".po"}
    screens = [path for path in (ROOT / "cms").rglob("*") if path.suffix in kinds]
    assert len(screens) > 300
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [
            *screens,
            *(ROOT / "broadcast" / "alerts" / name for name in ("message_templates.py", "hazards.toml")),
        ]
        for line in path.read_text(encoding="utf-8").splitlines()
        # Words of other people's messages are looked for in both spellings.
        if OTHER.search(line) and not line.startswith("words = ")
    }
    assert found == set()


def test_the_other_spelling_is_known_from_words_that_only_look_like_it() -> None:
    assert OTHER.search("Đã hu\u1ef7.")
    assert OTHER.search("ho\u00e1 chất")
    assert not OTHER.search("Quý vị hoàn toàn hủy hóa đơn quỹ")
