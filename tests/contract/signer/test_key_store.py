"""Both key stores, files and a PKCS#11 token, do the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cms.platform.keyring import Keyring
from cms.platform.keyring_errors import OfficersRootNeededError, OtherRootError, RootMissingError, RootNeededError
from cms.platform.settings import Settings
from cms.platform.signer.key_store import KEY_NAMES, ROLES, KeyStore
from cms.platform.signer.keys import KEYSET_FILE, ensure_signing_keys, named_keys, trust_firmware
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.officers import next_keyset, publish_officers, read_officers
from cms.platform.signer.pkcs11_token import Pkcs11Token
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.stores import key_store, open_token
from devices.enrolment import make_signing_key
from devices.protocol import codec, jws
from devices.protocol.keyset import ROOT_KID, TrustedKeys
from devices.protocol.messages import Beacon, KeyRole
from tests.softhsm import PIN, soft_token
from tests.unit.protocol.trust import NOW_MS, STRANGER

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
BEACON = codec.encode(Beacon(1, NOW_MS, 1))


@dataclass(frozen=True)
class Home:
    """Installation, its keys in one kind of store."""

    settings: Settings

    def remove(self, name: str) -> None:
        if self.settings.has_token:
            with self.opened_token() as token:
                token.remove(name)
        else:
            (self.settings.signing_dir / f"{name}.key").unlink()

    @contextmanager
    def opened_token(self) -> Iterator[Pkcs11Token]:
        token = open_token(self.settings, PIN)
        try:
            yield token
        finally:
            token.close()

    def keyset(self) -> TrustedKeys:
        root_x = (self.settings.trust_dir / "root.pub").read_text().strip()
        return TrustedKeys.from_root(root_x, (self.settings.trust_dir / KEYSET_FILE).read_bytes())


@pytest.fixture(params=["files", "token"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    if request.param == "files":
        return Home(Settings(home=tmp_path / "home"))
    return Home(soft_token(tmp_path / "hsm", monkeypatch).settings(tmp_path / "home"))


def holds(keys: KeyStore, name: str, data: bytes, signature: bytes) -> bool:
    public = jws.verifying_key(keys.public(name) or "").public_key
    assert isinstance(public, Ed25519PublicKey)
    try:
        public.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def test_a_key_that_was_made_signs_for_its_public_half_alone(home: Home) -> None:
    home.settings.signing_dir.mkdir(parents=True)
    with key_store(home.settings) as keys:
        assert keys.public(KeyRole.PLAN) is None
        for name in KEY_NAMES:
            keys.make(name)
        keys.require_ready()
        signatures = {name: keys.sign(name, b"data") for name in KEY_NAMES}
    with key_store(home.settings) as again:
        assert len({again.public(name) for name in KEY_NAMES}) == len(KEY_NAMES)
        for name, signature in signatures.items():
            assert [holds(again, each, b"data", signature) for each in KEY_NAMES] == [
                each == name for each in KEY_NAMES
            ]
            assert again.sign(name, b"data") == signature, "Ed25519 leaves nothing to chance"


def test_the_keyset_names_the_keys_and_devices_believe_what_they_sign(home: Home) -> None:
    keyring = Keyring.ensure(home.settings, NOW)
    assert keyring.keyset_ver == Keyring.ensure(home.settings, NOW).keyset_ver == 1
    ensure_signing_keys(home.settings, NOW)
    assert sorted(named_keys(home.settings)) == sorted(ROLES)
    with key_store(home.settings) as keys:
        message = LocalSigner(keys, SigningPolicy()).sign(KeyRole.PLAN, "Beacon", BEACON)
    assert home.keyset().verify(message, KeyRole.PLAN, None).payload == BEACON
    assert home.keyset().ver == 1


def test_the_root_signs_what_is_new_and_is_missed_once_it_was_taken_away(home: Home) -> None:
    settings = home.settings
    ensure_signing_keys(settings, NOW)
    made = trust_firmware(settings, jws.public_x(STRANGER), NOW)
    assert (home.keyset().ver, made in home.keyset().keys) == (2, True)
    first = next_keyset(None, "loa.example", "https://loa.example")
    assert publish_officers(settings, first, {}, NOW) == 1
    assert read_officers(settings.trust_dir).keyset.ver == 1
    home.remove(ROOT_KID)
    ensure_signing_keys(settings, NOW)
    with pytest.raises(RootNeededError):
        trust_firmware(settings, jws.public_x(jws.signing_key(make_signing_key())), NOW)
    with pytest.raises(OfficersRootNeededError):
        publish_officers(settings, first, {}, NOW)
    (settings.trust_dir / "root.pub").unlink()
    with pytest.raises(RootMissingError):
        ensure_signing_keys(settings, NOW)


def test_a_keyset_of_another_root_is_refused(home: Home, tmp_path: Path) -> None:
    ensure_signing_keys(home.settings, NOW)
    other = Settings(home=tmp_path / "other")
    ensure_signing_keys(other, NOW)
    (home.settings.keys_dir / KEYSET_FILE).write_bytes((other.keys_dir / KEYSET_FILE).read_bytes())
    with pytest.raises(OtherRootError):
        ensure_signing_keys(home.settings, NOW)
