"""Voices whose model is kept by a process of its own, and the time that each text is given."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from media.engine import EngineProcess, primary, sentences
from media.errors import BrokenVoiceError, ToolError

_T = TypeVar("_T")

FORGOTTEN = 0.8
"""Of a pace that was too slow for a text, at each text that is refused for it: a busy machine gets another try."""
TRIAL = "Xin chào."


@dataclass(frozen=True, slots=True)
class Patience:
    """Time in which a text has to be spoken: ``base_s`` and so much a syllable; loading is part of it.

    ``is_whole``: a text is spoken at once, not by sentences.
    """

    base_s: float
    syllable_s: float
    is_whole: bool = False


BULLETIN = Patience(60.0, 3.0)
"""Ten times what a machine with two busy cores needs: longer, and the process is taken to be frozen."""
ALERT = Patience(6.0, 0.0, is_whole=True)
"""An alert's speech is ready within seconds, or espeak-ng says it; all its parts share them (``alert_speech``)."""


class ModelVoice:
    """Process of a model of one language, which ``media.model_process`` serves; late it is killed, dead restarted."""

    def __init__(self, name: str, language: str, command: Sequence[str], patience: Patience) -> None:
        self._engine = name
        self._language = primary(language)
        self._patience = patience
        self._process = EngineProcess(name, command)
        self._syllable_s = 0.0

    def speaks(self, language: str) -> bool:
        return primary(language) == self._language

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return (text,) if self._patience.is_whole or not self.speaks(language) else sentences(text)

    def close(self) -> None:
        """End its process; it is started again when it is needed."""
        self._process.close()

    def _tried(self, folder: Path, speak: Callable[[], _T]) -> _T:
        """Let it speak once, and end the process. Raises BrokenVoiceError of the folder: it did not."""
        try:
            return speak()
        except ToolError as error:
            raise BrokenVoiceError(str(folder), "MUTE", error.tail) from error
        finally:
            self.close()

    def _say(self, asked: Mapping[str, object], count: int, into: Path, until_s: float) -> dict[str, Any]:
        """Let the process speak so many syllables, and return its answer. Raises ToolError: not, or not in time."""
        began_s = time.monotonic()
        limit_s = min(self._patience.base_s + self._patience.syllable_s * count, until_s - began_s)
        if limit_s <= 0 or self._syllable_s * count > limit_s:
            # Not asked, as it would be killed for being late.
            self._syllable_s *= FORGOTTEN
            raise ToolError(self._engine, f"{count} syllables take longer than {limit_s:g} s")
        try:
            answer = self._ask(asked, into, limit_s)
        except ToolError:
            self._syllable_s = max(self._syllable_s, FORGOTTEN * (time.monotonic() - began_s) / count)
            raise
        self._syllable_s = answer["took_s"] / count
        return answer

    def _ask(self, asked: Mapping[str, object], into: Path, limit_s: float) -> dict[str, Any]:
        request = into.with_suffix(".request.json")
        request.write_text(json.dumps({**asked, "into": str(into)}), encoding="utf-8")
        try:
            answer: dict[str, Any] = json.loads(self._process.ask(str(request), limit_s))
        finally:
            request.unlink()
        if "error" in answer:
            raise ToolError(self._engine, answer["error"])
        return answer
