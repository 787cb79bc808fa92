"""Recordings wanted of an announcer: the fixed parts of alerts and common bulletins, and the names of places."""

import re
from collections.abc import Iterable, Iterator

from broadcast.alerts.message_templates import fixed_sentences as said_in_alerts
from broadcast.alerts.script import fixed_sentences as said_around
from broadcast.speech.normalization import read
from broadcast.speech.phrase_bank import PhraseKey, key_of

COMMON = (
    "Kính thưa bà con",
    "Ủy ban nhân dân thông báo",
    "Đây là đài truyền thanh",
    "Đề nghị bà con",
    "Kính mời bà con",
    "Thời gian",
    "Địa điểm",
    "Công ty Điện lực thông báo ngừng cung cấp điện",
    "Thông báo ngừng cung cấp nước sạch",
    "Trạm y tế thông báo lịch tiêm chủng",
    "Xin trân trọng thông báo để bà con được biết",
    "Xin trân trọng cảm ơn bà con đã lắng nghe",
)
"""Usual beginnings, continuations and endings of every commune's bulletins."""
_PARTS_OF_DAY = {"sáng": range(1, 12), "trưa": range(11, 13), "chiều": range(1, 7), "tối": range(6, 12)}
TIMES = (
    *(f"{hour} giờ" for hour in range(24)),
    *(f"{minute} phút" for minute in range(5, 60, 5)),
    *(f"{hour} giờ {part}" for part, hours in _PARTS_OF_DAY.items() for hour in hours),
    *(f"{part} {day}" for part in ("sáng", "chiều", "tối") for day in ("nay", "mai")),
    *("hôm nay", "ngày mai", "chủ nhật"),
    *(f"thứ {day}" for day in range(2, 8)),
    *(f"ngày {day}" for day in range(1, 32)),
    *(f"tháng {month}" for month in range(1, 13)),
)
"""Parts of which the times of bulletins are put together; minutes as people set them."""
_SLOT = re.compile(r"\{\w+\}")
_SENTENCE_END = re.compile(r"[.!?\n]+\s*")
_EDGE = " ,;:–-"


def wanted_phrases(place_names: tuple[str, ...]) -> tuple[str, ...]:
    """Spoken Vietnamese texts, each once: alerts first, then bulletins, their times, and the names."""
    found: dict[PhraseKey, str] = {}
    for text in (*_fixed((*said_in_alerts(), *said_around())), *COMMON, *TIMES, *place_names):
        spoken = read(text).spoken.strip(_EDGE)
        if key := key_of(spoken):
            found.setdefault(key, spoken)
    return tuple(found.values())


def _fixed(sentences: Iterable[str]) -> Iterator[str]:
    """Yield the text between slots and sentence ends."""
    for sentence in sentences:
        for part in _SENTENCE_END.split(sentence):
            yield from (piece.strip(_EDGE) for piece in _SLOT.split(part))
