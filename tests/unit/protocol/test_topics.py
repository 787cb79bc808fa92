from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol import topics
from devices.protocol.topics import Topic, TopicKind

SHA = "0f" * 32
BUILT = {
    TopicKind.AREA_ALERT: topics.area_alert("x-1"),
    TopicKind.AREA_DRILL: topics.area_drill("x-1"),
    TopicKind.AREA_SPEECH: topics.area_speech("x-1", SHA),
    TopicKind.AREA_LIVE: topics.area_live("x-1", "s-1"),
    TopicKind.AREA_COMMAND: topics.area_command("x-1"),
    TopicKind.AREA_PLAN: topics.area_plan("x-1"),
    TopicKind.TIME: topics.time_beacon(),
    TopicKind.KEYS: topics.keys(),
    TopicKind.OFFICERS: topics.officers(),
    TopicKind.DEVICE_COMMAND: topics.device_command("x-1"),
    TopicKind.DEVICE_DESIRED: topics.device_desired("x-1"),
    TopicKind.DEVICE_LOCAL: topics.device_local("x-1"),
    TopicKind.DEVICE_CAP: topics.device_cap("x-1", "o-1-end"),
    TopicKind.DEVICE_DRILL: topics.device_drill("x-1", "o-1-end"),
    TopicKind.DEVICE_PROGRAMME: topics.device_programme("x-1", "o-1-end"),
    TopicKind.DEVICE_STATE: topics.device_state("x-1"),
    TopicKind.DEVICE_TELEMETRY: topics.device_telemetry("x-1"),
    TopicKind.DEVICE_ACK: topics.device_ack("x-1"),
    TopicKind.DEVICE_EVENT: topics.device_event("x-1"),
    TopicKind.DEVICE_REQUEST: topics.device_request("x-1", "sync"),
    TopicKind.DEVICE_CERTIFICATE: topics.device_certificate("x-1"),
    TopicKind.BOOT_UP: topics.boot_up("x-1"),
    TopicKind.BOOT_DOWN: topics.boot_down("x-1"),
}


@pytest.mark.parametrize("kind", list(TopicKind))
def test_every_topic_that_is_built_is_taken_apart_again(kind: TopicKind) -> None:
    has_id = "{id}" in kind.value
    request = "sync" if kind is TopicKind.DEVICE_REQUEST else ""
    sha256 = SHA if kind is TopicKind.AREA_SPEECH else ""
    document = "o-1-end" if "{document}" in kind.value else ""
    session = "s-1" if kind is TopicKind.AREA_LIVE else ""
    assert topics.parse(BUILT[kind]) == Topic(kind, "x-1" if has_id else "", request, sha256, document, session)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "loa/v2/time",
        "loa/v1/d/X/ack",
        "loa/v1/d//ack",
        "loa/v1/d/a/b/ack",
        "loa/v1/d/x-1/ack\n",
        "loa/v1/d/x-1/other",
        "loa/v1/a/x-1/speech/0f",
        "loa/v1/a/x-1/ack",
        "time",
        "loa/v1/loa/v1/time",
        "loa/v1/time/x-1/ack",
        "loa/v1/d/x-1/ack/",
    ],
)
def test_any_other_topic_is_none(topic: str) -> None:
    assert topics.parse(topic) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_parser(topic: str) -> None:
    assert topics.parse(topic) is None or topic.startswith(topics.ROOT)


OWN = [topics.device_state, topics.device_telemetry, topics.device_ack, topics.device_event]
TOLD = [topics.device_command, topics.device_desired, topics.device_certificate]


@pytest.mark.parametrize("name", OWN)
def test_a_device_says_in_its_own_name_only(name: Callable[[str], str]) -> None:
    assert topics.may_say("xa-1-l01", name("xa-1-l01"))
    assert not topics.may_say("xa-1-l01", name("xa-1-l010"))
    assert topics.may_say("xa-1-l01", topics.device_request("xa-1-l01", "sync"))
    assert not topics.may_say("xa-1-l01", topics.device_request("xa-1-l02", "sync"))


@pytest.mark.parametrize("name", TOLD)
def test_a_device_hears_what_it_and_all_are_told_and_says_none_of_it(name: Callable[[str], str]) -> None:
    assert topics.may_hear("xa-1-l01", name("xa-1-l01"))
    assert not topics.may_hear("xa-1-l01", name("xa-1-l02"))
    assert not topics.may_say("xa-1-l01", name("xa-1-l01"))


@pytest.mark.parametrize("topic", [topics.area_alert("xa-2"), topics.time_beacon(), topics.keys(), topics.officers()])
def test_what_all_may_hear_nobody_says(topic: str) -> None:
    assert topics.may_hear("xa-1-l01", topic)
    assert not topics.may_say("xa-1-l01", topic)


@pytest.mark.parametrize("topic", ["#", "loa/v1/#", "loa/v1/d/+/state", "$SYS/#", "$share/x/loa/v1/time"])
def test_nobody_hears_everything(topic: str) -> None:
    assert not topics.may_hear("xa-1-l01", topic)


def test_a_box_speaks_of_itself() -> None:
    assert topics.may_say("GM123", topics.boot_up("GM123"))
    assert topics.may_hear("GM123", topics.boot_down("GM123"))
    assert not topics.may_say("GM123", topics.boot_down("GM123"))
    assert not topics.may_hear("GM123", topics.boot_down("GM124"))
