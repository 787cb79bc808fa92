from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from media.editing import PydubEditing
from media.engine import EngineProcess
from media.ffmpeg import AudioLimits, FfmpegTools
from media.model import AudioCues, MadeSound
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from media.use_cases.bulletin_sound import WHOLE, Utterance, make_from_audio, make_from_text


@dataclass
class Studio:
    """Real media tools, wired together."""

    folder: Path
    tools: FfmpegTools
    store: FolderContentStore

    def from_audio(self, path: Path, cues: AudioCues = WHOLE) -> MadeSound:
        sha256 = self.store.put_file(path)
        with tempfile.TemporaryDirectory(dir=self.folder) as workdir:
            return make_from_audio(
                sha256, AudioWorkspace(self.tools, PydubEditing(), self.store, Path(workdir)), cues=cues
            )

    def from_text(self, text: str) -> MadeSound:
        with tempfile.TemporaryDirectory(dir=self.folder) as workdir:
            return make_from_text(
                Utterance("vi", text),
                AudioWorkspace(self.tools, PydubEditing(), self.store, Path(workdir)),
                voice=EspeakVoice(),
            )


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path, FfmpegTools(AudioLimits(max_duration_ms=5 * 60 * 1000)), FolderContentStore(tmp_path / "c"))


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EngineProcess]]:
    """Processes of models that the test makes, ended after it."""
    made: list[EngineProcess] = []
    begin = EngineProcess.__init__

    def remember(self: EngineProcess, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(EngineProcess, "__init__", remember)
    yield made
    for each in made:
        each.close()
