"""The fake token of the unit tests does what a token of SoftHSM2 does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cms.platform.signer.pkcs11_token import Pkcs11Token
from cms.platform.signer.token_errors import PinTrouble, TokenKeyError, TokenPinError
from cms.platform.signer.token_keys import TokenSession
from devices.protocol import jws
from tests.softhsm import LABEL, PIN, soft_token
from tests.unit.signer.test_token_keys import FakeToken

Open = Callable[[str], TokenSession]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(params=["fake", "softhsm"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    if request.param == "fake":
        fake = FakeToken({})
        fake.pin = PIN
        return fake.open
    token = soft_token(tmp_path / "hsm", monkeypatch)
    return lambda pin: Pkcs11Token.open(token.module, LABEL, pin, is_writable=True)


def test_keys_are_brought_made_kept_and_removed(opened: Open) -> None:
    session = opened(PIN)
    assert session.publics() == {}
    session.bring("alert", KEY)
    session.make("plan")
    session.close()
    session = opened(PIN)
    assert session.publics()["alert"] == jws.encoded_x(KEY.public_key().public_bytes_raw())
    assert session.sign("alert", b"data") == KEY.sign(b"data")
    assert session.sign("plan", b"data") not in {session.sign("alert", b"data"), session.sign("plan", b"other")}
    session.remove("alert")
    session.remove("alert")
    assert session.publics().keys() == {"plan"}
    with pytest.raises(TokenKeyError, match="alert"):
        session.sign("alert", b"data")
    session.close()


def test_another_pin_is_refused_and_the_right_one_then_taken(opened: Open) -> None:
    with pytest.raises(TokenPinError) as found:
        opened(PIN[:-1])
    assert found.value.trouble is PinTrouble.REFUSED
    opened(PIN).close()
