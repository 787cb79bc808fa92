from __future__ import annotations

import msgspec
import pytest
from joserfc.jwk import OKPKey

from devices.protocol import codec, jws
from devices.protocol.errors import KeyRoleError, StaleError, UnknownKeyError
from devices.protocol.limits import BEACON_FRESH_MS, IAT_AHEAD_MAX_MS
from devices.protocol.messages import (
    Beacon,
    Circle,
    Code,
    Command,
    CommandType,
    Install,
    KeyRole,
    Live,
    PublicKey,
    Shape,
    Target,
)
from devices.protocol.shapes import LatLon
from devices.protocol.verdict import Verdict, is_meant, judge, may_sign, read_beacon, trusted_now, weigh
from tests.unit.protocol.trust import (
    ALERT,
    ALERT_PUBLIC,
    DRILL,
    DRILL_PUBLIC,
    FIRMWARE,
    MINUTE_MS,
    NOW_MS,
    PLAN,
    PLAN_PUBLIC,
    STRANGER,
    alert,
    command,
    public,
    signed,
    trusted,
)

CHAIN = ("xa-1", "huyen-1", "tinh")


def verdict(
    *,
    key: PublicKey = PLAN_PUBLIC,
    now_ms: int | None = NOW_MS,
    seen: tuple[str, ...] = (),
    cancelled: tuple[str, ...] = (),
    holding_prio: int = 0,
    **changes: object,
) -> Code | None:
    return judge(
        command(**changes),
        key=key,
        device_id="xa-1-l01",
        areas=CHAIN,
        groups=("cho",),
        now_ms=now_ms,
        seen=seen,
        cancelled=cancelled,
        holding_prio=holding_prio,
    )


def weighed(data: bytes, now_ms: int | None = NOW_MS) -> Verdict:
    return weigh(
        data,
        trusted(),
        device_id="xa-1-l01",
        areas=CHAIN,
        groups=(),
        now_ms=now_ms,
        seen=(),
        cancelled=(),
        holding_prio=0,
    )


def test_a_command_that_holds_in_everything_is_obeyed() -> None:
    assert verdict() is None
    outcome = weighed(signed(command()))
    assert outcome.is_accepted
    assert outcome.command == command()


@pytest.mark.parametrize("changed", [b"A", b"B"])
def test_a_wrong_signature_is_refused(changed: bytes) -> None:
    data = signed(command())
    forged = data[:-10] + changed + data[-9:]
    assert forged != data
    assert weighed(forged) == Verdict(None, Code.BAD_SIGNATURE)


def test_an_unknown_key_is_refused() -> None:
    assert weighed(signed(command(), "plan-9", STRANGER)) == Verdict(None, Code.UNKNOWN_KEY)


def test_a_signed_body_that_is_no_command_is_refused() -> None:
    assert weighed(jws.sign(b"{}", "plan-1", PLAN)) == Verdict(None, Code.MALFORMED)


def test_a_message_too_big_is_refused_unread() -> None:
    assert weighed(b"x" * 20_000) == Verdict(None, Code.TOO_BIG)


@pytest.mark.parametrize(("kid", "signer"), [("fw-1", FIRMWARE), ("new-1", STRANGER)])
def test_a_key_of_another_role_commands_nothing(kid: str, signer: OKPKey) -> None:
    assert weighed(signed(command(), kid, signer)) == Verdict(None, Code.KEY_ROLE)


def test_the_plan_key_cannot_sign_an_alert_and_the_alert_key_can() -> None:
    assert weighed(signed(command(prio=9))).refusal is Code.KEY_ROLE
    assert weighed(signed(alert(), "alert-1", ALERT)).refusal is None
    assert verdict(key=ALERT_PUBLIC, prio=4) is None


def test_a_key_bound_to_other_areas_commands_nothing_here() -> None:
    assert verdict(key=public("plan-2", KeyRole.PLAN, PLAN, ["huyen-2"])) is Code.KEY_ROLE
    assert verdict(key=public("plan-2", KeyRole.PLAN, PLAN, ["huyen-1"])) is None


@pytest.mark.parametrize(
    "target",
    [
        Target(areas=["xa-1"]),
        Target(areas=["tinh"]),
        Target(areas=["xa-9", "huyen-1"], exclude=["xa-2"]),
        Target(devices=["xa-1-l01"]),
        Target(devices=["xa-1-l01"], exclude=["xa-1"]),
        Target(groups=["cho"]),
    ],
)
def test_a_device_is_meant(target: Target) -> None:
    assert verdict(target=target) is None


@pytest.mark.parametrize(
    "target",
    [
        Target(),
        Target(areas=["xa-2"]),
        Target(areas=["tinh"], exclude=["xa-1"]),
        Target(areas=["tinh"], exclude=["huyen-1"]),
        Target(areas=["xa-1"], exclude=["xa-1"]),
        Target(devices=["xa-1-l02"]),
        Target(groups=["truong"]),
    ],
)
def test_a_device_is_not_meant(target: Target) -> None:
    assert verdict(target=target) is Code.NOT_TARGET


def test_timeliness_includes_its_ends() -> None:
    assert verdict(nbf=NOW_MS, exp=NOW_MS) is None
    assert verdict(exp=NOW_MS - 1) is Code.EXPIRED
    assert verdict(nbf=NOW_MS + 1) is Code.NOT_YET
    assert verdict(iat=NOW_MS + IAT_AHEAD_MAX_MS) is None
    assert verdict(iat=NOW_MS + IAT_AHEAD_MAX_MS + 1) is Code.FUTURE_IAT


def test_a_command_from_the_future_is_told_apart_from_one_not_due_yet() -> None:
    later = NOW_MS + 60 * MINUTE_MS
    assert verdict(iat=later, nbf=later, exp=later + 1) is Code.FUTURE_IAT


def test_without_a_clock_nothing_is_obeyed() -> None:
    assert verdict(now_ms=None) is Code.NO_CLOCK
    assert weighed(signed(command()), now_ms=None).refusal is Code.NO_CLOCK


def test_an_id_is_obeyed_once() -> None:
    assert verdict(seen=("01jcid",)) is Code.DUPLICATE


def test_an_id_cancelled_before_it_came_is_not_obeyed() -> None:
    assert verdict(cancelled=("01jcid",)) is Code.CANCELLED


def test_an_unknown_type_is_answered() -> None:
    assert verdict(type="sing") is Code.UNSUPPORTED


def test_a_play_that_does_not_say_what_or_how_is_malformed() -> None:
    assert verdict(content=None) is Code.MALFORMED
    assert verdict(play=None) is Code.MALFORMED
    assert verdict(prio=9, key=ALERT_PUBLIC) is Code.MALFORMED


SPEAKER = {
    CommandType.PLAY,
    CommandType.SELFTEST,
    CommandType.REBOOT,
    CommandType.LIVE_START,
}
LIVE = Live(session="s", key="A" * 43, until=NOW_MS)
INSTALL = Install(image="signed elsewhere")


@pytest.mark.parametrize("kind", list(CommandType))
@pytest.mark.parametrize(("prio", "holding"), [(4, 0), (4, 4), (4, 6), (6, 4)])
def test_only_a_lower_priority_that_wants_the_speaker_is_busy(kind: CommandType, prio: int, holding: int) -> None:
    busy = kind in SPEAKER and holding > prio
    assert verdict(type=kind, prio=prio, holding_prio=holding, live=LIVE, install=INSTALL) is (
        Code.BUSY_HIGHER if busy else None
    )


@pytest.mark.parametrize("kind", [CommandType.LIVE_START, CommandType.LIVE_RENEW])
def test_a_live_address_names_its_key_and_is_neither_alert_nor_drill(kind: CommandType) -> None:
    assert verdict(type=kind) is Code.MALFORMED
    assert verdict(type=kind, live=LIVE, key=DRILL_PUBLIC, drill=True) is Code.MALFORMED
    assert verdict(type=kind, live=LIVE, key=ALERT_PUBLIC, prio=9) is Code.MALFORMED
    assert verdict(type=kind, live=LIVE) is None


def test_the_time_to_judge_by() -> None:
    assert trusted_now(5) == 5
    assert trusted_now(None) is None
    assert trusted_now(None, 1000, 20) == 1020
    assert trusted_now(None, 1000, BEACON_FRESH_MS) == 1000 + BEACON_FRESH_MS
    assert trusted_now(None, 1000, BEACON_FRESH_MS + 1) is None


def beacon(now_ms: int, kid: str = "plan-1", signer: OKPKey = PLAN) -> bytes:
    return jws.sign(codec.encode(Beacon(v=1, now=now_ms, keyset=1)), kid, signer)


def test_a_beacon_sets_the_clock() -> None:
    assert read_beacon(beacon(NOW_MS), trusted(), NOW_MS).now == NOW_MS
    assert read_beacon(beacon(NOW_MS, "alert-1", ALERT), trusted(), 0).now == NOW_MS


def test_an_old_beacon_played_again_does_not_set_the_clock_back() -> None:
    with pytest.raises(StaleError):
        read_beacon(beacon(NOW_MS - 1), trusted(), NOW_MS)


@pytest.mark.parametrize("now_ms", [PLAN_PUBLIC.nbf - 1, PLAN_PUBLIC.exp + 1])
def test_a_beacon_of_a_key_not_valid_at_its_instant_is_refused(now_ms: int) -> None:
    with pytest.raises(UnknownKeyError):
        read_beacon(beacon(now_ms), trusted(), 0)


def test_a_firmware_key_tells_no_time() -> None:
    with pytest.raises(KeyRoleError):
        read_beacon(beacon(NOW_MS, "fw-1", FIRMWARE), trusted(), 0)


def alert_verdict(
    body: Command, key: PublicKey = ALERT_PUBLIC, *, point: LatLon | None = None, is_drill_topic: bool | None = None
) -> Code | None:
    return judge(
        body,
        key=key,
        device_id="xa-1-l01",
        areas=CHAIN,
        groups=("cho",),
        now_ms=NOW_MS,
        seen=(),
        point=point,
        is_drill_topic=is_drill_topic,
    )


@pytest.mark.parametrize("role", ["plan", "alert", "drill", "firmware", "lottery"])
@pytest.mark.parametrize("prio", [4, 9])
@pytest.mark.parametrize("drill", [False, True])
def test_each_role_signs_its_own_and_nothing_else(role: str, prio: int, *, drill: bool) -> None:
    undrilled = {"alert"} if prio == 9 else {"plan", "alert"}
    allowed = {"drill"} if drill else undrilled
    key = public("k", role, STRANGER)
    assert may_sign(key, command(prio=prio, drill=drill), CHAIN) is (role in allowed)


def test_the_drill_key_is_trusted_with_a_drill_as_it_arrives() -> None:
    assert weighed(signed(alert(drill=True), "drill-1", DRILL)).is_accepted
    assert weighed(signed(alert(), "drill-1", DRILL)).refusal is Code.KEY_ROLE


@pytest.mark.parametrize(
    ("drill", "is_drill_topic", "code"),
    [
        (False, False, None),
        (True, True, None),
        (False, None, None),
        (True, None, None),
        (True, False, Code.WRONG_TOPIC),
        (False, True, Code.WRONG_TOPIC),
    ],
)
def test_drills_and_alerts_come_by_their_own_topics(
    code: Code | None, *, drill: bool, is_drill_topic: bool | None
) -> None:
    key = DRILL_PUBLIC if drill else ALERT_PUBLIC
    assert alert_verdict(alert(drill=drill), key, is_drill_topic=is_drill_topic) is code


HERE = (10.93, 108.1)
NEAR = Shape(circles=[Circle(lat=10.93, lon=108.1, radius_m=10)])
FAR = Shape(circles=[Circle(lat=11.93, lon=108.1, radius_m=10)])


@pytest.mark.parametrize(
    ("target", "point", "code"),
    [
        (Target(areas=["tinh"], shape=NEAR), HERE, None),
        (Target(areas=["tinh"], shape=FAR), HERE, Code.OUTSIDE),
        (Target(areas=["tinh"], shape=FAR), None, None),
        (Target(areas=["tinh"], shape=Shape()), HERE, Code.OUTSIDE),
        (Target(areas=["tinh"]), HERE, None),
        (Target(areas=["tinh"], shape=FAR, devices=["xa-1-l01"]), HERE, None),
        (Target(areas=["tinh"], shape=FAR, groups=["cho"]), HERE, None),
        (Target(areas=["xa-2"], shape=NEAR), HERE, Code.NOT_TARGET),
    ],
)
def test_a_device_that_knows_where_it_stands_goes_by_the_shape(
    target: Target, point: LatLon | None, code: Code | None
) -> None:
    assert alert_verdict(alert(target=target), point=point) is code
    assert is_meant(target, device_id="xa-1-l01", areas=CHAIN, groups=("cho",), point=point) is (code is None)


def test_an_alert_needs_the_highest_priority_and_no_content() -> None:
    assert alert_verdict(alert()) is None
    assert alert_verdict(msgspec.structs.replace(alert(), prio=8)) is Code.MALFORMED


def test_a_drill_sounds_an_alert_and_nothing_else() -> None:
    assert alert_verdict(command(drill=True), DRILL_PUBLIC) is Code.MALFORMED
    assert alert_verdict(command(drill=True, type="cancel"), DRILL_PUBLIC) is None
