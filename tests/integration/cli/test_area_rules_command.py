from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.scheduling.area_rules import Quota
from cms.areas.repository import Places
from tests.builders.bulletins import wav
from tests.integration.cli.test_commands import COMMUNE, Terminal

DISTRICT = "bt23-593"


def test_all_that_the_screen_sets_is_set_and_shown(terminal: Terminal) -> None:
    asked = ["--volume-at", "05:30-07:00=60", "--sessions", "2", "--session-minutes", "15", "--day-minutes", "30"]
    said = terminal.ok(
        "areas", "rules", COMMUNE, *asked, "--weekdays", "fr,mo", "--freeze", "30", "--signature", "--no-public"
    )
    assert said[2:7] == [
        "  volume by time: 05:30-07:00=60",
        "  at most: sessions a day 2, minutes a session 15, minutes a day 30, weekdays MO,FR",
        "  freeze before air: 30 min",
        "  digital signature of an approval: needed",
        "  public page: no",
    ]
    with terminal.units() as unit:
        own = unit[Places].own_rules(COMMUNE)
    assert own is not None
    assert (own.quota, own.freeze_min, own.needs_signature, own.is_public) == (
        *(Quota(2, 15, 30, (0, 4)), 30),
        *(True, False),
    )


def test_a_limit_is_lifted_and_what_is_not_named_stays(terminal: Terminal) -> None:
    terminal.ok("areas", "rules", COMMUNE, "--sessions", "2", "--day-minutes", "30", "--volume-at", "05:30-07:00=60")
    said = terminal.ok("areas", "rules", COMMUNE, "--sessions", "none", "--weekdays", "all", "--one-volume")
    assert said[2:4] == [
        "  volume by time: none",
        "  at most: sessions a day none, minutes a session none, minutes a day 30, weekdays all",
    ]


def test_of_quotas_the_strictest_from_above_is_shown(terminal: Terminal) -> None:
    terminal.ok("areas", "rules", DISTRICT, "--sessions", "2")
    terminal.ok("areas", "rules", COMMUNE, "--sessions", "5")
    assert "sessions a day 2," in terminal.ok("areas", "rules", COMMUNE)[2]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--sessions", "0"), "neither a number above 0 nor none"),
        (("--sessions", "49"), "NOT_WITHIN"),
        (("--weekdays", "T2"), "is not like MO,TU,FR"),
        (("--volume-at", "05:30=60"), "is not like 05:30-07:00=60"),
        (("--volume-at", "05:30-07:00=101"), "NOT_WITHIN"),
        (("--freeze", "121"), "0<=x<=120"),
        (("--opening", "nowhere.wav"), "does not exist"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_reason(terminal: Terminal, options: tuple[str, ...], word: str) -> None:
    assert word in terminal.refused("areas", "rules", COMMUNE, *options)
    assert "area.rules_set" not in terminal.events()


def test_an_opening_sound_is_set_from_a_file_and_told_below(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "nhac-hieu.wav"
    path.write_bytes(wav(2.0))
    said = terminal.ok("areas", "rules", DISTRICT, "--opening", str(path))
    assert said[0] == "opening sound is being made from nhac-hieu.wav"
    assert "  opening: nhac-hieu.wav, being made" in said
    assert f"  opening: nhac-hieu.wav (from {DISTRICT}), being made" in terminal.ok("areas", "rules", COMMUNE)
    assert "  closing: none" in said
