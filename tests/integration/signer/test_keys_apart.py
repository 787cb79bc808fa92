"""Keys of a signer with a user of its own, and what somebody with the files of the other programs can do."""

from __future__ import annotations

import signal
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.platform.keyring import Keyring, ensure_certificates
from cms.platform.keyring_errors import OtherRootError, RootMissingError, RootNeededError, SignerKeysError
from cms.platform.settings import Settings
from cms.platform.signer.client import SocketSigner
from cms.platform.signer.keys import ensure_signing_keys, trust_firmware
from devices.protocol import codec, jws
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Beacon, KeyRole
from tests.integration.process import until
from tests.integration.signer import forgery
from tests.programs import PythonProgram
from tests.unit.protocol.trust import STRANGER

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SECRET = ("root.key", "plan.key", "alert.key", "drill.key")


@pytest.fixture
def apart(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", signer_keys=str(tmp_path / "signer"))
    ensure_signing_keys(settings, NOW)
    return settings


def test_nothing_starts_before_the_signer_has_made_its_keys(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", signer_keys=str(tmp_path / "signer"))
    with pytest.raises(SignerKeysError, match="start the signer first"):
        Keyring.ensure(settings, NOW)
    assert not (settings.keys_dir / "ca.key").exists()


def test_the_home_gets_the_public_parts_alone(apart: Settings) -> None:
    keyring = Keyring.ensure(apart, NOW)
    assert keyring.keyset_ver == 1
    folder = Path(apart.signer_keys)
    assert not {path.name for path in apart.keys_dir.iterdir()} & set(SECRET)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in SECRET} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "public").iterdir()} == {0o644}
    made = trust_firmware(apart, jws.public_x(STRANGER), NOW)
    assert made in TrustedKeys.from_root(keyring.root_x, keyring.newest_keyset()).keys
    assert Keyring.ensure(apart, NOW).keyset_ver == 2


def test_the_keys_of_another_root_are_not_followed(apart: Settings, tmp_path: Path) -> None:
    Keyring.ensure(apart, NOW)
    other = apart.model_copy(update={"signer_keys": str(tmp_path / "other")})
    ensure_signing_keys(other, NOW)
    with pytest.raises(OtherRootError):
        Keyring.ensure(other, NOW)
    (apart.keys_dir / "root.pub").unlink()
    with pytest.raises(RootMissingError):
        Keyring.ensure(other, NOW)
    (apart.signing_dir / "public" / "root.pub").unlink()
    (apart.signing_dir / "root.key").unlink()
    with pytest.raises(RootMissingError):
        ensure_signing_keys(apart, NOW)


def test_certificates_are_renewed_without_a_look_at_the_signing_keys(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    Keyring.ensure(settings, NOW)
    for name in SECRET:
        (settings.keys_dir / name).write_bytes(b"unreadable")
    ensure_certificates(settings, NOW)
    Keyring.load(settings)


@pytest.mark.parametrize("is_apart", [True, False])
def test_the_files_of_every_other_program_sound_nothing_only_where_users_are_apart(
    tmp_path: Path, *, is_apart: bool
) -> None:
    """Forge with what is in any file of the home, under each name, and by keysets of one's own."""
    settings = Settings(home=tmp_path / "home", signer_keys=str(tmp_path / "signer") if is_apart else "")
    ensure_signing_keys(settings, NOW)
    keyring = Keyring.ensure(settings, NOW)
    keyring.provision("xa-1-l01", "sn-1", "xa-1", settings, NOW)
    sounded = forgery.sounded(keyring, forgery.files_below(settings.root), NOW_MS)
    assert (sounded == 0) is is_apart


def test_the_program_signs_until_it_is_ended_and_says_what_keeps_it_from_starting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    log = tmp_path / "log"
    environment = {"LOA_HOME": str(settings.root), "PATH": "/usr/bin:/bin"}
    with log.open("wb") as out:
        program = PythonProgram("cms.platform.signer", env=environment, stdout=out, stderr=out)
        until(settings.signer_path.exists, log)
        body = codec.encode(Beacon(1, NOW_MS, 1))
        data = SocketSigner(settings.signer_path, deadline_s=60).sign(KeyRole.PLAN, "Beacon", body)
        program.send_signal(signal.SIGTERM)
        assert program.wait(60) == 0
    keys = Keyring.ensure(settings)
    assert TrustedKeys.from_root(keys.root_x, keys.keyset_jws).verify(data, KeyRole.PLAN, None).payload == body
    for name in ("root.key", "alert.key"):
        (settings.keys_dir / name).unlink()
    with pytest.raises(RootNeededError):
        ensure_signing_keys(settings)
    with log.open("wb") as out:
        program = PythonProgram("cms.platform.signer", env=environment, stdout=out, stderr=out)
        assert program.wait(60) == 1
    assert "put root.key back" in log.read_text()
