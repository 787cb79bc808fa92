from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.alerts.cap.message import (
    CapArea,
    CapCircle,
    CapInfo,
    CapSeverity,
    Category,
    NamedValue,
    ResponseType,
    Status,
)
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel
from broadcast.alerts.hazards import HAZARDS, Hazard
from broadcast.alerts.model import AlertId, AlertKind, Audience, Disc, Purpose
from broadcast.bulletins.model import Targets
from cms.alerts.service.draft_fields import HEADLINE_MAX, TEXT_MAX
from cms.exchange.service.proposals import Drafted, draft_of, hazard_of, is_elsewhere, language_of, within
from province.areas import AreaId, AreaTree
from tests.console import AREAS, COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, START
from tests.unit.exchange.messages import info, message

TREE = AreaTree(AREAS)


class Speaks:
    def speaks(self, language: str) -> bool:
        return language in {"vi", "en"}


def drafted(*infos: CapInfo, updates_id: AlertId | None = None, **changes: Any) -> Drafted:
    found = message(infos=infos or (info(),), **changes)
    return draft_of(found, Audience(), Speaks(), authority="", updates_id=updates_id, now=START, hours_max=168)


@pytest.mark.parametrize(
    ("event", "hazard"),
    [
        ("Bão số 5", Hazard.STORM),
        ("Cảnh báo mưa lớn", Hazard.HEAVY_RAIN),
        ("Cảnh báo", Hazard.OTHER),
        ("Lũ quét, sạt lở đất", Hazard.FLASH_FLOOD),
        ("Sạt lở đất", Hazard.LANDSLIDE),
        ("Cảnh báo lũ", Hazard.FLOOD),
        ("Xả lũ hồ Sông Quao", Hazard.DAM_RELEASE),
        ("Sóng thần", Hazard.TSUNAMI),
        ("Động đất", Hazard.EARTHQUAKE),
        ("Cháy rừng cấp V", Hazard.FOREST_FIRE),
        ("Dịch bệnh sốt xuất huyết", Hazard.EPIDEMIC),
        ("Rò rỉ hóa chất", Hazard.CHEMICAL),
        ("Trẻ em mất tích", Hazard.MISSING_PERSON),
        ("An ninh trật tự", Hazard.PUBLIC_ORDER),
        ("Flash Flood Warning", Hazard.FLASH_FLOOD),
        ("Severe Thunderstorm Warning", Hazard.THUNDERSTORM),
        ("Child Abduction Emergency", Hazard.MISSING_PERSON),
    ],
)
def test_the_hazard_is_what_the_event_is_called(event: str, hazard: Hazard) -> None:
    assert hazard_of((info(event=event, headline="", categories=(Category.MET,)),)) is hazard


def test_the_headline_tells_where_the_event_does_not_and_then_the_category() -> None:
    assert hazard_of((info(event="Cảnh báo", headline="Sóng thần"),)) is Hazard.TSUNAMI
    for category, hazard in ((Category.CBRNE, Hazard.CHEMICAL), (Category.TRANSPORT, Hazard.OTHER)):
        assert hazard_of((info(event="X", headline="Y", categories=(category,)),)) is hazard


def test_every_hazard_has_a_category() -> None:
    assert {rule.category for rule in HAZARDS.values()} <= set(Category)
    assert set(HAZARDS) == set(Hazard)


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (CapSeverity.EXTREME, AlertLevel.THREE),
        (CapSeverity.SEVERE, AlertLevel.TWO),
        (CapSeverity.MODERATE, AlertLevel.ONE),
        (CapSeverity.UNKNOWN, AlertLevel.ONE),
    ],
)
def test_the_gravest_part_proposes_the_level(severity: CapSeverity, level: AlertLevel) -> None:
    assert drafted(info(severity=CapSeverity.MINOR), info(severity=severity)).draft.level is level


def test_vietnamese_comes_first_and_other_languages_say_their_headline() -> None:
    english = info(language="en", event="Flash flood", headline="", description="Leave.", instruction="")
    draft = drafted(english, info()).draft
    assert [(w.language, w.text) for w in draft.wordings] == [
        ("vi", "Mưa rất to trên thượng nguồn.\nRời khỏi bờ suối ngay."),
        ("en", "Flash flood\nLeave."),
    ]
    assert draft.facts.advice == "Rời khỏi bờ suối ngay."


def test_a_message_of_bare_headlines_still_says_something() -> None:
    draft = drafted(info(description="", instruction="<br>")).draft
    assert draft.wordings[0].text == "Cảnh báo lũ quét"


def test_a_language_that_says_nothing_is_no_wording() -> None:
    draft = drafted(info(), info(language="en", event="<b></b>", headline="", description="", instruction="")).draft
    assert [each.language for each in draft.wordings] == ["vi"]


def test_texts_too_long_end_with_a_sentence_or_a_word() -> None:
    sentence = "Nước lên nhanh. "
    draft = drafted(info(description=sentence * 400, headline="chữ " * 100)).draft
    assert len(draft.wordings[0].text) <= TEXT_MAX
    assert draft.wordings[0].text.endswith("nhanh.")
    assert len(draft.headline) <= HEADLINE_MAX
    assert draft.headline.endswith("chữ")
    assert len(drafted(info(headline="x" * 1000)).draft.headline) == HEADLINE_MAX


def test_an_update_and_an_exercise_stay_what_they_are() -> None:
    draft = drafted(updates_id=AlertId("a1"), status=Status.EXERCISE).draft
    assert (draft.purpose, draft.updates_id, draft.kind) == (Purpose.UPDATE, "a1", AlertKind.DRILL)


def test_the_facts_are_taken_from_what_is_said() -> None:
    onset = START + timedelta(hours=2)
    facts = drafted(info(onset=onset), info(onset=onset + timedelta(hours=1))).draft.facts
    assert (facts.happens_at, facts.place, facts.authority) == (onset, "phường Mũi Né", "Đài Khí tượng Thủy văn")


@pytest.mark.parametrize(("tag", "language"), [("vi-VN", "vi"), ("EN", "en"), ("zh-Hant-TW", "zh"), ("fr-FR", "")])
def test_languages_go_by_our_own_tags(tag: str, language: str) -> None:
    assert language_of(tag) == language


@pytest.mark.parametrize(
    ("rights", "kept"),
    [
        ((), (DISTRICT,)),
        ((PROVINCE,), (DISTRICT,)),
        ((COMMUNE, COMMUNE_2, AreaId("gone")), tuple(sorted((COMMUNE, COMMUNE_2)))),
        ((FAR_COMMUNE,), ()),
    ],
)
def test_a_proposal_ends_where_the_sender_s_rights_do(rights: tuple[AreaId, ...], kept: tuple[AreaId, ...]) -> None:
    audience = Audience(Targets((DISTRICT,)), discs=(Disc(10.9, 108.2, 10),))
    found = within(audience, rights, TREE)
    assert tuple(sorted(found.targets.areas)) == kept
    assert found.has_shape == bool(kept)
    assert replace(found, targets=audience.targets, discs=audience.discs) == audience


FAR = CapCircle(21.0, 105.8, 5.0)
CODED = AreaTree([replace(area, codes={"gso": f"{n:05}"}) for n, area in enumerate(AREAS)])


@pytest.mark.parametrize(
    ("tree", "area", "is_it"),
    [
        (TREE, CapArea("Hà Nội", circles=(FAR,)), True),
        (TREE, CapArea("Hà Nội"), False),
        (TREE, CapArea("Hà Nội", geocodes=(NamedValue("SAME", "1"),)), False),
        (TREE, CapArea("Hà Nội", geocodes=(NamedValue("VN:maDVHC", "1"),)), False),
        (CODED, CapArea("Hà Nội", geocodes=(NamedValue("VN:maDVHC", "1"),)), True),
        (CODED, CapArea("Hà Nội", circles=(FAR,), geocodes=(NamedValue("SAME", "1"),)), False),
        (AreaTree(()), CapArea("Hà Nội", circles=(FAR,)), False),
    ],
)
def test_only_what_is_surely_elsewhere_is_elsewhere(tree: AreaTree, area: CapArea, is_it: bool) -> None:
    assert is_elsewhere(message(infos=(info(areas=(area,)),)), Audience(), tree) is is_it
    assert not is_elsewhere(message(infos=(info(areas=(area,)), info(areas=()))), Audience(), tree)
    assert not is_elsewhere(message(infos=(info(areas=(area,)),)), Audience(Targets((COMMUNE,))), tree)


@pytest.mark.parametrize(
    ("event", "stated", "risk", "notes"),
    [
        ("Lũ quét", ("3",), RiskLevel.THREE, ()),
        ("Lũ quét", ("1", "2"), RiskLevel.TWO, ()),
        ("Lũ quét", ("4",), None, ("RISK_OUT_OF_BOUNDS:4",)),
        ("Rò rỉ hóa chất", ("1",), None, ("RISK_OUT_OF_BOUNDS:1",)),
        ("Lũ quét", ("6", "x"), None, ()),
        ("Lũ quét", (), None, ()),
    ],
)
def test_the_risk_level_of_a_message_is_taken_if_the_law_gives_it_to_the_hazard(
    event: str, stated: tuple[str, ...], risk: RiskLevel | None, notes: tuple[str, ...]
) -> None:
    parameters = tuple(NamedValue("VN:capDoRuiRoThienTai", each) for each in stated)
    found = drafted(info(event=event, headline="", parameters=parameters))
    assert (found.draft.risk, found.notes) == (risk, notes)


def test_our_own_code_of_a_hazard_decides_and_an_unknown_one_does_not() -> None:
    for code, hazard in (("tsunami", Hazard.TSUNAMI), ("rain", Hazard.FLASH_FLOOD)):
        assert hazard_of((info(event_codes=(NamedValue("Loa:hazard", code),)),)) is hazard


def test_what_a_sender_asks_of_people_is_noted_once() -> None:
    asked = (ResponseType.SHELTER, ResponseType.NONE, ResponseType.AVOID)
    found = drafted(info(response_types=asked), info(response_types=asked[:1]))
    assert found.notes == ("RESPONSE:Shelter", "RESPONSE:Avoid")
