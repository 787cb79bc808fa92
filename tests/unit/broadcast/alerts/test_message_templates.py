"""Alert templates, their spoken form, and the words that mark a drill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds
from broadcast.alerts.hazards import HAZARDS, LANGUAGES_WITH_TEXT, Hazard
from broadcast.alerts.message_templates import all_clear_of, correction_of, rounds_of, written
from broadcast.alerts.model import AlertFacts, AlertKind, Wording
from broadcast.alerts.script import (
    Part,
    PlayedRecording,
    SpokenText,
    board_headline,
    board_text,
    decoded,
    encoded,
    script,
    spoken_languages,
)
from broadcast.speech.readings import Saying
from cms.alerts.service.draft_fields import HEADLINE_MAX, TEXT_MAX
from province.wall_clock import told_time
from tests.fakes.programme import NOW
from tests.fakes.warnings import FACTS, alert

ISSUED = datetime(2026, 3, 3, 7, 5, tzinfo=UTC)
VI, EN, CHAM = Wording("vi", "Nước đang lên."), Wording("en", "Water is rising."), Wording("cjm", "…", "a" * 64)


@pytest.mark.parametrize(("hazard", "language"), list(product(Hazard, LANGUAGES_WITH_TEXT)))
def test_every_hazard_has_a_text_that_leaves_out_what_nobody_filled_in(hazard: Hazard, language: str) -> None:
    full, bare = written(hazard, FACTS, language), written(hazard, AlertFacts(), language)
    for text in (full, bare):
        assert "{" not in text.headline + text.text
        assert ".." not in text.text
        assert text.text.endswith(".")
        assert len(text.headline) <= HEADLINE_MAX
        assert len(text.text) <= TEXT_MAX
    for fact in (FACTS.intensity, FACTS.forecast, FACTS.advice, FACTS.authority):
        assert fact in full.text
    assert full.headline.startswith(f"{FACTS.place}: ")
    # The Vietnamese headline is said before the text; another language has its own in the text.
    assert f"{full.headline} {full.text}".count(FACTS.place) - (language != "vi") == 1
    assert len(bare.text) < len(full.text)


def test_advice_is_given_even_where_nobody_wrote_any() -> None:
    assert "lên nơi cao" in written(Hazard.FLOOD, AlertFacts(), "vi").text


def test_every_hazard_has_a_template_that_asks_for_what_helps() -> None:
    assert set(HAZARDS) == set(Hazard)
    assert all({"place", "advice", "authority"} <= set(rule.asks) for rule in HAZARDS.values())


@pytest.mark.parametrize(
    ("hazard", "level", "minutes", "every"),
    [
        (Hazard.TSUNAMI, AlertLevel.ONE, (5, 10), 30),
        (Hazard.TSUNAMI, AlertLevel.TWO, (5, 10), 30),
        (Hazard.TSUNAMI, AlertLevel.THREE, (5, 10), 20),
        (Hazard.STORM, AlertLevel.THREE, (), 120),
        (Hazard.FLOOD, AlertLevel.TWO, (), 120),
        (Hazard.FLOOD, AlertLevel.ONE, (), 180),
        (Hazard.FLASH_FLOOD, AlertLevel.TWO, (10,), 30),
        (Hazard.EARTHQUAKE, AlertLevel.TWO, (10,), 0),
        (Hazard.MISSING_PERSON, AlertLevel.ONE, (), 0),
        (Hazard.FOREST_FIRE, AlertLevel.ONE, (), 60),
    ],
)
def test_it_sounds_again_as_the_presets_say(
    hazard: Hazard, level: AlertLevel, minutes: tuple[int, ...], every: int
) -> None:
    wanted = Rounds(tuple(minute * 60_000 for minute in minutes), every * 60_000)
    assert rounds_of(hazard, level) == wanted


def test_a_time_is_told_as_it_is_said() -> None:
    assert told_time(ISSUED, "vi") == "14 giờ 5 phút, ngày 3 tháng 3"
    assert told_time(NOW, "cjm") == "8 giờ, ngày 2 tháng 3"
    assert told_time(ISSUED, "en-GB") == "14:05 on 3 March"


def test_an_alert_says_its_headline_first_and_once() -> None:
    plain = alert(headline="Cảnh báo lũ.", wordings=(VI, EN))
    assert script(plain, VI, is_again=False) == (SpokenText("vi", "Cảnh báo lũ. Nước đang lên."),)
    assert script(plain, EN, is_again=False) == (SpokenText("en", "Water is rising."),)
    repeated = replace(VI, text="CẢNH BÁO LŨ ở Tuy Phong.")
    assert script(plain, repeated, is_again=False) == (SpokenText("vi", "CẢNH BÁO LŨ ở Tuy Phong."),)
    assert script(replace(plain, headline=""), VI, is_again=False) == (SpokenText("vi", "Nước đang lên."),)


def test_a_repeat_names_no_hour_as_nobody_knows_it_when_it_is_spoken() -> None:
    plain = alert(headline="")
    (said,) = script(plain, VI, is_again=True)
    assert said == SpokenText("vi", "Nhắc lại cảnh báo.\nNước đang lên.")
    (english,) = script(plain, EN, is_again=True)
    assert english == SpokenText("en", "Repeating the warning.\nWater is rising.")


@pytest.mark.parametrize(("wording", "is_again"), list(product((VI, EN, CHAM), (False, True))))
def test_a_drill_says_so_at_the_beginning_and_at_the_end(wording: Wording, is_again: bool) -> None:
    parts = script(alert(kind=AlertKind.DRILL), wording, is_again=is_again)
    first, last = parts[0], parts[-1]
    assert isinstance(first, SpokenText)
    assert isinstance(last, SpokenText)
    assert first.text.startswith(("Đây là diễn tập.", "This is a drill."))
    assert last.text.endswith(("Không có nguy hiểm.", "There is no danger."))


def test_a_recording_is_played_and_what_has_to_be_added_is_said_in_vietnamese() -> None:
    assert script(alert(), CHAM, is_again=False) == (PlayedRecording("a" * 64),)
    said, played = script(alert(), CHAM, is_again=True)
    assert isinstance(said, SpokenText)
    assert said.language == "vi"
    assert played == PlayedRecording("a" * 64)
    before, recorded, after = script(alert(kind=AlertKind.DRILL), CHAM, is_again=False)
    assert isinstance(before, SpokenText)
    assert isinstance(after, SpokenText)
    assert recorded == played
    assert spoken_languages((before, recorded, after)) == {"vi"}


def test_nothing_to_say_is_no_script() -> None:
    assert script(alert(kind=AlertKind.DRILL), Wording("vi", "  "), is_again=False) == ()


@pytest.mark.parametrize("parts", [(), (SpokenText("vi", 'a "b" \n ă'), PlayedRecording("f" * 64))])
def test_what_a_sound_is_made_from_comes_back_as_it_was(parts: tuple[Part, ...]) -> None:
    assert decoded(encoded(parts)) == parts


def test_boards_show_that_a_drill_is_one() -> None:
    live, drill = alert(wordings=(EN, VI)), alert(kind=AlertKind.DRILL, wordings=(EN, VI))
    assert (board_headline(live), board_text(live)) == (live.headline, VI.text)
    assert board_headline(drill) == f"DIỄN TẬP – {drill.headline}"
    assert "không phải tình huống thật" in board_text(drill)
    assert board_text(alert(wordings=())) == ""


def test_an_all_clear_and_a_correction_name_what_they_end() -> None:
    ended = alert(headline="Cảnh báo lũ.", approved_at=ISSUED)
    for template in (all_clear_of, correction_of):
        vietnamese, english = template(ended, "vi"), template(ended, "en")
        assert vietnamese.text.startswith("Cảnh báo phát lúc 14 giờ 5 phút, ngày 3 tháng 3 đã ")
        assert "14:05 on 3 March" in english.text
    place = "tại Thượng nguồn sông Lũy"
    assert all_clear_of(ended, "vi").headline == f"Đã hết cảnh báo: lũ, ngập lụt {place}"
    assert correction_of(ended, "vi").headline == f"Tin đính chính: đã hủy cảnh báo lũ, ngập lụt {place}"
    assert "8 giờ" in all_clear_of(alert(), "vi").text


def test_an_alert_is_read_as_an_announcer_reads_it_and_by_its_own_words() -> None:
    plain = alert(headline="", sayings=(Saying("La Ngà", "Lờ a Ngà"),))
    (said,) = script(plain, replace(VI, text="Lũ sông La Ngà trên BĐ3 0,2m"), is_again=False)
    assert said == SpokenText("vi", "Lũ sông Lờ a Ngà trên báo động ba không phẩy hai mét")
    assert board_text(replace(plain, wordings=(replace(VI, text="Trên BĐ3"),))) == "Trên BĐ3"


def test_an_all_clear_names_hazard_and_place_and_never_what_people_were_told_to_do() -> None:
    facts = replace(FACTS, place="phường Mũi Né")
    warned = written(Hazard.FLASH_FLOOD, facts, "vi")
    ended = alert(hazard=Hazard.FLASH_FLOOD, headline=warned.headline, facts=facts)
    said = all_clear_of(ended, "vi")
    assert said.headline == "Đã hết cảnh báo: lũ quét tại phường Mũi Né"
    assert "lên nơi cao" not in f"{said.headline} {said.text}"
    assert "chỉ trở về khi chính quyền địa phương cho phép" in said.text
    (spoken,) = script(alert(headline=said.headline), Wording("vi", said.text), is_again=False)
    assert isinstance(spoken, SpokenText)
    assert spoken.text.casefold().startswith("đã hết cảnh báo: ")
    assert spoken.text.casefold().count("đã hết cảnh báo") == 1


def test_an_alert_without_a_place_ends_in_whole_words() -> None:
    ended = alert(headline="", facts=AlertFacts())
    assert all_clear_of(ended, "vi").headline == "Đã hết cảnh báo: lũ, ngập lụt"
    assert correction_of(ended, "vi").headline == "Tin đính chính: đã hủy cảnh báo lũ, ngập lụt"


def test_a_warning_says_first_who_has_to_do_what() -> None:
    facts = replace(FACTS, place="phường Mũi Né", advice="")
    flood = written(Hazard.FLASH_FLOOD, facts, "vi")
    assert flood.headline == "Phường Mũi Né: lên nơi cao ngay. Lũ quét."
    assert flood.text.startswith("Lũ quét sắp đổ về.")
    assert flood.text.endswith(f"{FACTS.authority} thông báo.")
    weaker = written(Hazard.FLASH_FLOOD, facts, "vi", level=AlertLevel.ONE, risk=RiskLevel.ONE)
    assert weaker.headline == "Phường Mũi Né: không ở gần sông, suối. Lũ quét."
    assert "Cấp độ rủi ro thiên tai: cấp 1." in weaker.text
    english = written(Hazard.FLASH_FLOOD, replace(facts, place="Mui Ne"), "en")
    assert english.text.startswith("Mui Ne: go to high ground now. Flash flood. A flash flood may strike")
    assert written(Hazard.FLASH_FLOOD, AlertFacts(), "vi").headline == "Lên nơi cao ngay. Lũ quét."


def test_a_dam_release_is_warned_of_in_plain_grammar() -> None:
    dam = written(Hazard.DAM_RELEASE, replace(FACTS, place="phường Mũi Né"), "vi").text
    assert "Hồ chứa đang xả nước, nước sẽ lên nhanh ở hạ du." in dam
