from __future__ import annotations

import pytest

from cms.speech.service.phonology import PHONOLOGY
from media.errors import VoiceChoiceError
from media.voices import URGENT, choices_of, chosen_voices


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


def test_an_alert_is_spoken_at_once_by_a_voice_in_a_folder_a_bulletin_by_sentences() -> None:
    choice, text = "vi=/srv/voices/vi:mai_linh", "Có bão. Không được ra khơi."

    assert chosen_voices(choice, PHONOLOGY, URGENT).pieces(text, "vi") == (text,)
    assert chosen_voices(choice, PHONOLOGY).pieces(text, "vi") == ("Có bão. ", "Không được ra khơi.")
    assert chosen_voices(choice, PHONOLOGY).name("vi") == "sherpa-onnx vi mai_linh"
