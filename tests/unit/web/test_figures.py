from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, g, render_template_string

from broadcast.bulletins.schedules import Move, Schedule
from broadcast.scheduling.conflicts import Clash, ClashKind
from cms.features import FEATURES
from cms.platform.web import formats, languages, messages, wording
from cms.schedule import labels
from province.areas import AreaId, AreaTree
from province.errors import ConflictError, InvalidError, Problem

AT = datetime(2026, 11, 24, 10, 0, 5, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def reader() -> Iterator[None]:
    """Request context of a reader of Vietnamese, with no area known."""
    app = Flask("figures")
    languages.install(app)
    messages.install(FEATURES)
    with app.test_request_context("/"):
        g.tree = AreaTree(())
        yield


def test_a_field_of_time_is_read_back_as_it_was_shown() -> None:
    problems: list[Problem] = []
    assert formats.read_instant(formats.as_typed(AT), "happens_at", problems) == AT.replace(second=0)
    assert formats.read_instant(formats.as_typed(None), "happens_at", problems) is None
    assert problems == []


@pytest.mark.parametrize("typed", ["2026-11-24T17:00", "2026-11-24T17:00+07:00", "2026-11-24T10:00Z"])
def test_a_typed_time_is_the_provinces_unless_it_names_its_offset(typed: str) -> None:
    assert formats.typed_instant(typed) == AT.replace(second=0)


@pytest.mark.parametrize("typed", ["2026-11-24T17:00", "2026-11-24T17:00+07:00", "2026-11-24T10:00Z"])
def test_a_typed_wall_time_keeps_the_same_rule(typed: str) -> None:
    assert formats.typed_wall(typed) == wall("2026-11-24T17:00")


@pytest.mark.parametrize("typed", ["24/11", "0001-01-01T00:00", "9999-12-31T23:59Z"])
def test_what_is_no_time_is_a_problem_of_its_field(typed: str) -> None:
    problems: list[Problem] = []
    assert formats.read_instant(typed, "happens_at", problems) is None
    assert problems == [Problem("happens_at", "NOT_A_TIME")]


def test_instants_are_written_as_in_vietnam() -> None:
    assert ">17:00 24/11/2026<" in formats.instant(AT)
    assert ">17:00:05 24/11/2026<" in formats.instant_s(AT)
    assert (formats.clock(None), formats.day(None), formats.duration(None)) == ("–", "–", "–")
    assert formats.day(date(2026, 1, 2)) == "02/01/2026"
    assert formats.local(wall("2026-01-01T05:00")).hour == 5


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ _('Today') }}", "Hôm nay"),
        ("{{ _('%(n)s loudspeakers ready', n='<b>') }}", "&lt;b&gt; loa sẵn sàng"),
        ("{{ _('%(n)s loudspeakers ready', n='<b>'|safe) }}", "<b> loa sẵn sàng"),
        ("{% autoescape false %}{{ _('%(n)s loudspeakers ready', n='<b>') }}{% endautoescape %}", "<b> loa sẵn sàng"),
        ("{% autoescape false %}{{ _('Today') }}{% endautoescape %}", "Hôm nay"),
        ("{{ _('100%% <i>') }}", "100% <i>"),
        ("{{ _('%(place)s · %(message)s', place='Mũi Né', message='<i>') }}", "Mũi Né · &lt;i&gt;"),
    ],
)
def test_figures_in_a_sentence_of_a_page_are_escaped_and_the_sentence_is_not(template: str, said: str) -> None:
    assert render_template_string(template) == said


@pytest.mark.parametrize(("ms", "said"), [(0, "0:00"), (59_600, "1:00"), (65_000, "1:05"), (3_600_000, "60:00")])
def test_lengths_are_minutes_and_seconds(ms: int, said: str) -> None:
    assert formats.duration(ms) == said


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "đã hết hạn"),
        (59, "còn chưa đầy 1 phút"),
        (119, "còn 1 phút"),
        (3600, "còn 1 giờ"),
        (8 * 3600 + 120, "còn 8 giờ 2 phút"),
        (86_400, "còn 1 ngày"),
    ],
)
def test_the_time_left_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert formats.time_left(AT + timedelta(seconds=seconds), AT) == said


@pytest.mark.usefixtures("reader")
def test_levels_have_a_comma_and_a_minus() -> None:
    assert formats.decimal(-16.04) == "−16,0"
    assert formats.decimal(3.6, 0) == "4"
    assert formats.decimal(None) == "–"
    assert [formats.number(each) for each in (-1_000, -1, 0, 999, 1_000, 12_000)] == [
        *("-1.000", "-1", "0", "999", "1.000", "12.000")
    ]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("rrule", "said"),
    [
        ("", "Một lần, lúc 05:30 ngày 24/11/2026"),
        ("FREQ=DAILY", "Hằng ngày lúc 05:30, từ 24/11/2026"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", "Cứ 3 ngày lúc 05:30, từ 24/11/2026, 5 lần"),
        ("FREQ=DAILY;BYDAY=SA,SU", "Hằng ngày, Thứ Bảy, Chủ Nhật lúc 05:30, từ 24/11/2026"),
        ("FREQ=WEEKLY;UNTIL=20261231T235959", "Hằng tuần, Thứ Ba lúc 05:30, từ 24/11/2026, đến 31/12/2026"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO", "Cứ 2 tuần, Thứ Hai, Thứ Tư lúc 05:30, từ 24/11/2026"),
    ],
)
def test_a_schedule_is_said_in_one_line(rrule: str, said: str) -> None:
    assert labels.line(Schedule("1", wall("2026-11-24T05:30"), rrule)) == said


@pytest.mark.usefixtures("reader")
def test_dates_left_out_and_moved_are_said() -> None:
    schedule = Schedule(
        "1",
        wall("2026-11-24T05:30"),
        "FREQ=DAILY",
        (date(2026, 11, 26),),
        (Move(date(2026, 11, 27), wall("2026-11-27T17:00")),),
    )
    assert labels.line(schedule).endswith(", trừ 26/11/2026, lần ngày 27/11/2026 dời sang 17:00 27/11/2026")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("kind", list(ClashKind))
def test_every_kind_of_clash_has_its_sentence(kind: ClashKind) -> None:
    clash = Clash(kind, "1", AT, AreaId("x"), None, "Tin khác", AT)
    said = messages.clash_sentences([clash, clash])
    assert len(said) == 1
    assert said[0].startswith("17:00 24/11/2026: ")
    assert "%(" not in said[0]


@pytest.mark.usefixtures("reader")
def test_what_has_no_words_yet_is_no_code_on_a_screen() -> None:
    assert wording.word(wording.STATUS, "strange") == "strange"
    assert messages.area_name("nowhere") == "nowhere"
    said = (messages.wire_reason("STRANGE"), messages.problem_sentence(Problem("x", "STRANGE")))
    for sentence in (
        *said,
        messages.failure("STRANGE"),
        *messages.problem_sentences(InvalidError([Problem("odd", "STRANGE")])),
    ):
        assert sentence
        assert "strange" not in sentence.lower()
        assert not sentence.startswith("odd")
    assert messages.problem_sentences(ConflictError("bulletin", "x", 1, 2)) == []


@pytest.mark.usefixtures("reader")
def test_many_places_are_counted() -> None:
    assert messages.area_names([str(number) for number in range(7)]) == "0, 1, 2, 3, 4 và 2 nơi khác"


@pytest.mark.usefixtures("reader")
def test_every_problem_of_the_rules_has_its_sentence() -> None:
    details: dict[str, dict[str, str | int]] = {
        "TOO_LONG": {"length": 300, "max": 200},
        "TOO_MANY": {"max": 20},
        "MINUTES": {"max": 1440},
        "SLOT_TOO_LONG": {"max": 366},
        "TOO_MANY_EXCEPTIONS": {"max": 500},
        "SPAN_TOO_LONG": {"max": 62},
        "TOO_LONG_AGO": {"max": 366},
        "NOT_WITHIN": {"min": 1, "max": 48},
        "DATE_UNREADABLE": {"text": "x"},
        "AREA_UNKNOWN": {"area": "x"},
        "AREA_CLOSED": {"name": "X", "area": "x"},
        "BELOW_COMMUNE": {"name": "X", "area": "x"},
        "HAS_IT": {"name": "X", "area": "x"},
        "OUT_OF_RANGE": {"min": 1, "max": 9},
        "NOT_YOURS": {"areas": "X"},
        "TOO_LONG_AHEAD": {"hours": 168},
        "SPEECH_TOO_LONG": {"ms": 130_000, "max": 120_000},
        "SHAPE_TOO_FINE": {"points": 300, "max": 200},
        "NOT_A_SHAPE": {"line": 2},
        "NOT_THE_WORD": {"word": "THẬT"},
        "CUE_PAST_END": {"length_ms": 60_000},
        "FADES_TOO_LONG": {"aired_ms": 2_000},
        "HUSH_TOO_LONG": {"hours": 24},
        **{code: {"headline": "Lũ"} for code in ("WOULD_MUTE", "ELSEWHERE", "ALERT_IN_FORCE")},
        "LONGER_THAN_RECORDING": {"longest_ms": 65_999},
        "LENGTH_TOO_SHORT": {"shortest_ms": 2_001},
        "NOT_A_STREAM_URL": {"url": "ftp://x"},
        **{code: {"programme": "01x"} for code in ("BEFORE_APPROVAL", "AFTER_WITHDRAWAL")},
        "TOO_MANY_AT_ONCE": {"max": 5},
        "BLANK_LEFT": {"places": "ngày ▁▁▁"},
        "SECONDS": {"min": 2, "max": 30},
        "PROGRAMME_UNKNOWN": {"programme": "01x"},
        "LINE_UNREADABLE": {"line": 3, "at": "25:61"},
        "IMAGE_NUMBER_TAKEN": {"model": "loa-c4", "number": 7},
        "MODEL_TWICE": {"model": "loa-c4"},
        **{code: {"name": "VOV1"} for code in ("RELAY_SOURCE_NOT_APPROVED", "RELAY_SOURCE_ELSEWHERE")},
        **{code: {"serial": "CL-1"} for code in ("SERIAL_MALFORMED", "SERIAL_TWICE", "SERIAL_TAKEN", "SERIAL_SPOILT")},
        "KIND_UNKNOWN": {"kind": "loa"},
        **{code: {"model": "sim-cluster", "number": 4} for code in ("IMAGE_NUMBER_TAKEN", "MODEL_TWICE")},
        "AREA_NOT_FOUND": {"area": "X"},
        "AREA_AMBIGUOUS": {"area": "X", "ids": "x-1, x-2"},
        "CLAIM_LOCKED": {"minutes": 15},
        "BOX_OF_ANOTHER_AREA": {"area": "X"},
        "SHEET_TOO_LARGE": {"max_mb": 5},
        "SHEET_TOO_LONG": {"max": 2000},
        "WINDOW_TOO_LONG": {"days": 30},
        "RELAY_SLOT_LICENCE": {"max": 30},
        "RELAY_DAY_LICENCE": {"max": "60", "minutes": "90", "on": "2026-11-24"},
        **{
            code: {"area": "X", "by": "Y"}
            for code in ("QUIET_HOURS_NOW", "QUIET_HOURS_SOON", "LIVE_UNSIGNED", "LIVE_TAKEN")
        },
        "LIVE_TOO_LONG": {"minutes": 10},
        "LIVE_STALE": {"hours": 24},
        "KEPT_SILENT": {"until": "2026-11-24T05:00:00+00:00"},
        **{code: {"part": 1} for code in ("RING_MALFORMED", "RING_OPEN", "RING_CROSSED", "DISC_MALFORMED")},
        **{
            code: {"on": "2026-11-24"}
            for code in ("EXCEPT_NOT_IN_RULE", "MOVE_NOT_IN_RULE", "MOVE_LEFT_OUT", "MOVE_TWICE")
        },
    }
    problems = [Problem("title", code, details.get(code, {})) for code in messages.known_problems()]
    said = messages.problem_sentences(InvalidError(problems))
    assert len(said) == len(problems)
    assert [sentence for sentence in said if "%(" in sentence] == []
