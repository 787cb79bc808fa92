"""Script of an alert: the parts sounded for one wording, each a text for a voice or a recording.

A drill is announced as one before and after, whatever was typed or recorded. An update is announced as one, and a
repeat, without the hour: it is spoken before the time of the second approval is known. Where a language has no phrase
for that, the Vietnamese voice says it in Vietnamese.
"""

import json
from dataclasses import dataclass

from broadcast.alerts.model import Alert, Purpose, Wording
from broadcast.speech.normalization import VIETNAMESE, read

BOARD_DRILL_PREFIX = "DIỄN TẬP – "
BOARD_DRILL_SUFFIX = "\nĐây là diễn tập, không phải tình huống thật."

_DRILL_BEFORE = {
    "vi": "Đây là diễn tập. Đây là diễn tập, không phải tình huống thật.",
    "en": "This is a drill. This is a drill, not a real emergency.",
}
_DRILL_AFTER = {
    "vi": "Bà con vừa nghe nội dung diễn tập. Không có nguy hiểm.",
    "en": "You have heard a drill. There is no danger.",
}
_UPDATED = {
    "vi": "Tin cập nhật.",
    "en": "Updated warning.",
}
_AGAIN = {
    "vi": "Nhắc lại cảnh báo.",
    "en": "Repeating the warning.",
}


@dataclass(frozen=True, slots=True)
class SpokenText:
    """Spoken text for a voice of ``language``."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class PlayedRecording:
    """A recording in the content store."""

    sha256: str


Part = SpokenText | PlayedRecording


def script(alert: Alert, wording: Wording, *, is_again: bool) -> tuple[Part, ...]:
    """Return the parts in order; empty where the wording has no content."""
    body = _body(alert, wording)
    if body is None:
        return ()
    parts: list[Part] = []
    if alert.is_drill:
        parts.append(_phrase(_DRILL_BEFORE, wording.language))
    if is_again:
        parts.append(_phrase(_AGAIN, wording.language))
    elif alert.purpose is Purpose.UPDATE:
        parts.append(_phrase(_UPDATED, wording.language))
    parts.append(body)
    if alert.is_drill:
        parts.append(_phrase(_DRILL_AFTER, wording.language))
    return tuple(_read(alert, part) for part in _joined(parts))


def encoded(parts: tuple[Part, ...]) -> str:
    """Return one string, the same for the same parts: a sound's ``made_from``."""
    plain = [["say", p.language, p.text] if isinstance(p, SpokenText) else ["play", p.sha256] for p in parts]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def decoded(made_from: str) -> tuple[Part, ...]:
    """Return the parts from ``encoded``."""
    return tuple(
        SpokenText(each[1], each[2]) if each[0] == "say" else PlayedRecording(each[1]) for each in json.loads(made_from)
    )


def spoken_languages(parts: tuple[Part, ...]) -> frozenset[str]:
    """Return the languages that need a voice."""
    return frozenset(part.language for part in parts if isinstance(part, SpokenText))


def fixed_sentences() -> tuple[str, ...]:
    """Return every Vietnamese sentence of this script, with its slots: phrases that an announcer may record."""
    return tuple(phrases[VIETNAMESE] for phrases in (_DRILL_BEFORE, _DRILL_AFTER, _UPDATED, _AGAIN))


def board_headline(alert: Alert) -> str:
    """Return the headline that boards show above the text."""
    return f"{BOARD_DRILL_PREFIX}{alert.headline}" if alert.is_drill else alert.headline


def board_text(alert: Alert) -> str:
    """Return the Vietnamese text, as boards show it."""
    text = next((wording.text for wording in alert.wordings if wording.language == VIETNAMESE), "")
    return f"{text}{BOARD_DRILL_SUFFIX}" if alert.is_drill else text


def _body(alert: Alert, wording: Wording) -> Part | None:
    if wording.recording_sha256:
        return PlayedRecording(wording.recording_sha256)
    text = wording.text.strip()
    if not text:
        return None
    # The headline is Vietnamese; where the text repeats it, once is enough.
    headline = alert.headline.strip().rstrip(".")
    if wording.language == VIETNAMESE and headline and not text.casefold().startswith(headline.casefold()):
        text = f"{headline}. {text}"
    return SpokenText(wording.language, text)


def _phrase(phrases: dict[str, str], language: str) -> SpokenText:
    known = language if language in phrases else VIETNAMESE
    return SpokenText(known, phrases[known])


def _read(alert: Alert, part: Part) -> Part:
    """Turn a Vietnamese text into its spoken text, as an announcer reads it."""
    if isinstance(part, SpokenText) and part.language == VIETNAMESE:
        return SpokenText(part.language, read(part.text, alert.sayings).spoken)
    return part


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, SpokenText) and isinstance(last, SpokenText) and last.language == part.language:
            found[-1] = SpokenText(part.language, f"{last.text}\n{part.text}")
        else:
            found.append(part)
    return tuple(found)
