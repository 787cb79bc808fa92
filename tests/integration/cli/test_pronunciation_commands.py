"""``loa words`` and ``loa speak`` as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.test_commands import COMMUNE, Terminal


def test_words_are_taught_listed_and_forgotten(terminal: Terminal) -> None:
    assert terminal.ok("words", "teach", COMMUNE, "La Ngà", "Lờ a Ngà", "--case") == [
        f"La Ngà is said Lờ a Ngà in {COMMUNE}"
    ]
    assert terminal.ok("words", "list") == [f"La Ngà\tLờ a Ngà\t{COMMUNE}  (case)"]
    assert terminal.ok("words", "list", "--area", COMMUNE) == terminal.ok("words", "list")
    assert terminal.ok("speak", "--text-only", "--area", COMMUNE, "La Ngà 2 km") == ["Lờ a Ngà hai ki-lô-mét"]
    assert terminal.ok("words", "forget", COMMUNE, "la ngà") == [f"{COMMUNE} says nothing of its own for la ngà"]
    assert "NOT_FOUND" in terminal.refused("words", "forget", COMMUNE, "la ngà")
    assert {"word.taught", "word.forgotten"} <= set(terminal.events())


def test_a_text_is_read_without_any_store(terminal: Terminal) -> None:
    output = terminal.ok("speak", "--text-only", "--changes", "Gió cấp 8-9")
    assert output == ["Gió cấp tám đến cấp chín", "range\t'8-9'\t'tám đến cấp chín'"]
    assert terminal.ok("speak", "--text-only", "--changes", "Họp với VHTC")[-1] == "?\t'VHTC'\tletters"


@pytest.mark.parametrize("typed", [("--text-only", "-3°C"), ("-3°C", "--text-only"), ("--text-only", "--", "-3°C")])
def test_a_text_may_begin_with_a_minus(terminal: Terminal, typed: tuple[str, ...]) -> None:
    assert terminal.ok("speak", *typed) == ["âm ba độ xê"]


def test_a_mistyped_option_and_help_are_told_apart_from_a_text(terminal: Terminal) -> None:
    assert "unexpected extra argument" in terminal.refused("speak", "--text-onyl", "Xin chào")
    assert any("TEXT" in line for line in terminal.ok("speak", "--help"))


@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
def test_a_text_becomes_a_sound(terminal: Terminal, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"lời{suffix}"
    assert terminal.ok("speak", "--out", str(out), "Họp lúc 8g30")[-1] == f"written: {out}"
    assert out.stat().st_size > 2000


def test_a_sound_needs_a_name_it_can_have(terminal: Terminal) -> None:
    assert "--out" in terminal.refused("speak", "Xin chào")
