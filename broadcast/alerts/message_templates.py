"""Alert templates: wording from facts; the all-clear and the correction of an alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import HAZARDS, TEXTS, Hazard
from broadcast.alerts.model import Alert, AlertFacts, CancelCause
from province.wall_clock import told_time

LANGUAGES_WITH_TEXT: Final = tuple(TEXTS)


@dataclass(frozen=True, slots=True)
class Written:
    """Headline and text in one language."""

    headline: str
    text: str


def rounds_of(hazard: Hazard, level: AlertLevel) -> Rounds:
    """Return the repetitions of the hazard at this level."""
    return HAZARDS[hazard].rounds_of(level)


_COMMON: Final = {
    "vi": ("Thời gian: {when}.", "Dự báo: {forecast}.", "{authority} thông báo.", "{advice}."),
    "en": ("Time: {when}.", "Forecast: {forecast}.", "Issued by {authority}.", "{advice}."),
}


def written(hazard: Hazard, facts: AlertFacts, language: str) -> Written:
    """Return the text for these facts. KeyError for a language not in ``LANGUAGES_WITH_TEXT``."""
    text = TEXTS[language][hazard]
    when, forecast, authority, advice = _COMMON[language]
    slots = {
        "place": _plain(facts.place),
        "intensity": _plain(facts.intensity),
        "forecast": _plain(facts.forecast),
        "advice": _plain(facts.advice) or text.advice,
        "authority": _plain(facts.authority),
        "when": told_time(facts.happens_at, language) if facts.happens_at else "",
    }
    sentences = (authority, *text.danger, when, forecast, advice)
    headline = text.headline_at if slots["place"] else text.headline
    return Written(headline.format(**slots), " ".join(filter(None, (_filled(each, slots) for each in sentences))))


_ENDINGS: Final = {
    "all_clear": {
        "vi": Written(
            "Đã hết cảnh báo: {ended}",
            "Cảnh báo phát lúc {issued} đã kết thúc. "
            "Bà con có thể trở lại sinh hoạt bình thường và tiếp tục theo dõi thông báo của địa phương.",
        ),
        "en": Written(
            "The warning is over",
            "The warning issued at {issued} is over. "
            "You may return to normal life; please keep listening for announcements.",
        ),
    },
    "careful_all_clear": {
        "vi": Written(
            "Đã hết cảnh báo: {ended}",
            "Cảnh báo phát lúc {issued} đã kết thúc. "
            "Bà con chỉ trở về khi chính quyền địa phương cho phép, không đến gần nơi vừa xảy ra nguy hiểm, "
            "và tiếp tục theo dõi thông báo của địa phương.",
        ),
        "en": Written(
            "The warning is over",
            "The warning issued at {issued} is over. Go back only when the authorities let you, keep away from the "
            "place of danger, and keep listening for announcements.",
        ),
    },
    CancelCause.MISTAKE: {
        "vi": Written(
            "Tin đính chính: đã hủy {cancelled}",
            "Cảnh báo phát lúc {issued} là phát nhầm và đã bị hủy. Không có nguy hiểm. "
            "Bà con hãy yên tâm và không cần sơ tán. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction",
            "Correction. The warning issued at {issued} was a mistake and has been withdrawn. There is no danger. "
            "You do not need to evacuate. We apologise.",
        ),
    },
    CancelCause.WRONG_PLACE: {
        "vi": Written(
            "Tin đính chính: đã hủy {cancelled}",
            "Cảnh báo phát lúc {issued} đã phát nhầm nơi và đã bị hủy ở đây. "
            "Bà con tiếp tục theo dõi thông báo của địa phương. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction",
            "Correction. The warning issued at {issued} was sent to the wrong place and has been withdrawn here. "
            "Please keep listening for announcements. We apologise.",
        ),
    },
    CancelCause.WRONG_CONTENT: {
        "vi": Written(
            "Tin đính chính: đã hủy {cancelled}",
            "Nội dung cảnh báo phát lúc {issued} chưa đúng và đã bị hủy. "
            "Bà con vẫn cảnh giác, chờ thông báo mới của địa phương. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction",
            "Correction. What the warning issued at {issued} said was wrong, and it has been withdrawn. "
            "Stay alert and wait for a new announcement. We apologise.",
        ),
    },
    CancelCause.DUPLICATE: {
        "vi": Written(
            "Tin đính chính: đã hủy {cancelled}",
            "Cảnh báo phát lúc {issued} bị phát trùng và đã bị hủy. "
            "Những cảnh báo khác vẫn còn hiệu lực, bà con tiếp tục làm theo.",
        ),
        "en": Written(
            "Correction",
            "Correction. The warning issued at {issued} was sent twice and has been withdrawn. "
            "Other warnings are still in force; please keep following them.",
        ),
    },
    CancelCause.OTHER: {
        "vi": Written(
            "Tin đính chính: đã hủy {cancelled}",
            "Cảnh báo phát lúc {issued} đã bị hủy. Bà con tiếp tục theo dõi thông báo của địa phương.",
        ),
        "en": Written(
            "Correction",
            "Correction. The warning issued at {issued} has been withdrawn. Please keep listening for announcements.",
        ),
    },
}
_WARNING: Final = "cảnh báo"
_BEGINNINGS: Final = (_WARNING, "tin ", "thông báo")


def all_clear_of(alert: Alert, language: str) -> Written:
    """Return the wording that ends the alert; ``approved_at`` of the alert given is when people heard it."""
    return _ending("careful_all_clear" if HAZARDS[alert.hazard].is_lasting else "all_clear", alert, language)


def correction_of(alert: Alert, language: str, cause: CancelCause = CancelCause.OTHER) -> Written:
    """Return the wording that calls the alert off, and why: only a mistake is said to have been without danger."""
    return _ending(cause, alert, language)


def _ending(name: str, alert: Alert, language: str) -> Written:
    plain = _ENDINGS[name][language]
    cancelled = _following_words(_plain(alert.headline))
    ended = cancelled.removeprefix(f"{_WARNING} ")
    issued = told_time(alert.approved_at or alert.changed_at, language)
    headline = plain.headline.format(ended=ended, cancelled=cancelled).removesuffix(": ")
    return Written(headline[:300].strip(), plain.text.format(issued=issued))


def _following_words(headline: str) -> str:
    """Return the headline after other words: its first letter small where a template begins so, for it is no name."""
    begins_plainly = headline.casefold().startswith(_BEGINNINGS)
    return f"{headline[:1].lower()}{headline[1:]}" if begins_plainly and not headline.isupper() else headline


def fixed_sentences() -> tuple[str, ...]:
    """Return every Vietnamese sentence of these templates, with its slots: phrases that an announcer may record."""
    texts = TEXTS["vi"].values()
    hazards = (line for text in texts for line in (text.headline, text.headline_at, *text.danger, text.advice))
    endings = (line for each in _ENDINGS.values() for line in (each["vi"].headline, each["vi"].text))
    return (*hazards, *_COMMON["vi"], *endings)


def _filled(sentence: str, slots: Mapping[str, str]) -> str:
    is_empty = any(f"{{{name}}}" in sentence and not value for name, value in slots.items())
    return "" if is_empty else sentence.format(**slots)


def _plain(text: str) -> str:
    """Strip the marks that would end a sentence twice."""
    return text.strip().rstrip(".!;").strip()
