"""Listening tests: people hear two voices through a horn, unnamed, and say what they heard and which is clearer."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from broadcast.speech.word_errors import word_errors, words
from province.people import UserId

ListeningTestId = NewType("ListeningTestId", str)
SAMPLE_TEXTS: Final = (
    "Mời bà con đến nhà văn hóa thôn Ba nhận lịch cấp nước lúc 8 giờ 30 sáng mai.",
    "Tối nay gió giật cấp 9, tàu thuyền không được ra khơi.",
    "Đường vào chợ bị ngập, xe máy đi vòng qua cầu Bà Tiên.",
    "Hạn cuối đóng tiền điện là ngày 25 tháng này.",
    "Nhà nào có trẻ dưới 2 tuổi đưa cháu ra trạm y tế tiêm phòng.",
)
"""Texts to begin with: names, numbers, negations; none of those on which voices are measured by machine."""
_Z: Final = 1.96
"""Of an interval that holds the true share in 95 of 100 tests."""


class ListeningJudgement(StrEnum):
    """Voice that a listener found clearer."""

    A = "a"
    B = "b"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ListeningTest:
    """Comparison of two voices on the same texts, ``voice_a`` and ``voice_b`` as ``LOA_VOICES`` names them.

    ``clips`` are the hashes of the sounds, A and B of each text in turn; empty until they are made by ``job_id``.
    """

    id: ListeningTestId
    voice_a: str
    voice_b: str
    texts: tuple[str, ...]
    begun_at: datetime
    begun_by: UserId
    begun_by_name: str
    job_id: str
    clips: tuple[str, ...] = ()
    error: str = ""
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Return whether people may listen and answer."""
        return bool(self.clips) and self.ended_at is None

    def clips_for(self, listener: UserId, number: int) -> tuple[str, str]:
        """Return the two sounds of a text in the order in which this person hears them."""
        a, b = self.clips[2 * number : 2 * number + 2]
        return (a, b) if is_a_first(self.id, listener, number) else (b, a)


@dataclass(frozen=True, slots=True)
class ListeningAnswer:
    """Answer of one person to one text. ``heard``: as typed after the first sound, before the second gave it away."""

    id: str
    test_id: ListeningTestId
    number: int
    listener: UserId
    is_a_first: bool
    heard: str
    clearer: ListeningJudgement
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class ListeningErrors:
    """Word errors of what people typed of one voice; ``words``: of the texts they heard."""

    answers: int
    errors: int
    words: int

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.words if self.words else None


@dataclass(frozen=True, slots=True)
class ListeningFigures:
    """Figures of a test: answers by preference, and the word errors of each voice."""

    listeners: int
    prefer_a: int
    prefer_b: int
    same: int
    heard_a: ListeningErrors
    heard_b: ListeningErrors

    @property
    def share_a(self) -> tuple[float, float, float] | None:
        """Share that preferred A among those who preferred one, with its interval (Wilson); None: nobody did."""
        count = self.prefer_a + self.prefer_b
        if not count:
            return None
        share, weight = self.prefer_a / count, _Z**2 / count
        middle = (share + weight / 2) / (1 + weight)
        half = _Z * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
        return share, middle - half, middle + half


def is_a_first(test_id: ListeningTestId, listener: UserId, number: int) -> bool:
    """Draw the order of the two voices: by lot for each person and text, and the same at each look."""
    return bool(hashlib.sha256(f"{test_id} {listener} {number}".encode()).digest()[0] % 2)


def figures_of(said: Sequence[str], answers: Sequence[ListeningAnswer]) -> ListeningFigures:
    """Count the answers; ``said`` and what is typed are as spoken, numbers in words."""
    preferred = [answer.clearer for answer in answers]
    first_a, first_b = ([each for each in answers if each.is_a_first is is_a and each.heard] for is_a in (True, False))
    return ListeningFigures(
        listeners=len({answer.listener for answer in answers}),
        prefer_a=preferred.count(ListeningJudgement.A),
        prefer_b=preferred.count(ListeningJudgement.B),
        same=preferred.count(ListeningJudgement.SAME),
        heard_a=_heard(said, first_a),
        heard_b=_heard(said, first_b),
    )


def _heard(said: Sequence[str], typed: Sequence[ListeningAnswer]) -> ListeningErrors:
    errors = sum(word_errors(said[each.number], each.heard) for each in typed)
    return ListeningErrors(len(typed), errors, sum(len(words(said[each.number])) for each in typed))
