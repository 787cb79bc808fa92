"""An alert is spoken by its deadline: by the engine chosen, or by espeak-ng where that is killed, frozen or slow."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from cms.speech.service.phonology import PHONOLOGY
from devices.protocol.limits import SPEECH_MAX_BYTES
from media.editing import PydubEditing
from media.engine import EngineProcess
from media.errors import ToolError
from media.kokoro.voice import NAME, KokoroVoice
from media.model import MadeSound
from media.model_voice import ALERT, Patience
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.use_cases.alert_speech import SPEAKING_S, make_announcement
from media.use_cases.bulletin_sound import Utterance
from media.voices import URGENT, ChosenVoices, chosen_voices
from tests.builders.voices.tiny_kokoro import tiny_kokoro
from tests.integration.media.conftest import Studio

FORTY_WORDS = (
    "Cảnh báo bão tại xã Hàm Thuận. Bão đang đến rất nhanh, gió giật mạnh, mưa rất to. "
    "Đề nghị bà con không ra khơi, vào nhà kiên cố, tắt điện, khóa ga, nghe theo hướng dẫn của cán bộ."
)
SHORTLY = Patience(0.3, 0.0, is_whole=True)
DIES = "import sys; print('ready', flush=True); sys.stdin.readline(); sys.exit('out of memory')"
NEVER_ANSWERS = "import sys; print('ready', flush=True); [None for _ in sys.stdin]"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[KokoroVoice]:
    made = KokoroVoice(PHONOLOGY, folder=tiny_kokoro(tmp_path / "kokoro"))
    yield made
    made.close()


def announced(studio: Studio, engine: KokoroVoice, *texts: str) -> MadeSound:
    with tempfile.TemporaryDirectory(dir=studio.folder) as workdir:
        return make_announcement(
            [Utterance("vi", text) for text in texts or (FORTY_WORDS,)],
            AudioWorkspace(studio.tools, PydubEditing(), studio.store, Path(workdir)),
            carried_max_bytes=SPEECH_MAX_BYTES,
            voice=ChosenVoices({"vi": engine}, EspeakVoice()),
            # As long as the engine's own patience lasts, however busy the machine is.
            clock=lambda: inf,
        )


def speakers(made: MadeSound) -> list[tuple[str, str]]:
    return [(each.text, each.by) for each in made.said]


def pid_of(engine: KokoroVoice) -> int:
    assert engine._process._child is not None
    return engine._process._child.pid


def is_gone(pid: int) -> bool:
    """Return whether the process is no more, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_alert_is_spoken_by_the_engine_chosen_while_that_works(studio: Studio, engine: KokoroVoice) -> None:
    assert len(FORTY_WORDS.split()) == 40

    made = announced(studio, engine)

    assert speakers(made) == [(FORTY_WORDS, "kokoro female")]
    assert made.loudness.integrated_lufs == pytest.approx(-16, abs=1)


def test_an_engine_that_was_woken_speaks_the_first_alert(studio: Studio, engine: KokoroVoice) -> None:
    ChosenVoices({"vi": engine}, EspeakVoice()).wake()
    woken = pid_of(engine)

    assert speakers(announced(studio, engine)) == [(FORTY_WORDS, "kokoro female")]
    assert pid_of(engine) == woken


def test_an_engine_that_does_not_wake_up_is_logged(engine: KokoroVoice, caplog: pytest.LogCaptureFixture) -> None:
    engine._process = EngineProcess(NAME, (sys.executable, "-c", "raise SystemExit('no model')"))

    ChosenVoices({"vi": engine}, EspeakVoice()).wake()

    assert "the voice for vi does not wake up" in caplog.text
    assert "ended: no model" in caplog.text


def test_an_engine_that_was_killed_is_started_again_for_the_next_alert(studio: Studio, engine: KokoroVoice) -> None:
    announced(studio, engine, "Xin chào bà con.")
    killed = pid_of(engine)
    os.kill(killed, signal.SIGKILL)

    assert speakers(announced(studio, engine)) == [(FORTY_WORDS, "kokoro female")]
    assert is_gone(killed)
    assert pid_of(engine) != killed


def test_a_frozen_engine_is_killed_and_espeak_says_the_whole_text(studio: Studio, engine: KokoroVoice) -> None:
    announced(studio, engine, "Xin chào bà con.")
    frozen = pid_of(engine)
    os.kill(frozen, signal.SIGSTOP)
    # Fast so far, however busy the machine is: it is asked, and killed when the time is over.
    engine._patience, engine._syllable_s = SHORTLY, 0.0

    made = announced(studio, engine)

    assert speakers(made) == [(FORTY_WORDS, "espeak-ng vi")]
    assert made.loudness.integrated_lufs == pytest.approx(-16, abs=1)
    assert is_gone(frozen)


@pytest.mark.parametrize("engine_code", [DIES, NEVER_ANSWERS])
def test_an_engine_that_dies_over_the_text_or_is_slow_gives_way_to_espeak(
    studio: Studio, engine: KokoroVoice, engine_code: str
) -> None:
    engine._process = EngineProcess(NAME, (sys.executable, "-c", engine_code))
    engine._patience = Patience(3.0, 0.0, is_whole=True) if engine_code == DIES else SHORTLY

    assert speakers(announced(studio, engine)) == [(FORTY_WORDS, "espeak-ng vi")]
    assert engine._process._child is None


class WatchedProcess(EngineProcess):
    """Process of an engine that is not there: it notes the time that it is given."""

    def __init__(self) -> None:
        super().__init__(NAME, ())
        self.given_s: list[float] = []
        self.asked: list[str] = []

    def ask(self, request: str, timeout_s: float) -> str:
        self.asked.append(NAME)
        self.given_s.append(timeout_s)
        raise ToolError(NAME, request)


def urgent_engine() -> tuple[ChosenVoices, KokoroVoice, WatchedProcess]:
    """Return the voices of alerts as a worker has them, with a watched process."""
    voices, watched = chosen_voices("vi=kokoro", PHONOLOGY, URGENT), WatchedProcess()
    engine = voices._neural["vi"]
    assert isinstance(engine, KokoroVoice)
    engine._process = watched
    return voices, engine, watched


def test_the_engine_has_six_seconds_for_an_alert(tmp_path: Path) -> None:
    voices, _, watched = urgent_engine()

    assert SPEAKING_S == ALERT.base_s == 6.0
    assert voices.pieces(FORTY_WORDS, "vi") == (FORTY_WORDS,)
    assert voices.speak(FORTY_WORDS, "vi", tmp_path / "a.wav") == "espeak-ng vi"
    assert watched.given_s == [6.0]


def test_an_engine_without_time_left_is_not_asked_and_lives(tmp_path: Path) -> None:
    voices, engine, watched = urgent_engine()

    assert voices.speak(FORTY_WORDS, "vi", tmp_path / "a.wav", until_s=0.0) == "espeak-ng vi"
    assert watched.given_s == []
    with pytest.raises(ToolError, match="longer than"):
        engine.speak(FORTY_WORDS, "vi", tmp_path / "b.wav", until_s=-inf)


class ListedVoice(EspeakVoice):
    """espeak-ng that notes when its list of voices is asked for."""

    def __init__(self, asked: list[str]) -> None:
        super().__init__()
        self._asked = asked

    def speaks(self, language: str) -> bool:
        self._asked.append("espeak-ng")
        return super().speaks(language)


def test_the_fallback_is_ready_before_the_engine_is_asked(tmp_path: Path) -> None:
    voices, engine, watched = urgent_engine()
    asked: list[str] = []
    watched.asked = asked

    ChosenVoices({"vi": engine}, ListedVoice(asked)).speak(
        FORTY_WORDS, "vi", tmp_path / "a.wav", until_s=time.monotonic() + 60
    )

    assert voices.name("vi") == "kokoro female"
    assert asked[:2] == ["espeak-ng", "kokoro"]


class LateVoice(EspeakVoice):
    """Voice that takes two seconds of a clock for a text, and notes until when it had time."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 100.0
        self.until_s: list[float] = []

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        self.until_s.append(until_s)
        self.now_s += 2
        return super().speak(text, language, into)


def test_all_parts_of_an_alert_share_one_deadline(studio: Studio, tmp_path: Path) -> None:
    voice = LateVoice()
    parts = [Utterance("vi", text) for text in ("Cảnh báo bão.", "Bà con vào nhà.", "Nhắc lại, cảnh báo bão.")]

    make_announcement(
        parts,
        AudioWorkspace(studio.tools, PydubEditing(), studio.store, tmp_path),
        carried_max_bytes=SPEECH_MAX_BYTES,
        voice=voice,
        clock=lambda: voice.now_s,
    )

    assert voice.until_s == [106.0, 106.0, 106.0]
