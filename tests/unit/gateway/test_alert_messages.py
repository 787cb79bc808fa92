"""Messages of an order, its end and a stop, with real keys and as a device judges them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.signing import local_keyring
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.lifecycle import siren_of
from broadcast.alerts.model import AlertKind, Audience, Disc, OrderId, Purpose, Ring
from broadcast.alerts.orders import Order, Spoken, Stop, StopId
from broadcast.bulletins.model import Targets
from cms.alerts.messages.alerts import AlertMessages, cleared
from cms.alerts.service import order_commands
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.model import DeviceId
from devices.protocol import codec, topics
from devices.protocol.errors import MalformedError, OversizeError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import MESSAGE_MAX_BYTES, SHAPE_POINTS_MAX
from devices.protocol.messages import Code, Command, KeyRole
from devices.protocol.verdict import COMMAND_ROLES, weigh
from province.areas import AreaId
from province.people import UserId
from tests.unit.gateway.orders import AT, an_order, rendition

LOA = DeviceId("xa-1-l01")
LATER = AT + timedelta(seconds=5)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    home: Path = tmp_path_factory.mktemp("home")
    return local_keyring(Settings(home=home), AT)


@pytest.fixture
def letters(keyring: Keyring) -> AlertMessages:
    return AlertMessages(keyring)


def trusted(keyring: Keyring) -> TrustedKeys:
    return TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)


def role_and_command(keyring: Keyring, letter: OutgoingMessage) -> tuple[str, Command]:
    signed = trusted(keyring).verify(letter.payload, COMMAND_ROLES, ms(AT))
    return signed.key.role, codec.decode(Command, signed.payload)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def refusal(
    keyring: Keyring,
    letter: OutgoingMessage,
    at: datetime = AT,
    point: tuple[float, float] | None = None,
    areas: tuple[str, ...] = ("xa-1", "tinh"),
    *,
    is_drill_topic: bool | None = None,
) -> Code | None:
    return weigh(
        letter.payload,
        trusted(keyring),
        device_id=LOA,
        areas=areas,
        groups=(),
        now_ms=ms(at),
        seen=(),
        point=point,
        is_drill_topic=is_drill_topic,
    ).refusal


def test_an_order_goes_to_each_of_its_areas_and_is_kept_there_until_it_expires(letters: AlertMessages) -> None:
    sent = letters.order(an_order(areas=("xa-1", "xa-2")), LATER)
    assert [letter.topic for letter in sent] == [topics.area_alert("xa-1"), topics.area_alert("xa-2")]
    assert {(letter.retain, letter.qos, letter.expiry_s) for letter in sent} == {(True, 1, 6 * 3600 - 5)}
    assert len({letter.payload for letter in sent}) == 1


def test_its_bytes_are_the_same_on_every_sending_and_after_every_restart(
    keyring: Keyring, letters: AlertMessages
) -> None:
    order = an_order()
    ways = [
        *letters.order(order, AT),
        letters.order_to(order, LOA, AT + timedelta(hours=1)),
        *AlertMessages(keyring).order(order, LATER),
    ]
    assert len({letter.payload for letter in ways}) == 1
    assert ways[1].topic == topics.device_command(LOA)
    assert (ways[1].retain, ways[1].qos) == (False, 0)


def test_a_device_obeys_it_and_finds_all_it_needs_in_it(keyring: Keyring, letters: AlertMessages) -> None:
    (letter,) = letters.order(an_order(replaces=(OrderId("order-0"),), is_minor=True), AT)
    assert refusal(keyring, letter, is_drill_topic=False) is None
    role, command = role_and_command(keyring, letter)
    assert (role, command.prio, command.jitter_ms, command.drill) == (KeyRole.ALERT, 9, 300, False)
    assert command.approved_by == ["Trần Văn B"]
    alert = command.alert
    assert alert is not None
    assert (alert.id, alert.level, alert.hazard, alert.issued_at) == ("alert-1", 2, "flood", ms(AT))
    assert ([each.sha256 for each in alert.speech], [each.sha256 for each in alert.again]) == (["a" * 64], ["b" * 64])
    assert (alert.rounds_ms, alert.every_ms, alert.tone) == (
        [300_000],
        1_800_000,
        siren_of(Hazard.FLOOD, AlertLevel.TWO).tone,
    )
    assert (alert.head, alert.replaces, alert.minor, alert.silent) == ("Lũ trên sông Cái", ["order-0"], True, False)
    assert alert.text.startswith("Nước lên nhanh")


def test_that_it_is_over_is_told_by_no_siren(keyring: Keyring, letters: AlertMessages) -> None:
    _, command = role_and_command(keyring, letters.order_to(an_order(purpose=Purpose.ALL_CLEAR), LOA, AT))
    assert command.alert is not None
    assert command.alert.tone == "gong" != siren_of(Hazard.FLOOD, AlertLevel.TWO).tone


def test_only_what_ends_a_warning_is_calm_on_boards(keyring: Keyring, letters: AlertMessages) -> None:
    for purpose in Purpose:
        order = an_order(f"order-{purpose}", purpose=purpose)
        _, command = role_and_command(keyring, letters.order_to(order, LOA, AT))
        assert command.alert is not None
        assert command.alert.calm is (purpose is Purpose.ALL_CLEAR)


def test_a_language_without_a_later_wording_says_the_first_again_beside_one_that_has_it(
    keyring: Keyring, letters: AlertMessages
) -> None:
    spoken = (Spoken("vi", rendition("a"), rendition("b")), Spoken("cjm", rendition("c")))
    _, command = role_and_command(keyring, letters.order_to(an_order(spoken=spoken), LOA, AT))
    assert command.alert is not None
    assert [(each.lang, each.sha256[0]) for each in command.alert.again] == [("vi", "b"), ("cjm", "c")]
    _, plain = role_and_command(keyring, letters.order_to(an_order("o-2", spoken=spoken[1:]), LOA, AT))
    assert plain.alert is not None
    assert plain.alert.again == []


def test_a_drill_has_its_own_topic_key_and_flag_and_no_device_takes_it_for_an_alert(
    keyring: Keyring, letters: AlertMessages
) -> None:
    order = an_order(kind=AlertKind.DRILL)
    (letter,) = letters.order(order, AT)
    (end,) = letters.end(order, LATER, LATER)
    assert (letter.topic, end.topic) == (topics.area_drill("xa-1"), topics.area_command("xa-1"))
    for each in (letter, end):
        role, command = role_and_command(keyring, each)
        assert (role, command.drill) == (KeyRole.DRILL, True)
    assert refusal(keyring, letter, is_drill_topic=True) is None
    assert refusal(keyring, letter, is_drill_topic=False) == Code.WRONG_TOPIC


def test_a_shape_is_decided_by_the_device(keyring: Keyring, letters: AlertMessages) -> None:
    valley = Ring(((11.0, 108.0), (11.0, 108.1), (11.1, 108.1), (11.1, 108.0), (11.0, 108.0)))
    audience = Audience(Targets((AreaId("tinh"),), (AreaId("xa-9"),)), (valley,), (Disc(10.5, 107.5, 2_000),))
    letter = letters.order_to(an_order(audience=audience), LOA, AT)
    assert refusal(keyring, letter, point=(11.05, 108.05)) is None
    assert refusal(keyring, letter, point=(10.501, 107.5)) is None
    assert refusal(keyring, letter, point=(12.0, 108.0)) == Code.OUTSIDE
    assert refusal(keyring, letter, point=(11.05, 108.05), areas=("xa-9", "tinh")) == Code.NOT_TARGET


def test_its_end_has_one_id_is_kept_for_those_who_are_away_and_lasts_as_long_as_a_late_copy_could_be_obeyed(
    keyring: Keyring, letters: AlertMessages
) -> None:
    order = an_order(areas=("xa-1", "xa-2"))
    sent = letters.end(order, LATER, LATER)
    assert [letter.topic for letter in sent] == [topics.area_command("xa-1"), topics.area_command("xa-2")]
    assert not any(letter.retain for letter in sent)
    _, command = role_and_command(keyring, sent[0])
    assert (command.cid, command.type, command.prio, command.refs) == ("order-1-end", "cancel", 9, ["order-1"])
    assert command.exp >= ms(order.expires_at)
    again = AlertMessages(keyring).end_to(order, LATER, LOA, LATER + timedelta(hours=2))
    assert again.payload == sent[0].payload


def test_an_end_reaches_those_too_who_stand_outside_the_shape(keyring: Keyring, letters: AlertMessages) -> None:
    order = an_order(audience=Audience(Targets((AreaId("tinh"),)), (), (Disc(10.5, 107.5, 2_000),)))
    assert refusal(keyring, letters.end_to(order, LATER, LOA, LATER), LATER, point=(12.0, 108.0)) is None


@pytest.mark.parametrize(("prio", "role"), [(9, KeyRole.ALERT), (6, KeyRole.PLAN)])
def test_a_stop_is_signed_by_what_it_silences(
    keyring: Keyring, letters: AlertMessages, prio: int, role: KeyRole
) -> None:
    until_at = AT + timedelta(days=2)
    stop = Stop(StopId("stop-1"), (AreaId("tinh"),), prio, "phát nhầm", UserId("u1"), "Nguyễn A", AT, until_at)
    (letter,) = letters.stop(stop, AT)
    signed_by, command = role_and_command(keyring, letter)
    assert (signed_by, command.cid, command.type, command.prio) == (role, "stop-1", "stop", prio)
    assert (command.hush_until, command.exp) == (ms(until_at), ms(until_at))
    assert letter.topic == topics.area_command("tinh")
    assert letters.stop_to(stop, LOA, LATER).payload == letter.payload


def test_what_lifts_a_silence_names_the_stop_alone_and_is_obeyed_above_everything(
    keyring: Keyring, letters: AlertMessages
) -> None:
    lifted = Stop(*(StopId("stop-2"), (AreaId("tinh"),), 9, "", UserId("u1"), "Nguyễn A", AT), lifts=StopId("stop-1"))
    (letter,) = letters.stop(lifted, AT)
    signed_by, command = role_and_command(keyring, letter)
    assert (signed_by, command.type, command.prio) == (KeyRole.ALERT, "stop", 9)
    assert (command.refs, command.hush_until) == (["stop-1"], command.iat)
    assert refusal(keyring, letter) is None


def test_a_lift_is_written_as_the_golden_vector_has_it(keyring: Keyring, letters: AlertMessages) -> None:
    vectors = json.loads((Path(__file__).parents[2] / "contract/protocol/vectors/bodies.json").read_text("utf-8"))
    (wire,) = [each["wire"] for each in vectors if '"refs":["01kdv000000000000000000st1"]' in each["wire"]]
    at = datetime.fromtimestamp(1_764_003_600, UTC)
    name, lifted = StopId("01kdv000000000000000000st2"), StopId("01kdv000000000000000000st1")
    stop = Stop(name, (AreaId("bt23"),), 9, "", UserId("u1"), "Nguyễn A", at, lifts=lifted)
    (letter,) = letters.stop(stop, at)
    _, command = role_and_command(keyring, letter)
    assert codec.encode(command).decode() == wire


def test_speech_follows_each_sound_once_and_no_more_than_may_travel(letters: AlertMessages) -> None:
    spoken = (Spoken("vi", rendition("a"), rendition("b")), Spoken("cjm", rendition("c", 60_000), rendition("a")))
    order = an_order(areas=("xa-1", "xa-2"), spoken=spoken)
    sent = list(letters.speech(order, AT, str.encode))
    assert [letter.topic for letter in sent] == [
        topics.area_speech(area, letter * 64) for letter in "ab" for area in ("xa-1", "xa-2")
    ]
    assert {(letter.payload, letter.retain, letter.expiry_s) for letter in sent} == {
        (b"a" * 64, True, 6 * 3600),
        (b"b" * 64, True, 6 * 3600),
    }


def test_where_all_is_to_be_fetched_no_speech_travels(keyring: Keyring) -> None:
    assert list(AlertMessages(keyring, speech_max_bytes=0).speech(an_order(), AT, str.encode)) == []


def test_an_end_clears_what_was_kept_for_it() -> None:
    found = cleared(an_order(), [])
    assert [letter.topic for letter in found] == [
        topics.area_alert("xa-1"),
        topics.area_speech("xa-1", "a" * 64),
        topics.area_speech("xa-1", "b" * 64),
    ]
    assert {(letter.payload, letter.retain) for letter in found} == {(b"", True)}


@pytest.mark.parametrize(
    ("other", "is_kept"),
    [
        (an_order("later", issued_at=LATER), True),
        (an_order("earlier", issued_at=AT - timedelta(seconds=1)), False),
        (an_order("a drill", issued_at=LATER, kind=AlertKind.DRILL), False),
        (an_order("elsewhere", issued_at=LATER, areas=("xa-2",)), False),
    ],
    ids=lambda value: value.id if isinstance(value, Order) else "",
)
def test_an_end_leaves_what_a_later_one_has_put_in_its_place(other: Order, *, is_kept: bool) -> None:
    found = {letter.topic for letter in cleared(an_order(), [other])}
    assert (topics.area_alert("xa-1") not in found) is is_kept


def test_an_end_leaves_the_speech_that_another_still_says() -> None:
    other = an_order("order-2", spoken=(Spoken("vi", rendition("a")),))
    found = {letter.topic for letter in cleared(an_order(), [other])}
    assert topics.area_speech("xa-1", "a" * 64) not in found
    assert topics.area_speech("xa-1", "b" * 64) in found


def test_what_can_travel_passes_the_check_and_fits_once_signed(letters: AlertMessages) -> None:
    ring = Ring((*((11.0 + i / 10_000, 108.0) for i in range(SHAPE_POINTS_MAX - 1)), (11.0, 108.0)))
    order = an_order(text="ờ" * 1_500, audience=Audience(Targets((AreaId("tinh"),)), (ring,)))
    order_commands.check(order)
    assert len(letters.order_to(order, LOA, AT).payload) <= MESSAGE_MAX_BYTES


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (an_order(text="ờ" * 3_001), MalformedError),
        (an_order(headline="x" * 301), MalformedError),
        (an_order(areas=tuple(f"xa-{number:030}" for number in range(400))), OversizeError),
        (
            an_order(
                audience=Audience(
                    Targets((AreaId("tinh"),)),
                    tuple(Ring(((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0))) for _ in range(20)) * 3,
                )
            ),
            OversizeError,
        ),
    ],
)
def test_what_cannot_travel_is_told_before_it_is_approved_and_never_sent(
    letters: AlertMessages, order: Order, error: type[Exception]
) -> None:
    with pytest.raises(error):
        order_commands.check(order)
    with pytest.raises(error):
        letters.order_to(order, LOA, AT)


def test_the_size_foretold_is_never_less_than_the_signed_one(letters: AlertMessages) -> None:
    for length in range(12):
        order = an_order(f"o-{length}", text="x" * length)
        payload = codec.encode(order_commands.command_of(order))
        assert len(letters.order_to(order, LOA, AT).payload) <= order_commands.jws_size(len(payload))


def test_what_was_signed_is_kept_but_not_for_ever(letters: AlertMessages) -> None:
    first = letters.order_to(an_order("o-0"), LOA, AT).payload
    for number in range(1, 100):
        letters.order_to(an_order(f"o-{number}"), LOA, AT)
    assert letters.order_to(an_order("o-0"), LOA, AT).payload == first


def test_an_order_that_ended_may_not_be_sent() -> None:
    order = an_order()
    assert order.may_be_sent(AT)
    assert not replace(order, ended_at=AT).may_be_sent(AT)
    assert not order.may_be_sent(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
