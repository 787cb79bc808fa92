from __future__ import annotations

import click
import pytest

from bench.speed import speaking
from bench.speed.speech import BULLETINS, measured, word_error_rate
from bench.voice.recogniser import INSTALL


def test_every_missing_added_and_changed_word_counts() -> None:
    assert word_error_rate("một hai ba bốn", "Một, hai ba bốn.") == 0
    assert word_error_rate("một hai ba bốn", "một ba năm") == 0.5
    assert word_error_rate("một", "một hai ba") == 2
    assert word_error_rate("", "") == 0


def test_a_missing_recogniser_is_told_with_how_to_get_it() -> None:
    with pytest.raises(click.ClickException, match="viet-asr") as raised:
        list(measured("no-such-python", BULLETINS[:1]))
    assert raised.value.message == INSTALL


def test_the_time_to_speak_an_alert_names_the_engine_that_spoke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_VOICES", "vi=espeak-ng")

    rows = list(speaking.measured(1, is_alert_only=True))

    by = "by_espeak-ng_vi"
    names = [f"speaking_alert_{name}_{by}" for name in ("first", "next", "fallback")]
    assert [row.metric for row in rows] == [*names, "speaking_load_average"]
    assert {row.n for row in rows[:3]} == {40}
