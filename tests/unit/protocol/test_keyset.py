from __future__ import annotations

import msgspec
import pytest

from devices.protocol import jws
from devices.protocol.errors import (
    BadSignatureError,
    KeyRoleError,
    MalformedError,
    StaleError,
    UnknownKeyError,
)
from devices.protocol.keyset import TrustedKeys, covers
from devices.protocol.messages import KeyRole
from tests.unit.protocol.trust import (
    ALERT,
    KEYS,
    MINUTE_MS,
    NOW_MS,
    PLAN,
    PLAN_PUBLIC,
    ROOT,
    STRANGER,
    keyset,
    public,
    trusted,
)

ROOT_X = jws.public_x(ROOT)
BY_PLAN = jws.sign(b"{}", "plan-1", PLAN)


def test_only_the_root_says_which_keys_are_trusted() -> None:
    with pytest.raises(BadSignatureError):
        TrustedKeys.from_root(ROOT_X, keyset(signer=STRANGER))
    with pytest.raises(UnknownKeyError):
        TrustedKeys.from_root(ROOT_X, keyset(kid="plan-1", signer=PLAN))


def test_a_root_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TrustedKeys.from_root("AAAA", keyset())


def test_a_keyset_with_a_key_that_is_none_is_malformed() -> None:
    bad = msgspec.structs.replace(PLAN_PUBLIC, x="short")
    with pytest.raises(MalformedError):
        TrustedKeys.from_root(ROOT_X, keyset(keys=[bad]))


def test_a_higher_version_replaces_and_a_lower_one_never_does() -> None:
    held = trusted()
    newer = held.renewed(keyset(ver=3, keys=[PLAN_PUBLIC]))
    assert (newer.ver, set(newer.keys)) == (3, {"plan-1"})
    assert newer.renewed(keyset(ver=3)) is newer
    with pytest.raises(StaleError) as refused:
        newer.renewed(keyset(ver=2))
    assert (refused.value.code, refused.value.version, refused.value.held) == ("STALE", 2, 3)


def test_a_renewal_not_signed_by_the_root_changes_nothing() -> None:
    held = trusted()
    with pytest.raises(BadSignatureError):
        held.renewed(keyset(ver=9, signer=STRANGER))
    assert held.ver == 1


def test_a_message_is_verified_with_the_key_and_role_that_signed_it() -> None:
    signed = trusted().verify(BY_PLAN, KeyRole.PLAN, NOW_MS)
    assert (signed.key, signed.payload) == (PLAN_PUBLIC, b"{}")
    assert trusted().verify(BY_PLAN, (KeyRole.PLAN, KeyRole.ALERT), NOW_MS).key == PLAN_PUBLIC


@pytest.mark.parametrize("role", [KeyRole.ALERT, KeyRole.FIRMWARE])
def test_a_key_of_another_role_is_refused(role: KeyRole) -> None:
    with pytest.raises(KeyRoleError) as refused:
        trusted().verify(BY_PLAN, role, NOW_MS)
    assert (refused.value.code, refused.value.kid, refused.value.role) == ("KEY_ROLE", "plan-1", "plan")


def test_a_key_of_a_role_not_known_here_is_held_and_may_nothing() -> None:
    with pytest.raises(KeyRoleError):
        trusted().verify(jws.sign(b"{}", "new-1", STRANGER), tuple(KeyRole), NOW_MS)


@pytest.mark.parametrize("now_ms", [PLAN_PUBLIC.nbf - 1, PLAN_PUBLIC.exp + 1])
def test_a_key_outside_its_validity_is_unknown(now_ms: int) -> None:
    with pytest.raises(UnknownKeyError):
        trusted().verify(BY_PLAN, KeyRole.PLAN, now_ms)
    assert trusted().verify(BY_PLAN, KeyRole.PLAN, None).key == PLAN_PUBLIC


@pytest.mark.parametrize("now_ms", [PLAN_PUBLIC.nbf, PLAN_PUBLIC.exp])
def test_validity_includes_its_ends(now_ms: int) -> None:
    assert trusted().verify(BY_PLAN, KeyRole.PLAN, now_ms).key == PLAN_PUBLIC


def test_a_key_bound_to_areas_speaks_only_there() -> None:
    bound = public("plan-1", KeyRole.PLAN, PLAN, ["huyen-1"])
    keys = trusted([bound])
    assert keys.verify(BY_PLAN, KeyRole.PLAN, NOW_MS, ["xa-1", "huyen-1", "tinh"]).key == bound
    with pytest.raises(KeyRoleError):
        keys.verify(BY_PLAN, KeyRole.PLAN, NOW_MS, ["xa-2", "huyen-2", "tinh"])
    assert covers(bound, None)


def test_two_keys_are_held_side_by_side() -> None:
    keys = trusted()
    assert set(keys.keys) == {key.kid for key in KEYS}
    assert keys.verify(jws.sign(b"{}", "alert-1", ALERT), KeyRole.ALERT, NOW_MS + MINUTE_MS).key.role == "alert"
    assert keys.source == keyset()
