from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from cms.platform.signer.key_store import FileKeys
from cms.platform.signer.keys import kid_of
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.policy import (
    AHEAD_MAX_MS,
    ALERTS_BURST,
    FENCE_MAX,
    LASTS_MAX_MS,
    RefusalError,
    SigningPolicy,
)
from cms.platform.signer.port import NotSignedError, SigningRefusedError, UnsignedReason
from devices.protocol import codec, jws
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import LOCAL_ORDERS_LAST_MS
from devices.protocol.messages import (
    AlertContent,
    Audio,
    Beacon,
    CapNotice,
    CertificateAnswer,
    Command,
    CommandType,
    Desired,
    KeyRole,
    Keyset,
    LocalOrder,
    LocalOrders,
    Manifest,
    ProgrammeNotice,
    Target,
    Wire,
)
from devices.protocol.verdict import ALERT_PRIO, weigh
from tests.unit.protocol.trust import ALERT, DRILL, NOW_MS, PLAN, ROOT, public

SHA = "ab" * 32
HOUR_MS = 3_600_000
KEYS = {KeyRole.PLAN: PLAN, KeyRole.ALERT: ALERT, KeyRole.DRILL: DRILL}
HELD = {str(role): key for role, key in KEYS.items()}
STORE = FileKeys(Path("nowhere"), HELD)


def command(**changes: object) -> Command:
    whole: dict[str, object] = {
        "v": 1,
        "cid": "order-1",
        "type": CommandType.PLAY,
        "prio": ALERT_PRIO,
        "iat": NOW_MS,
        "nbf": NOW_MS - 120_000,
        "exp": NOW_MS + HOUR_MS,
        "target": Target(areas=["xa-1"]),
        "alert": AlertContent(id="a1", level=3, hazard="flash_flood", issued_at=NOW_MS),
        **changes,
    }
    return Command(**whole)  # type: ignore[arg-type]


END = command(type=CommandType.CANCEL, alert=None, refs=["order-1"], cid="order-1-end")
REBOOT = command(type=CommandType.REBOOT, prio=5, alert=None)
NOTICE = CapNotice(1, "st-1", "doc-1", "a1", "alert", NOW_MS, NOW_MS + HOUR_MS, SHA, 100, keep=NOW_MS + 2 * HOUR_MS)
WARNING = AlertContent(id="o1", level=3, hazard="flash_flood", issued_at=0)


def local_orders(alert: AlertContent = WARNING, **changes: object) -> LocalOrders:
    dates = {"iat": NOW_MS, "nbf": NOW_MS - 120_000, "exp": NOW_MS + LOCAL_ORDERS_LAST_MS, **changes}
    order = LocalOrder(id="o1", lasts_ms=HOUR_MS, alert=alert)
    return LocalOrders(v=1, device="xa-1-l01", area="xa-1", ver=1, orders=[order], **dates)  # type: ignore[arg-type]


BODIES: Mapping[str, tuple[Wire, KeyRole]] = {
    "alert": (command(), KeyRole.ALERT),
    "end": (END, KeyRole.ALERT),
    "stop": (command(type=CommandType.STOP, alert=None, hush_until=NOW_MS + HOUR_MS), KeyRole.ALERT),
    "notice": (NOTICE, KeyRole.ALERT),
    "local orders": (local_orders(), KeyRole.ALERT),
    "drill": (command(drill=True), KeyRole.DRILL),
    "end of a drill": (msgspec.structs.replace(END, drill=True), KeyRole.DRILL),
    "notice of a drill": (msgspec.structs.replace(NOTICE, drill=True), KeyRole.DRILL),
    "reboot": (REBOOT, KeyRole.PLAN),
    "manifest": (Manifest(1, "xa-1", 1, NOW_MS, {}), KeyRole.PLAN),
    "settings": (Desired(v=1, device="xa-1-l01", ver=1, iat=NOW_MS, areas=["xa-1"]), KeyRole.PLAN),
    "beacon": (Beacon(1, NOW_MS, 1), KeyRole.PLAN),
    "certificate": (CertificateAnswer(v=1, serial="sn-1", csr=SHA), KeyRole.PLAN),
    "programme": (
        ProgrammeNotice(1, "st-1", "p-1", "ready", 1, NOW_MS, NOW_MS + HOUR_MS, SHA, 1, SHA, 1),
        KeyRole.PLAN,
    ),
}


def refusal(role: KeyRole, body: Wire, policy: SigningPolicy | None = None) -> str:
    """Return the reason of the policy's refusal; empty: it is signed."""
    try:
        (policy or SigningPolicy(lambda: NOW_MS)).check(role, type(body).__name__, codec.encode(body))
    except RefusalError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("name", BODIES)
def test_each_kind_of_message_is_signed_with_one_key_alone(name: str) -> None:
    body, role = BODIES[name]
    assert {each for each in KeyRole if not refusal(each, body)} == {role}


@pytest.mark.parametrize(
    "changes",
    [
        {"target": Target()},
        {"target": Target(groups=["cho"])},
        {"exp": NOW_MS + LASTS_MAX_MS + 1},
        {"exp": NOW_MS - 1},
        {"nbf": NOW_MS + 1},
        {"alert": None},
        {"audible": True},
        {"content": Audio(SHA, 1, 1)},
        {"type": CommandType.REBOOT},
        {"type": CommandType.INSTALL, "alert": None},
        {"type": "sing", "alert": None},
        {"type": CommandType.STOP, "alert": None, "hush_until": NOW_MS + LASTS_MAX_MS + 1},
        {"type": CommandType.STOP},
        {"fence": FENCE_MAX + 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("drill", [False, True])
def test_an_ill_formed_alert_is_signed_with_no_key(changes: dict[str, object], *, drill: bool) -> None:
    assert {refusal(each, command(drill=drill, **changes)) for each in KeyRole} == {UnsignedReason.REFUSED}


@pytest.mark.parametrize(
    "body",
    [
        local_orders(exp=NOW_MS + LOCAL_ORDERS_LAST_MS + 1),
        local_orders(exp=NOW_MS - 1),
        local_orders(nbf=NOW_MS + 1),
        *(
            local_orders(msgspec.structs.replace(WARNING, **changes))
            for changes in (
                {"issued_at": NOW_MS},
                {"replaces": ["order-1"]},
                {"minor": True},
                {"silent": True},
                {"calm": True},
                {"id": "o2"},
            )
        ),
    ],
)
def test_local_orders_are_warnings_of_some_weeks(body: LocalOrders) -> None:
    assert {refusal(each, body) for each in KeyRole} == {UnsignedReason.REFUSED}


def test_local_orders_are_not_signed_in_store_for_later_years() -> None:
    iat = NOW_MS + AHEAD_MAX_MS + 1
    assert refusal(KeyRole.ALERT, local_orders(iat=iat, exp=iat + HOUR_MS)) == UnsignedReason.CLOCK


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("Command", codec.encode(REBOOT).replace(b'{"v":1,', b'{"v":1,"keys":[],')),
        ("Command", b" " + codec.encode(REBOOT)),
        ("Command", codec.encode(command()).replace(b'"prio":9', b'"prio":4,"prio":9')),
        ("Manifest", codec.encode(command())),
        ("Keyset", b'{"v":1,"ver":9,"iat":1,"keys":[]}'),
        ("Image", codec.encode(command())),
        ("Command", b"{"),
        ("Command", b"\xff"),
        ("", b""),
    ],
)
def test_only_the_one_encoding_of_a_known_body_is_signed(kind: str, payload: bytes) -> None:
    for role in KeyRole:
        with pytest.raises(RefusalError) as refused:
            SigningPolicy().check(role, kind, payload)
        assert refused.value.reason is UnsignedReason.REFUSED


def test_a_notice_holds_no_longer_than_an_alert_and_may_have_expired() -> None:
    for changes, wanted in (({"exp": NOW_MS - 1, "keep": 0}, ""), ({"keep": NOW_MS + LASTS_MAX_MS + 1}, "refused")):
        assert refusal(KeyRole.ALERT, msgspec.structs.replace(NOTICE, **changes)) == wanted


def test_an_instance_that_was_replaced_gets_nothing_signed() -> None:
    policy = SigningPolicy()
    assert refusal(KeyRole.ALERT, command(fence=5), policy) == ""
    for role, body in ((KeyRole.ALERT, command(fence=4)), (KeyRole.PLAN, REBOOT), (KeyRole.PLAN, Beacon(1, NOW_MS, 1))):
        assert refusal(role, body, policy) == UnsignedReason.FENCE
    assert refusal(KeyRole.PLAN, Beacon(1, NOW_MS, 1, fence=6), policy) == ""
    assert refusal(KeyRole.ALERT, command(fence=5), policy) == UnsignedReason.FENCE


def test_a_message_that_is_refused_replaces_no_instance() -> None:
    policy = SigningPolicy(lambda: NOW_MS)
    late = NOW_MS + AHEAD_MAX_MS + 1
    ahead = command(fence=9, iat=late, nbf=late, exp=late + HOUR_MS)
    for role, body in ((KeyRole.ALERT, ahead), (KeyRole.PLAN, Beacon(1, late, 1, fence=9))):
        assert refusal(role, body, policy) == UnsignedReason.CLOCK
    assert refusal(KeyRole.ALERT, command(fence=1), policy) == ""


def test_a_drill_raises_no_fence() -> None:
    policy = SigningPolicy()
    assert refusal(KeyRole.DRILL, command(drill=True, fence=9), policy) == ""
    assert refusal(KeyRole.ALERT, command(fence=1), policy) == ""


@pytest.mark.parametrize("name", ["alert", "drill", "reboot", "notice", "beacon"])
def test_nothing_is_signed_in_store_for_later(name: str) -> None:
    body, role = BODIES[name]
    late = SigningPolicy(lambda: NOW_MS - AHEAD_MAX_MS)
    assert refusal(role, body, late) == ""
    assert refusal(role, body, SigningPolicy(lambda: NOW_MS - AHEAD_MAX_MS - 1)) == UnsignedReason.CLOCK
    assert refusal(role, body, SigningPolicy()) == ""


def test_a_flood_of_alerts_ends_and_their_ends_do_not() -> None:
    now = [NOW_MS]
    policy = SigningPolicy(lambda: now[0])
    flood = [refusal(KeyRole.ALERT, command(cid=f"o-{number}"), policy) for number in range(ALERTS_BURST + 5)]
    assert flood == [""] * ALERTS_BURST + [UnsignedReason.LIMIT] * 5
    assert refusal(KeyRole.ALERT, command(cid="o-1"), policy) == "", "signed before: a retry costs nothing"
    assert refusal(KeyRole.ALERT, END, policy) == ""
    assert refusal(KeyRole.DRILL, command(drill=True), policy) == ""
    now[0] -= HOUR_MS
    assert refusal(KeyRole.ALERT, command(cid="later"), policy) == UnsignedReason.LIMIT, (
        "a clock set back gives nothing"
    )
    now[0] += 1_000
    assert refusal(KeyRole.ALERT, command(cid="later"), policy) == ""


def test_a_refusal_is_told_by_whether_it_may_pass() -> None:
    signer = LocalSigner(STORE, SigningPolicy())
    with pytest.raises(SigningRefusedError):
        signer.sign(KeyRole.PLAN, "Command", codec.encode(command()))
    signer.sign(KeyRole.ALERT, "Command", codec.encode(command(fence=2)))
    with pytest.raises(NotSignedError) as put_off:
        signer.sign(KeyRole.ALERT, "Command", codec.encode(command(fence=1)))
    assert put_off.value.reason == UnsignedReason.FENCE
    assert signer.trouble() == ""


def test_what_the_plan_and_drill_keys_sign_is_never_obeyed_as_an_alert() -> None:
    named = [public(kid_of(role, jws.public_x(key)), role, key) for role, key in KEYS.items()]
    keyset = jws.sign(codec.encode(Keyset(v=1, ver=1, iat=NOW_MS, keys=named)), "root", ROOT)
    keys = TrustedKeys.from_root(jws.public_x(ROOT), keyset)
    dice = random.Random(19)
    signer, obeyed = LocalSigner(STORE, SigningPolicy()), 0
    for number in range(1_000):
        asked = command(
            cid=f"attack-{number}",
            type=dice.choice([*CommandType, "sing"]),
            prio=dice.randrange(10),
            drill=dice.random() < 0.5,
            alert=dice.choice([None, command().alert]),
            exp=NOW_MS + dice.choice([1, HOUR_MS, 2 * LASTS_MAX_MS]),
        )
        role, kind = dice.choice([KeyRole.PLAN, KeyRole.DRILL]), dice.choice(["Command", "Command", "Manifest"])
        try:
            data = signer.sign(role, kind, codec.encode(asked))
        except SigningRefusedError:
            continue
        for is_drill_topic in (False, None):
            verdict = weigh(
                *(data, keys),
                device_id="xa-1-l01",
                areas=("xa-1",),
                groups=(),
                now_ms=NOW_MS,
                seen=(),
                is_drill_topic=is_drill_topic,
            )
            obeyed += verdict.is_accepted
            assert not verdict.is_accepted or asked.drill or asked.prio < ALERT_PRIO
    assert obeyed > 20
