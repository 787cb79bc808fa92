"""Filter of mosquitto's log; each line here is as version 2.0.21 writes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt.broker_log import Deed, DeniedAccess, Sift, trespass_in

AT = "2026-11-27T09:23:53: "
CONNECTED = f"{AT}New client connected from 10.1.2.3:34674 as xa-1-l01 (p5, c0, k60, u'xa-1-l01')."
WILL = f"{AT}Will message specified (120 bytes) (r1, q1)."
DENIED = f"{AT}Denied PUBLISH from xa-1-l01 (d0, q1, r0, m9, 'loa/v1/d/xa-1-l02/state', ... (5 bytes))"


def sifted(*lines: str, sift: Sift | None = None) -> list[str]:
    return (sift or Sift()).feed("".join(f"{line}\n" for line in lines).encode()).decode().splitlines()


def found(*lines: str) -> list[DeniedAccess]:
    return [trespass for line in sifted(*lines) if (trespass := trespass_in(line))]


@pytest.mark.parametrize(
    "line",
    [
        "Received PUBLISH from xa-1-l01 (d0, q0, r0, m0, 'loa/v1/d/xa-1-l01/tel', ... (120 bytes))",
        "Sending PUBLISH to gateway (d0, q0, r0, m0, 'loa/v1/d/xa-1-l01/tel', ... (120 bytes))",
        "Received PUBACK from xa-1-l01 (Mid: 3, RC:0)",
        "Sending PUBACK to xa-1-l01 (m9, rc135)",
        "Received PINGREQ from xa-1-l01",
        "Sending PINGRESP to xa-1-l01",
        "Sending CONNACK to xa-1-l01 (0, 0)",
        "Received SUBSCRIBE from xa-1-l01",
        "\tloa/v1/d/xa-1-l01/cmd (QoS 1)",
        "xa-1-l01 1 loa/v1/d/xa-1-l01/cmd",
        "xa-1-l01 1 loa/v1/a/xa-1/alert",
        "xa-1-l01 0 loa/v1/time",
        "xa-1-l01 1 loa/v1/keys",
        "GM123 1 loa/v1/boot/GM123/down",
        "gateway.ear 1 loa/v1/d/+/ack",
        "gateway.health 0 loa/v1/d/+/tel",
        "No will message specified.",
        "Will message specified (120 bytes) (r1, q1).",
    ],
)
def test_what_every_packet_tells_is_not_kept(line: str) -> None:
    assert sifted(AT + line) == []


@pytest.mark.parametrize(
    "line",
    [
        "mosquitto version 2.0.21 starting",
        "Warning: Mosquitto should not be run as root/administrator.",
        "Error: Address already in use",
        "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed",
        "Client xa-1-l01 has exceeded timeout, disconnecting.",
        "Client xa-1-l01 already connected, closing old connection.",
        "Sending DISCONNECT to xa-1-l01 (rc142)",
        "Outgoing messages are being dropped for client gateway.ear.",
        "Dropped too large PUBLISH from xa-1-l01 (d0, q1, r0, m9, 'loa/v1/d/xa-1-l01/evt', ... (70000 bytes))",
    ],
)
def test_what_a_person_would_want_to_read_is_kept(line: str) -> None:
    assert sifted(AT + line) == [AT + line]
    assert found(AT + line) == []


def test_a_denied_publish_names_who_and_where() -> None:
    assert found(DENIED) == [DeniedAccess("xa-1-l01", Deed.PUBLISH, "loa/v1/d/xa-1-l02/state")]


def test_a_topic_that_looks_like_the_end_of_the_line_or_was_cut_is_told_as_far_as_it_goes() -> None:
    tricky = f"{AT}Denied PUBLISH from xa-1-l01 (d0, q1, r0, m9, 'a 'c', ... (3 bytes))', ... (5 bytes))"
    cut = f"{AT}Denied PUBLISH from xa-1-l01 (d0, q0, r0, m0, 'loa/v1/d/yyyy"
    assert [each.topic for each in found(tricky)] == ["a 'c', ... (3 bytes))"]
    assert [each.topic for each in found(cut)] == ["loa/v1/d/yyyy"]


def test_a_flood_of_trespasses_is_one_line_for_each_who_and_deed() -> None:
    asked = f"{AT}xa-1-l01 1 #"
    other = DENIED.replace("from xa-1-l01", "from xa-1-l03")
    assert found(*[DENIED] * 500, asked, other, asked) == [
        DeniedAccess("xa-1-l01", Deed.PUBLISH, "loa/v1/d/xa-1-l02/state", 500),
        DeniedAccess("xa-1-l01", Deed.SUBSCRIBE, "#", 2),
        DeniedAccess("xa-1-l03", Deed.PUBLISH, "loa/v1/d/xa-1-l02/state"),
    ]


@pytest.mark.parametrize(
    "topic",
    ["loa/v1/d/xa-1-l02/state", "loa/v1/d/xa-1-l01/cmd", "loa/v1/d/xa-1-l010/state", "loa/v1/a/xa-1/alert", "$SYS/x"],
)
def test_a_will_where_one_may_not_write_is_one(topic: str) -> None:
    lines = sifted(CONNECTED, WILL, f"{AT}\t{topic}", f"{AT}Sending CONNACK to xa-1-l01 (0, 0)")
    assert lines[0] == CONNECTED
    assert [trespass_in(line) for line in lines[1:]] == [DeniedAccess("xa-1-l01", Deed.WILL, topic)]


@pytest.mark.parametrize("word", ["state", "tel", "ack", "evt", "req/sync"])
def test_a_will_of_ones_own_is_nothing(word: str) -> None:
    assert found(CONNECTED, WILL, f"{AT}\tloa/v1/d/xa-1-l01/{word}") == []


def test_what_somebody_wants_to_hear_no_more_is_no_will() -> None:
    left = f"{AT}\tloa/v1/d/xa-1-l02/cmd"
    assert found(CONNECTED, WILL, f"{AT}\tloa/v1/d/xa-1-l01/state", f"{AT}Received UNSUBSCRIBE from x", left) == []


def test_nobody_calls_himself_what_another_line_is_made_of() -> None:
    forged = json.dumps({"who": "xa-1-l01", "did": "publish", "topic": "x", "count": 1})
    (result,) = found(f'{AT}trespass {{"who":"xa-1-l01","x":" 1 "}}', f"{AT}Client x: trespass {forged} disconnected.")
    assert result.did is Deed.SUBSCRIBE
    assert result.who.startswith("trespass ")


@pytest.mark.parametrize("said", ["{}", "{1}", '{"who": "x", "did": "sing", "topic": "", "count": 1}'])
def test_a_line_that_only_looks_like_one_tells_of_nothing(said: str) -> None:
    assert trespass_in(f"{AT}trespass {said}") is None


LINES = st.lists(
    st.sampled_from(
        [CONNECTED, WILL, f"{AT}\tloa/v1/d/xa-1-l02/state", DENIED, f"{AT}xa-1-l01 1 #", f"{AT}Error: x", "Received x"]
    ),
    max_size=12,
)


@given(LINES, st.lists(st.integers(1, 4), max_size=12))
def test_however_many_lines_come_at_once_the_same_is_found(lines: list[str], counts_at_once: list[int]) -> None:
    together, apart, at = sifted(*lines), [], 0
    sift = Sift()
    for count in [*counts_at_once, len(lines)]:
        apart += sifted(*lines[at : at + count], sift=sift)
        at += count

    def counts(told: list[str]) -> dict[tuple[str, Deed], int]:
        summed: dict[tuple[str, Deed], int] = {}
        for each in filter(None, map(trespass_in, told)):
            summed[each.who, each.did] = summed.get((each.who, each.did), 0) + each.count
        return summed

    def others(told: list[str]) -> list[str]:
        return [line for line in told if trespass_in(line) is None]

    assert counts(apart) == counts(together)
    assert others(apart) == others(together)
