from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as jose
from joserfc.jwk import OctKey

from devices.enrolment import make_signing_key
from devices.protocol import jws
from devices.protocol.errors import BadSignatureError, OversizeError, UnknownKeyError
from devices.protocol.limits import MESSAGE_MAX_BYTES
from tests.unit.protocol.trust import PLAN, STRANGER

KEYS = {"plan-1": PLAN}
GOOD = jws.sign(b'{"v":1}', "plan-1", PLAN)


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def with_header(header: object) -> bytes:
    """Return ``GOOD`` under another header, signed rightly for it."""
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    signing_input = b64(text) + b"." + b64(b'{"v":1}')
    signature = PLAN.private_key.sign(signing_input)  # type: ignore[union-attr] # an Ed25519 key
    return signing_input + b"." + b64(signature)


def test_what_was_signed_is_opened_with_its_key_id() -> None:
    assert jws.open_signed(GOOD, KEYS) == ("plan-1", b'{"v":1}')
    assert jws.open_signed(with_header({"alg": "Ed25519", "kid": "plan-1", "typ": "loa+jws"}), KEYS)


def test_signing_again_gives_the_same_bytes() -> None:
    assert jws.sign(b'{"v":1}', "plan-1", PLAN) == GOOD


def test_a_key_nobody_told_of_is_unknown() -> None:
    with pytest.raises(UnknownKeyError) as refused:
        jws.open_signed(jws.sign(b"{}", "plan-9", PLAN), KEYS)
    assert (refused.value.code, refused.value.kid) == ("UNKNOWN_KEY", "plan-9")


def test_another_key_under_a_known_id_is_a_bad_signature() -> None:
    with pytest.raises(BadSignatureError) as refused:
        jws.open_signed(jws.sign(b"{}", "plan-1", STRANGER), KEYS)
    assert refused.value.code == "BAD_SIGNATURE"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "plan-1", "typ": "loa+jws"},
        {"alg": "EdDSA", "kid": "plan-1", "typ": "loa+jws"},
        {"alg": "HS256", "kid": "plan-1", "typ": "loa+jws"},
        {"alg": "Ed25519", "kid": "plan-1"},
        {"alg": "Ed25519", "typ": "loa+jws"},
        {"alg": "Ed25519", "kid": "plan-1", "typ": "JWT"},
        {"alg": "Ed25519", "kid": "plan-1", "typ": "loa+jws", "jwk": PLAN.as_dict(private=False)},
        {"alg": "Ed25519", "kid": "plan-1", "typ": "loa+jws", "crit": ["b64"], "b64": False},
        {"alg": "Ed25519", "kid": "PLAN/1", "typ": "loa+jws"},
        {"kid": "plan-1", "alg": "Ed25519", "typ": "loa+jws"},
        b'{"alg":"none","alg":"Ed25519","kid":"plan-1","typ":"loa+jws"}',
        b'{"alg": "Ed25519","kid":"plan-1","typ":"loa+jws"}',
        b'{"alg":"Ed25519","kid":"plan-1","typ":"loa+jws"}\n',
        b"x",
        b"\xff",
    ],
)
def test_any_other_header_is_refused_even_when_rightly_signed(header: object) -> None:
    with pytest.raises(BadSignatureError):
        jws.open_signed(with_header(header), KEYS)


def test_a_secret_made_of_the_public_key_signs_nothing() -> None:
    secret = OctKey.import_key(jws.public_x(PLAN).encode())
    forged = jose.serialize_compact({"alg": "HS256", "kid": "plan-1", "typ": "loa+jws"}, b"{}", secret)
    with pytest.raises(BadSignatureError):
        jws.open_signed(forged.encode(), KEYS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"..",
        b"a.b.c",
        GOOD + b"=",
        GOOD + b"\n",
        b" " + GOOD,
        GOOD[:-1],
        GOOD + b".x",
        b"aaaaa." + GOOD.split(b".", 1)[1],
        b"{}",
        GOOD.replace(b".", b"..", 1),
    ],
)
def test_any_other_envelope_is_refused(data: bytes) -> None:
    with pytest.raises(BadSignatureError):
        jws.open_signed(data, KEYS)


def test_a_payload_that_is_not_base64url_is_a_bad_signature() -> None:
    header, _, signature = GOOD.split(b".")
    with pytest.raises(BadSignatureError):
        jws.open_signed(b".".join([header, b"aaaaa", signature]), KEYS)


@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_a_changed_byte_never_passes(at: int, value: int) -> None:
    changed = bytearray(GOOD)
    changed[at] = value
    try:
        kid, payload = jws.open_signed(bytes(changed), KEYS)
    except (BadSignatureError, UnknownKeyError):
        return
    # The last character of a base64url part has bits that mean nothing: what was signed is the same.
    assert (kid, payload) == ("plan-1", b'{"v":1}')


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_are_a_bad_signature(data: bytes) -> None:
    with pytest.raises(BadSignatureError):
        jws.open_signed(data, KEYS)


def test_a_message_beyond_the_limit_is_neither_signed_nor_opened() -> None:
    with pytest.raises(OversizeError):
        jws.sign(b"x" * MESSAGE_MAX_BYTES, "plan-1", PLAN)
    with pytest.raises(OversizeError):
        jws.open_signed(b"x" * (MESSAGE_MAX_BYTES + 1), KEYS)


def test_keys_are_read_from_pem_and_from_their_public_form() -> None:
    key = jws.signing_key(make_signing_key())
    signed = jws.sign(b"{}", "k", key)
    assert jws.open_signed(signed, {"k": jws.verifying_key(jws.public_x(key))}) == ("k", b"{}")


def test_a_key_of_another_kind_is_refused() -> None:

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ValueError, match="Ed25519"):
        jws.signing_key(pem)
    with pytest.raises(ValueError, match="32 bytes"):
        jws.verifying_key("AAAA")
