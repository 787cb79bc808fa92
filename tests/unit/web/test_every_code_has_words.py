"""Texts for codes: every problem a rule can find, every event of a bulletin, every fault a device can name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import cms
from broadcast.scheduling.day_line import AiringState
from broadcast.scheduling.make_good import Left, Remedy
from broadcast.scheduling.recurrence.rule import COUNT_MAX, INTERVAL_MAX
from cms.alerts import labels as alert_labels
from cms.audit import labels as audit_labels
from cms.exchange import labels as exchange_labels
from cms.features import FEATURES
from cms.platform.web import messages, wording
from cms.schedule import labels as schedule_labels
from cms.schedule.queries.readiness import Hold
from devices.protocol.messages import Code
from scripts import catalogue

ROOT = Path(cms.__file__).parents[1]
NUMBERED = {"RULE_INTERVAL": INTERVAL_MAX, "RULE_COUNT": COUNT_MAX}
"""Codes made from a name at run time."""


def calls(*folders: str) -> Iterator[tuple[str, list[object]]]:
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                yield name, [each.value if isinstance(each, ast.Constant) else None for each in node.args]


def test_every_problem_has_a_sentence_in_both_languages() -> None:
    place = {"Problem": 1, "problem_if": 2}
    made = [(args, place[name]) for name, args in calls("broadcast", "cms", "media") if name in place]
    found = {args[at] for args, at in made if len(args) > at}
    codes = {each for each in found if isinstance(each, str)} | set(NUMBERED)
    messages.install(FEATURES)
    assert sorted(codes - set(messages.known_problems())) == []


def test_every_step_of_a_bulletin_has_a_word_in_its_history() -> None:
    every = (ROOT / "cms").glob("*/service/*.py")
    event_of = re.compile(r"bulletins\.service\.revisions import .*\bevent_of\b")
    revising = [path for path in every if event_of.search(path.read_text(encoding="utf-8"))]
    steps = {
        str(node.args[0].value)
        for path in revising
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "event_of"
        and isinstance(node.args[0], ast.Constant)
    }
    assert "handed_down" in steps
    assert sorted(f"bulletin.{step}" for step in steps if f"bulletin.{step}" not in wording.EVENT) == []


def test_whatever_keeps_a_loudspeaker_from_an_airing_has_words() -> None:
    assert set(schedule_labels.LEFT) == set(Left)
    assert set(schedule_labels.REMEDY) == set(Remedy)
    assert set(schedule_labels.HOLD) == set(schedule_labels.REMEDY_FOR) == set(Hold)


def test_the_word_of_a_stop_does_not_say_that_the_bulletin_was_withdrawn() -> None:
    assert str(messages._WIRE[Code.CANCELLED]) == "bị dừng hoặc thu hồi theo lệnh"


def test_whatever_a_device_answers_has_words() -> None:
    assert sorted(set(Code) - set(messages._WIRE)) == []


def test_every_step_of_an_alert_has_a_word_in_its_history() -> None:
    every = [*(ROOT / "cms").glob("*/service/*.py")]
    steps = {
        f"alert.{node.args[0].value!s}"
        for path in every
        if "alerts.service.steps import" in path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "event_of"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"alert.drafted", "alert.superseded", "alert.expired"} <= steps
    assert sorted(steps - set(alert_labels.EVENT)) == []
    assert {"cap.published", "cap.refused"} <= set(alert_labels.EVENT)


def test_where_a_message_came_from_is_told_in_words() -> None:
    for source in ("upload u-1", "feed nchmf", "push vndms.gov.vn", "import tin.xml", "bench"):
        said = str(exchange_labels.source(source))
        assert source.split(" ", 1)[0] not in said.split(": ", maxsplit=1)[0].split(), source
    assert exchange_labels.source("feed nchmf").endswith(": nchmf")


NAME = re.compile(r"[a-z_]+\.[a-z_]+")
BUILDERS = frozenset({"event", "Event", "of"})


def test_every_event_of_the_audit_log_is_about_something_that_has_a_name() -> None:
    found: set[str] = set()
    for name, args in calls("cms"):
        if name in BUILDERS:
            found |= {each.partition(".")[0] for each in args if isinstance(each, str) and NAME.fullmatch(each)}
    assert {"bulletin", "missed", "webhook"} <= found
    assert sorted(found - set(audit_labels.SUBJECTS)) == []


def test_no_sentence_of_a_screen_names_a_setting_or_a_code() -> None:
    """Only a command line tells which setting is wrong: a person at a screen cannot change it."""
    machine_word = re.compile(r"\bLOA_[A-Z_]+|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
    said = {str(message.id): message.string for message in catalogue.stored("vi") if message.id}
    on_the_command_line = {"Set LOA_HOME, or make one with the command loa init."}
    found = {
        key
        for key, string in said.items()
        for form in ([string] if isinstance(string, str) else string or ())
        if machine_word.search(re.sub(r"%\(\w+\)s|\{\w+\}", "", form))
    }
    assert found == on_the_command_line


def test_no_sentence_is_left_in_english() -> None:
    """Alike in both languages are figures, units and signs of techniques that have no other name."""
    same = {str(message.id) for message in catalogue.stored("vi") if message.id and message.id == message.string}
    assert same == {
        "%(n)s Ω",
        "%(name)s, %(length)s",
        "2G",
        "3G",
        "4G",
        "5G",
        "HLS (.m3u8)",
        "Wi-Fi",
        "Zalo",
        "cm",
        "m",
        "m³/s",
    }


def test_every_state_of_the_line_of_today_has_word_sign_and_tone() -> None:
    for table in (schedule_labels.LINE, schedule_labels.LINE_SIGN, schedule_labels.LINE_TONE):
        assert set(table) == set(AiringState)


def test_a_voice_of_the_machine_is_named_in_words() -> None:
    assert wording.voice("espeak-ng vi") == "giọng máy đơn giản"
    assert wording.voice("kokoro female") == "giọng máy tự nhiên, nữ"
    assert wording.voice("kokoro male") == "giọng máy tự nhiên, nam"
    assert wording.voice("Lan, phát thanh viên") == "Lan, phát thanh viên"
