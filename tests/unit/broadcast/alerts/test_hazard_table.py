"""Table of hazards: complete, sourced, and replaced by a province only as a whole that is valid."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from broadcast.alerts.cap.message import CapInfo, CapSeverity, Certainty, Urgency
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds, SirenPattern, Stage
from broadcast.alerts.hazards import GONG, HAZARDS, LANGUAGES_WITH_TEXT, NATIONAL, Hazard, national, of_province
from broadcast.alerts.lifecycle import siren_of
from broadcast.alerts.model import Purpose
from broadcast.alerts.table_file import FILE_MAX, TableFileError
from cms.alerts import labels
from cms.exchange.service.proposals import hazard_of

ROOT = Path(__file__).parents[4]
NATIONAL_TEXT = (ROOT / "broadcast" / "alerts" / "hazards.toml").read_text(encoding="utf-8")
HUE = (ROOT / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8")
HEAD = 'name = "Tỉnh A"\nsource = "Quyết định 1"\n'


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(TableFileError) as refused:
        of_province(text)
    return [(each.line, each.field) for each in refused.value.problems]


@pytest.mark.parametrize(("hazard", "stage"), list(product(Hazard, Stage)))
def test_every_hazard_and_stage_has_words_siren_repetition_and_source(hazard: Hazard, stage: Stage) -> None:
    rule = HAZARDS[hazard]
    of_stage = rule.stages[stage]
    assert set(of_stage.actions) == set(LANGUAGES_WITH_TEXT) == set(rule.texts)
    assert all(of_stage.actions.values())
    assert of_stage.siren.tone in labels.TONE
    assert (of_stage.siren.tone == GONG) or stage is not Stage.OVER
    assert of_stage.source
    assert rule.source
    if stage is not Stage.OVER:
        assert of_stage.responses


def test_the_ten_groups_of_the_decision_are_there_and_only_they_have_risk_levels() -> None:
    assert {clause for rule in HAZARDS.values() for clause in rule.clauses} == set(range(1, 11))
    for rule in HAZARDS.values():
        assert bool(rule.clauses) is bool(rule.risks) is (rule.urgent_risk is not None)


def test_the_colours_are_those_that_the_law_names_and_the_screens_show() -> None:
    names = [rule.colour_names["vi"] for rule in NATIONAL.risks.values()]
    assert names == ["xanh dương nhạt", "vàng nhạt", "da cam", "đỏ", "tím"]
    css = (ROOT / "cms" / "platform" / "web" / "static" / "alerts.css").read_text(encoding="utf-8")
    for level, rule in NATIONAL.risks.items():
        assert f".{labels.RISK_CLASS[level]} {{ background: {rule.colour};" in css


def test_a_stated_risk_level_decides_what_is_urgent_else_the_civil_defence_level_does() -> None:
    flood = HAZARDS[Hazard.FLOOD]
    assert flood.stage(AlertLevel.TWO) is Stage.URGENT
    assert flood.stage(AlertLevel.ONE) is Stage.WARNING
    assert flood.stage(AlertLevel.THREE, RiskLevel.TWO) is Stage.WARNING
    assert flood.stage(AlertLevel.ONE, RiskLevel.THREE) is Stage.URGENT
    assert HAZARDS[Hazard.CHEMICAL].stage(AlertLevel.TWO, RiskLevel.ONE) is Stage.URGENT


@pytest.mark.parametrize(("hazard", "language"), list(product(Hazard, LANGUAGES_WITH_TEXT)))
def test_a_hazards_own_name_in_a_message_means_that_hazard(hazard: Hazard, language: str) -> None:
    rule = HAZARDS[hazard]
    info = CapInfo((rule.category,), rule.texts[language].name, Urgency.IMMEDIATE, CapSeverity.SEVERE, Certainty.LIKELY)
    assert hazard_of((info,)) is hazard


def test_hue_s_sirens_load_from_a_file_without_code() -> None:
    table = of_province(HUE)
    assert table.name == "Thành phố Huế"
    assert set(table.changed) == {Hazard.STORM, Hazard.TROPICAL_DEPRESSION, Hazard.FLOOD, Hazard.TSUNAMI}
    storm = SirenPattern("siren-a", 3, 20_000, 10_000, 3)
    alarm_two = SirenPattern("siren-a", 2, 10_000, 10_000, 2)
    alarm_three = SirenPattern("siren-a", 5, 30_000, 5_000, 3)
    assert siren_of(Hazard.STORM, AlertLevel.ONE, table=table) == storm
    assert siren_of(Hazard.TROPICAL_DEPRESSION, AlertLevel.TWO, table=table) == storm
    assert siren_of(Hazard.FLOOD, AlertLevel.ONE, RiskLevel.TWO, table=table) == alarm_two
    for hazard in (Hazard.STORM, Hazard.FLOOD, Hazard.TSUNAMI):
        assert siren_of(hazard, AlertLevel.THREE, RiskLevel.FIVE, table=table) == alarm_three
    assert siren_of(Hazard.FLOOD, AlertLevel.TWO, purpose=Purpose.ALL_CLEAR, table=table).tone == GONG
    assert table.hazards[Hazard.FLOOD].stages[Stage.URGENT].source == table.source
    assert table.hazards[Hazard.FLOOD].stages[Stage.OVER] == HAZARDS[Hazard.FLOOD].stages[Stage.OVER]
    assert table.hazards[Hazard.FLASH_FLOOD] == HAZARDS[Hazard.FLASH_FLOOD]


def test_a_province_says_only_what_is_different() -> None:
    text = f"""{HEAD}contact = "0252 3822 000"
[repeats.often]
at_min = [1.5, 3]
every_min = 5
[hazards.heat]
levels = [1, 2, 3]
lasts_h = 6
[hazards.heat.urgent]
vi = "vào bóng mát ngay"
repeat = "often"
"""
    table = of_province(text)
    rule = table.hazards[Hazard.HEAT]
    assert (rule.risks, rule.lasts, table.contact) == (
        (RiskLevel.ONE, RiskLevel.TWO, RiskLevel.THREE),
        timedelta(hours=6),
        "0252 3822 000",
    )
    urgent, before = rule.stages[Stage.URGENT], HAZARDS[Hazard.HEAT].stages[Stage.URGENT]
    assert urgent.actions == {"vi": "vào bóng mát ngay", "en": before.actions["en"]}
    assert urgent.rounds == Rounds((90_000, 180_000), 300_000)
    assert rule.stages[Stage.WARNING] == HAZARDS[Hazard.HEAT].stages[Stage.WARNING]
    assert of_province("") is NATIONAL


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('name = "A"\nsource = ', (2, "")),
        ('source = "B"\n', (0, "")),
        (f"{HEAD}colour = 1\n", (3, "colour")),
        (f"{HEAD}[levels.1]\ncolour = '#000000'\n", (0, "levels")),
        (f"{HEAD}[hazards.rain]\nlevel = 1\n", (3, "hazards.rain")),
        (f"{HEAD}[hazards.flood]\nlevel = 1\ncategory = 'Met'\n", (5, "hazards.flood.category")),
        (f"{HEAD}[hazards.flood]\nlevel = 4\n", (4, "hazards.flood.level")),
        (f"{HEAD}[hazards.flood]\nlevels = [2, 1]\n", (4, "hazards.flood.levels")),
        (f"{HEAD}[hazards.flood]\nlevels = []\n", (3, "hazards.flood.urgent_from")),
        (f"{HEAD}[hazards.flood.urgent]\nsiren = 'none'\n", (4, "hazards.flood.urgent.siren")),
        (f"{HEAD}[hazards.flood.urgent]\nrepeat = 'none'\n", (4, "hazards.flood.urgent.repeat")),
        (f"{HEAD}[hazards.flood.urgent]\nvi = 'ở {{place}}'\n", (4, "hazards.flood.urgent.vi")),
        (f"{HEAD}[hazards.flood]\nover = {{ siren = 'siren' }}\n", (4, "hazards.flood.over.siren")),
        (f"{HEAD}[hazards.flood.vi]\ndanger = ['{{place}}']\n", (4, "hazards.flood.vi.danger")),
        (f"{HEAD}[sirens.a]\ntone = 'whistle'\n", (4, "sirens.a.tone")),
        (f"{HEAD}[sirens.a]\ntone = 'siren-a'\ncount = 2\ngap_s = 1\n", (3, "sirens.a")),
        (f"{HEAD}[sirens.a]\ntone = 'siren-a'\ncount = 2\nlength_s = 1\n", (3, "sirens.a")),
        (f"{HEAD}[sirens.a]\ntone = 'siren-a'\ncount = 6\nlength_s = 60\ngap_s = 1\n", (3, "sirens.a")),
        (f"{HEAD}[repeats.a]\nat_min = [3, 2]\n", (4, "repeats.a.at_min")),
        (f"{HEAD}sirens = 3\n", (3, "sirens")),
        (f"{HEAD}hazards = 3\n", (3, "hazards")),
        (f"{HEAD}[hazards]\nflood = 3\n", (4, "hazards.flood")),
        ("x" * (FILE_MAX + 1), (0, "")),
    ],
)
def test_a_faulty_file_is_refused_with_line_and_field(text: str, found: tuple[int, str]) -> None:
    assert found in faults(text)


def test_all_faults_are_told_at_once_by_line() -> None:
    text = f"{HEAD}[hazards.flood]\nlevel = 'a'\n[hazards.storm]\nlasts_h = 'b'\n"
    assert faults(text) == [(4, "hazards.flood.level"), (6, "hazards.storm.lasts_h")]
    with pytest.raises(TableFileError, match=r"line 4: hazards\.flood\.level: Expected"):
        of_province(text)
    with pytest.raises(TableFileError, match="file: longer than"):
        of_province("x" * (FILE_MAX + 1))


def test_the_national_table_lacks_nothing() -> None:
    without = NATIONAL_TEXT.replace("[hazards.fog]", "[hazards.mist]").replace("[levels.5]", "[levels.6]")
    with pytest.raises(TableFileError) as refused:
        national(without)
    told = {each.reason for each in refused.value.problems}
    assert {"Hazard `fog` is missing", "No such hazard", "Level 5 is missing"} <= told
