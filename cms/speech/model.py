"""Values of the office about speech that no rule of broadcasting knows."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from province.areas import AreaId
from province.people import UserId

ID_CHARS = 32


@dataclass(frozen=True, slots=True)
class SpeechPreview:
    """A few words as they will be heard, made while a bulletin is written; kept for a day.

    ``text`` is the spoken text. ``clip`` is an MP3, None until it is made; ``error``: the code of why it could not be.
    """

    id: str
    language: str
    text: str
    areas: tuple[AreaId, ...]
    ordered_by: UserId
    ordered_at: datetime
    clip: bytes | None = None
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether it is still being made."""
        return self.clip is None and not self.error


def preview_id(person: UserId, language: str, text: str, areas: tuple[AreaId, ...]) -> str:
    """Return the id that names person and words: the same words in the same places are made once for each person."""
    return sha256("\n".join((person, language, *sorted(areas), "", text)).encode()).hexdigest()[:ID_CHARS]
