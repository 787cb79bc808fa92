from __future__ import annotations

import pytest

from media.errors import VoiceChoiceError
from media.voices import choices_of


def test_nothing_chosen_is_no_choice() -> None:
    assert choices_of("") == {}
    assert choices_of(" , ") == {}


def test_each_language_has_its_own_choice() -> None:
    assert choices_of("vi=/srv/voices/vi, en = espeak-ng:en-gb,zh=espeak-ng, tyz=recorded") == {
        "vi": "/srv/voices/vi",
        "en": "espeak-ng:en-gb",
        "zh": "espeak-ng",
        "tyz": "recorded",
    }


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("/srv/voices/vi", "LANGUAGE"),
        ("=/srv/voices/vi", "LANGUAGE"),
        ("vi-VN=/srv/voices/vi", "LANGUAGE"),
        ("VI=/srv/voices/vi", "LANGUAGE"),
        ("vi=/a,vi=/b", "TWICE"),
        ("vi=voices/vi", "ENGINE"),
        ("vi=", "ENGINE"),
        ("vi=piper", "ENGINE"),
        ("vi=kokoro:child", "ENGINE"),
        ("vi=kokoro:male-eastern", "ENGINE"),
        ("en=kokoro", "ENGINE"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_what_is_wrong(setting: str, reason: str) -> None:
    with pytest.raises(VoiceChoiceError) as raised:
        choices_of(setting)
    assert raised.value.reason == reason
    assert "LOA_VOICES" in str(raised.value)
