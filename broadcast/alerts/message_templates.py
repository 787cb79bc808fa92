"""Alert templates: wording from facts, action first; the all-clear and the correction of an alert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from broadcast.alerts.cap.message import ResponseType
from broadcast.alerts.hazard_rules import AlertLevel, HazardRule, RiskLevel, Rounds, Stage
from broadcast.alerts.hazards import NATIONAL, Hazard, HazardTable
from broadcast.alerts.model import Alert, AlertFacts, CancelCause
from broadcast.speech.normalization import VIETNAMESE
from province.wall_clock import told_time


@dataclass(frozen=True, slots=True)
class Written:
    """Headline and text in one language."""

    headline: str
    text: str


def rounds_of(
    hazard: Hazard, level: AlertLevel, risk: RiskLevel | None = None, *, table: HazardTable = NATIONAL
) -> Rounds:
    """Return the repetitions of the hazard at these levels."""
    return table.hazards[hazard].at(level, risk).rounds


_HEADLINE: Final = "{place}: {action}. {name}."
_BARE_HEADLINE: Final = "{action}. {name}."
_COMMON: Final = {
    "vi": (
        "Thời gian: {when}.",
        "Dự báo: {forecast}.",
        "{advice}.",
        "Cấp độ rủi ro thiên tai: cấp {risk}.",
        "{authority} thông báo.",
    ),
    "en": (
        "Time: {when}.",
        "Forecast: {forecast}.",
        "{advice}.",
        "Disaster risk level {risk}.",
        "Issued by {authority}.",
    ),
}


def written(
    hazard: Hazard,
    facts: AlertFacts,
    language: str,
    *,
    level: AlertLevel | None = None,
    risk: RiskLevel | None = None,
    table: HazardTable = NATIONAL,
) -> Written:
    """Return the wording for these facts and levels (None: the hazard's usual one): place and action first, once.

    The headline is Vietnamese and said before the Vietnamese text; a text in another language begins with its own.
    KeyError for a language not in ``LANGUAGES_WITH_TEXT``.
    """
    rule = table.hazards[hazard]
    text, stage = rule.texts[language], rule.at(rule.level if level is None else level, risk)
    slots = {
        "place": _begun(_plain(facts.place)),
        "intensity": _plain(facts.intensity),
        "forecast": _plain(facts.forecast),
        "advice": advice_in(language, facts.advice, rule),
        "authority": _plain(facts.authority),
        "when": told_time(facts.happens_at, language) if facts.happens_at else "",
        "risk": "" if risk is None else str(int(risk)),
        "name": _begun(text.name),
        "action": stage.actions[language] if _plain(facts.place) else _begun(stage.actions[language]),
    }
    headline = (_HEADLINE if slots["place"] else _BARE_HEADLINE).format(**slots)
    sentences = (*text.danger, *_COMMON[language])
    said = " ".join(filter(None, (_filled(each, slots) for each in sentences)))
    return Written(headline, said if language == VIETNAMESE else f"{headline} {said}")


_SHELTERS: Final = {"vi": "Nơi trú: {shelters}", "en": "Shelter: {shelters}"}
_SHELTERS_MOST: Final = 3
"""With more places the list is longer than anybody remembers."""


def advice_of(
    hazard: Hazard,
    shelters: Sequence[tuple[str, str]],
    *,
    level: AlertLevel | None = None,
    risk: RiskLevel | None = None,
    table: HazardTable = NATIONAL,
) -> str:
    """Return the hazard's Vietnamese advice; where people have to leave, with the shelter of each place.

    ``shelters``: name of a place and its shelter; of more than three places none is named.
    """
    rule = table.hazards[hazard]
    advice = rule.texts[VIETNAMESE].advice
    responses = rule.at(rule.level if level is None else level, risk).responses
    if ResponseType.EVACUATE not in responses or not 0 < len(shelters) <= _SHELTERS_MOST:
        return advice
    named = shelters[0][1] if len(shelters) == 1 else "; ".join(f"{place}: {shelter}" for place, shelter in shelters)
    return f"{advice}. {_SHELTERS[VIETNAMESE].format(shelters=named)}"


def advice_in(language: str, advice: str, rule: HazardRule) -> str:
    """Return the advice of an alert in a language; only what a person has written himself stays as it is."""
    typed, own = _plain(advice), rule.texts[VIETNAMESE].advice
    if not typed or typed == own:
        return rule.texts[language].advice
    begun = f"{own}. {_SHELTERS[VIETNAMESE].format(shelters='')}"
    if not typed.startswith(begun):
        return typed
    return f"{rule.texts[language].advice}. {_SHELTERS[language].format(shelters=typed.removeprefix(begun))}"


_ENDED: Final = {"vi": "{name} tại {place}", "en": "{name}, {place}"}
_ENDINGS: Final = {
    "all_clear": {
        "vi": Written(
            "Đã hết cảnh báo: {ended}",
            "Cảnh báo phát lúc {issued} đã kết thúc. {over}, và tiếp tục theo dõi thông báo của địa phương.",
        ),
        "en": Written(
            "All clear: {ended}",
            "All clear: {ended}. The warning issued at {issued} is over. {over}, and keep listening for announcements.",
        ),
    },
    CancelCause.MISTAKE: {
        "vi": Written(
            "Tin đính chính: đã hủy cảnh báo {ended}",
            "Cảnh báo phát lúc {issued} là phát nhầm và đã bị hủy. Không có nguy hiểm. "
            "Bà con hãy yên tâm và không cần sơ tán. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction: {ended}",
            "Correction: {ended}. The warning issued at {issued} was a mistake and has been withdrawn. "
            "There is no danger. You do not need to evacuate. We apologise.",
        ),
    },
    CancelCause.WRONG_PLACE: {
        "vi": Written(
            "Tin đính chính: đã hủy cảnh báo {ended}",
            "Cảnh báo phát lúc {issued} đã phát nhầm nơi và đã bị hủy ở đây. "
            "Bà con tiếp tục theo dõi thông báo của địa phương. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction: {ended}",
            "Correction: {ended}. The warning issued at {issued} was sent to the wrong place and has been withdrawn "
            "here. Please keep listening for announcements. We apologise.",
        ),
    },
    CancelCause.WRONG_CONTENT: {
        "vi": Written(
            "Tin đính chính: đã hủy cảnh báo {ended}",
            "Nội dung cảnh báo phát lúc {issued} chưa đúng và đã bị hủy. "
            "Bà con vẫn cảnh giác, chờ thông báo mới của địa phương. Xin lỗi bà con vì sự nhầm lẫn này.",
        ),
        "en": Written(
            "Correction: {ended}",
            "Correction: {ended}. What the warning issued at {issued} said was wrong, and it has been withdrawn. "
            "Stay alert and wait for a new announcement. We apologise.",
        ),
    },
    CancelCause.DUPLICATE: {
        "vi": Written(
            "Tin đính chính: đã hủy cảnh báo {ended}",
            "Cảnh báo phát lúc {issued} bị phát trùng và đã bị hủy. "
            "Những cảnh báo khác vẫn còn hiệu lực, bà con tiếp tục làm theo.",
        ),
        "en": Written(
            "Correction: {ended}",
            "Correction: {ended}. The warning issued at {issued} was sent twice and has been withdrawn. "
            "Other warnings are still in force; please keep following them.",
        ),
    },
    CancelCause.OTHER: {
        "vi": Written(
            "Tin đính chính: đã hủy cảnh báo {ended}",
            "Cảnh báo phát lúc {issued} đã bị hủy. Bà con tiếp tục theo dõi thông báo của địa phương.",
        ),
        "en": Written(
            "Correction: {ended}",
            "Correction: {ended}. The warning issued at {issued} has been withdrawn. "
            "Please keep listening for announcements.",
        ),
    },
}


def all_clear_of(alert: Alert, language: str, *, table: HazardTable = NATIONAL) -> Written:
    """Return the wording that ends the alert; ``approved_at`` of the alert given is when people heard it."""
    return _ending("all_clear", alert, language, table)


def correction_of(
    alert: Alert, language: str, cause: CancelCause = CancelCause.OTHER, *, table: HazardTable = NATIONAL
) -> Written:
    """Return the wording that calls the alert off, and why: only a mistake is said to have been without danger."""
    return _ending(cause, alert, language, table)


def _ending(name: str, alert: Alert, language: str, table: HazardTable) -> Written:
    """Fill an ending. Its headline names hazard and place: the alert's own would tell people to flee once more."""
    plain, rule = _ENDINGS[name][language], table.hazards[alert.hazard]
    name, place = rule.texts[language].name, _plain(alert.facts.place)
    ended = _ENDED[language].format(name=name, place=place) if place else name
    issued = told_time(alert.approved_at or alert.changed_at, language)
    over = rule.stages[Stage.OVER].actions[language]
    return Written(
        plain.headline.format(ended=ended)[:300].strip(), plain.text.format(ended=ended, issued=issued, over=over)
    )


def fixed_sentences() -> tuple[str, ...]:
    """Return every Vietnamese sentence of these templates, with its slots: phrases that an announcer may record."""
    found: list[str] = []
    for rule in NATIONAL.hazards.values():
        text = rule.texts[VIETNAMESE]
        actions = (rule.stages[stage].actions[VIETNAMESE] for stage in (Stage.URGENT, Stage.WARNING, Stage.OVER))
        found += [*actions, _begun(text.name), *text.danger, text.advice]
    endings = (line for each in _ENDINGS.values() for line in (each["vi"].headline, each["vi"].text))
    return (*found, *_COMMON["vi"], _SHELTERS["vi"], *endings)


def _begun(text: str) -> str:
    """Return the text as a sentence begins."""
    return f"{text[:1].upper()}{text[1:]}"


def _filled(sentence: str, slots: Mapping[str, str]) -> str:
    is_empty = any(f"{{{name}}}" in sentence and not value for name, value in slots.items())
    return "" if is_empty else sentence.format(**slots)


def _plain(text: str) -> str:
    """Strip the marks that would end a sentence twice."""
    return text.strip().rstrip(".!;").strip()
