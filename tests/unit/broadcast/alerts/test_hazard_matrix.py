"""Every hazard at every level and on every occasion has words, a colour, a siren and a source."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from broadcast.alerts.cap import names
from broadcast.alerts.cap.message import ResponseType, Status, Urgency
from broadcast.alerts.hazard_rules import AlertLevel, HazardRule, RiskLevel, Stage, StageRule
from broadcast.alerts.hazards import GONG, LANGUAGES_WITH_TEXT, NATIONAL, Hazard, HazardTable, of_province
from broadcast.alerts.lifecycle import siren_of
from broadcast.alerts.message_templates import Written, advice_of, all_clear_of, correction_of, written
from broadcast.alerts.model import Alert, AlertFacts, AlertKind, CancelCause, Purpose, Wording
from broadcast.alerts.script import SpokenText, board_headline, board_text, script
from broadcast.speech.normalization import read
from cms.alerts import labels
from cms.alerts.service.draft_fields import HEADLINE_MAX, TEXT_MAX
from cms.alerts.views import alert_styles
from cms.exchange.service.cap_publisher import CapSetting, told
from devices.boards import drawing
from tests.fakes.programme import TREE
from tests.fakes.warnings import alert, order

ROOT: Final = Path(__file__).parents[4]
TABLES: Final = {
    "national": NATIONAL,
    "hue": of_province((ROOT / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8")),
}
CSS: Final = (ROOT / "cms" / "platform" / "web" / "static" / "alerts.css").read_text(encoding="utf-8")
PLACE: Final = "phường Mũi Né"
SHELTER: Final = "Trường tiểu học Hàm Tiến"
AUTHORITY: Final = "Ban Chỉ huy phòng thủ dân sự tỉnh"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Occasion on which an alert is heard. ``ending``: the template of what ends it; ``marks``: what it is called."""

    marks: dict[str, str]
    kind: AlertKind = AlertKind.LIVE
    purpose: Purpose = Purpose.WARNING
    ending: Callable[..., Written] | None = None
    options: dict[str, Any] = field(default_factory=dict)


OCCASIONS: Final = {
    "warning": Occasion({"vi": "Phường Mũi Né: ", "en": "Phường Mũi Né: "}),
    "update": Occasion({"vi": "Tin cập nhật.", "en": "Updated warning."}, purpose=Purpose.UPDATE),
    "drill": Occasion({"vi": "Đây là diễn tập.", "en": "This is a drill."}, kind=AlertKind.DRILL),
    "all_clear": Occasion(
        {"vi": "Đã hết cảnh báo: ", "en": "All clear: "}, purpose=Purpose.ALL_CLEAR, ending=all_clear_of
    ),
    **{
        f"correction_{cause}": Occasion(
            {"vi": "Tin đính chính: ", "en": "Correction: "},
            purpose=Purpose.ALL_CLEAR,
            ending=correction_of,
            options={"cause": cause},
        )
        for cause in CancelCause
    },
}


def stored(occasion: Occasion, hazard: Hazard, level: AlertLevel, risk: RiskLevel | None, table: HazardTable) -> Alert:
    """Return the alert as it is stored on that occasion."""
    advice = advice_of(hazard, [(PLACE, SHELTER)], level=level, risk=risk, table=table)
    facts = AlertFacts(place=PLACE, advice=advice, authority=AUTHORITY)
    words = {each: written(hazard, facts, each, level=level, risk=risk, table=table) for each in LANGUAGES_WITH_TEXT}
    plain = alert(hazard=hazard, level=level, risk=risk, facts=facts, kind=occasion.kind, purpose=occasion.purpose)
    if occasion.ending is not None:
        ending, before = occasion.ending, replace(plain, headline=words["vi"].headline)
        plain = replace(plain, facts=AlertFacts(place=PLACE, authority=AUTHORITY))
        words = {each: ending(before, each, table=table, **occasion.options) for each in LANGUAGES_WITH_TEXT}
    return replace(
        plain,
        headline=words["vi"].headline,
        wordings=tuple(Wording(language, each.text) for language, each in words.items()),
        siren=siren_of(hazard, level, risk, occasion.purpose, table=table),
    )


def said(made: Alert, wording: Wording) -> str:
    (part,) = script(made, wording, is_again=False)
    assert isinstance(part, SpokenText)
    return part.text


@pytest.mark.parametrize(
    ("name", "occasion"), [*(("national", each) for each in OCCASIONS), ("hue", "warning"), ("hue", "all_clear")]
)
def test_every_hazard_is_told_at_every_level_and_on_every_occasion(name: str, occasion: str) -> None:
    kind, table = OCCASIONS[occasion], TABLES[name]
    heard_before: set[tuple[Wording, ...]] = set()
    for hazard in table.changed or Hazard:
        rule = table.hazards[hazard]
        for level, risk in product(AlertLevel, (None, *rule.risks)):
            made = stored(kind, hazard, level, risk, table)
            of_stage = rule.stages[Stage.OVER] if made.is_calm else rule.at(level, risk)
            assert made.siren == of_stage.siren
            assert of_stage.siren.tone == GONG or not made.is_calm
            assert of_stage.source
            assert rule.source
            assert len(made.headline) <= HEADLINE_MAX
            assert board_headline(made).endswith(made.headline)
            assert board_text(made)
            # The words of other occasions differ from the warning's in what stands before and after them.
            is_read = occasion == "warning" or risk in (None, *rule.risks[-1:])
            if is_read and made.wordings not in heard_before:
                heard_before.add(made.wordings)
                for wording in made.wordings:
                    check(kind, rule, of_stage, wording.language, said(made, wording))


def spoken(text: str, language: str) -> str:
    """Return the text as an announcer reads it, with numbers in words."""
    return read(text).spoken if language == "vi" else text


def check(kind: Occasion, rule: HazardRule, of_stage: StageRule, language: str, text: str) -> None:
    assert text.startswith(kind.marks[language]), text
    assert text.casefold().count(PLACE.casefold()) == 1, text
    assert rule.texts[language].name.casefold() in text.casefold(), text
    assert not re.search(r"[{}]|\.\.| \.|\bNone\b", text), text
    assert len(text) <= TEXT_MAX, text
    assert spoken(of_stage.actions[language], language) in text or kind.ending is correction_of, text
    if kind.ending is None:
        asks_to_leave = ResponseType.EVACUATE in of_stage.responses
        assert spoken(rule.texts[language].advice, language) in text, text
        assert (SHELTER in text) is asks_to_leave, text
        assert ("Nơi trú" in text) is (asks_to_leave and language == "vi"), text


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_every_hazard_at_every_level_is_a_whole_cap_message(occasion: str) -> None:
    setting = CapSetting(TREE)
    for hazard in Hazard:
        rule = NATIONAL.hazards[hazard]
        for level, risk in product(AlertLevel, (None, *rule.risks)):
            made = stored(OCCASIONS[occasion], hazard, level, risk, NATIONAL)
            sent = order(
                hazard=hazard, level=level, risk=risk, kind=made.kind, purpose=made.purpose, headline=made.headline
            )
            message = told(sent, made, setting, sender="loa", references=())
            assert (message.status is Status.EXERCISE) is made.is_drill
            # The words that mark a drill are only in the Vietnamese text of boards.
            assert [each.language for each in message.infos] == (["vi-VN"] if made.is_drill else ["vi-VN", "en-US"])
            for info in message.infos:
                language = info.language[:2]
                of_stage = rule.at(level, risk)
                assert info.event == rule.texts[language].name.capitalize()
                assert info.event.casefold() in info.headline.casefold() or language != "vi"
                assert PLACE.casefold() in info.headline.casefold()
                assert info.response_types == ((ResponseType.ALL_CLEAR,) if made.is_calm else of_stage.responses)
                assert (info.urgency is Urgency.PAST) is made.is_calm
                assert info.instruction.startswith("" if made.is_calm else rule.texts[language].advice)
                assert bool(info.instruction) is not made.is_calm
                assert (names.RISK in {each.name for each in info.parameters}) is (risk is not None)


def test_advice_that_an_officer_has_written_is_sent_in_its_own_language_alone() -> None:
    made = alert(facts=AlertFacts(place=PLACE, advice="Theo trưởng thôn"), wordings=(Wording("en", "Go. Flood."),))
    own, english = told(order(), made, CapSetting(TREE), sender="loa", references=()).infos
    assert (own.instruction, english.instruction, english.headline) == ("Theo trưởng thôn", "", "Go")


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_every_occasion_and_level_has_a_colour_on_screens_and_boards(occasion: str) -> None:
    for level, risk in product(AlertLevel, (None, *RiskLevel)):
        made = stored(OCCASIONS[occasion], Hazard.FLOOD, level, risk, NATIONAL)
        look = alert_styles.look(made)
        assert f".kind-{look} .band {{ background: " in CSS
        assert alert_styles.NAME[look]
        style = ".level" if level is AlertLevel.ONE else f".level.{labels.LEVEL_CLASS[level]}"
        assert re.search(rf"{re.escape(style)} \{{[^}}]*background: var\(--l{int(level)}\)", CSS)
        assert level in drawing.LEVELS
        if risk is not None:
            assert f".{labels.RISK_CLASS[risk]} {{ background: {NATIONAL.risks[risk].colour};" in CSS
            assert "Điều 4" in NATIONAL.risks[risk].source
    assert len({*drawing.LEVELS.values(), drawing.DRILL, drawing.CALM}) == len(AlertLevel) + 2


def test_what_an_officer_has_written_himself_is_not_translated() -> None:
    facts = AlertFacts(place=PLACE, advice="Theo trưởng thôn ra nhà văn hóa")
    assert "Theo trưởng thôn ra nhà văn hóa." in written(Hazard.FLOOD, facts, "en").text
