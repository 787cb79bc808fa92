"""Signer with its keys in a PKCS#11 token: the program, and what its files are worth without the PIN."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest

from cms.platform.keyring import Keyring
from cms.platform.process.thread_watch import EXIT_STATUS
from cms.platform.settings import Settings
from cms.platform.signer.client import SocketSigner
from cms.platform.signer.key_store import KEY_NAMES
from cms.platform.signer.keys import named_keys
from cms.platform.signer.pkcs11_token import Pkcs11Token
from cms.platform.signer.port import NotSignedError, UnsignedReason
from cms.platform.signer.stores import PIN_MARK, token_keys
from cms.platform.signer.token_errors import TokenKeyError, TokenPinError
from devices.protocol import codec
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Beacon, KeyRole
from tests.integration.process import until
from tests.integration.signer import forgery
from tests.programs import PythonProgram
from tests.softhsm import LABEL, PIN, SoftToken, soft_token

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
PATIENT_S = 60.0


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    return soft_token(tmp_path / "hsm", monkeypatch)


def test_all_files_of_the_signer_and_of_its_token_sound_nothing_without_the_pin(
    token: SoftToken, tmp_path: Path
) -> None:
    home = token.settings(tmp_path / "home")
    keyring = Keyring.ensure(home, NOW)
    keyring.provision("xa-1-l01", "sn-1", "xa-1", home, NOW)
    assert not any((home.keys_dir / f"{name}.key").exists() for name in KEY_NAMES)
    assert forgery.sounded(keyring, forgery.files_below(home.root, token.objects), NOW_MS) == 0
    for guess in ("", "1234", PIN[:-1], PIN.upper()):
        with pytest.raises(TokenPinError):
            Pkcs11Token.open(token.module, LABEL, guess)
    library = pkcs11.lib(str(token.module))
    with library.get_token(token_label=LABEL).open() as session:
        stranger = Pkcs11Token(library, session)
        assert sorted(stranger.publics()) == ["alert", "drill", "plan", "root"]
        for name in stranger.publics():
            with pytest.raises(TokenKeyError):
                stranger.sign(name, b"data")
    library.finalize()


def test_a_session_that_the_module_forgot_is_opened_again_within_the_signature(
    token: SoftToken, tmp_path: Path
) -> None:
    settings = token.settings(tmp_path / "home")
    Keyring.ensure(settings, NOW)
    keys = token_keys(settings, named_keys(settings))
    first = keys.sign(KeyRole.ALERT, b"data")
    for begin_afresh in (pkcs11.lib(str(token.module)).reinitialize, pkcs11.lib(str(token.module)).finalize):
        begin_afresh()
        assert keys.sign(KeyRole.ALERT, secrets.token_bytes(8)) != first
    keys.close()


def test_the_program_waits_for_its_token_and_ends_where_the_module_hangs(token: SoftToken, tmp_path: Path) -> None:
    settings = token.settings(tmp_path / "home")
    keyring = Keyring.ensure(settings)
    token.write_pin("of another card")
    log = tmp_path / "log"
    body = codec.encode(Beacon(1, NOW_MS, 1))
    signer = SocketSigner(settings.signer_path, deadline_s=PATIENT_S)
    with started(settings, log) as program:
        assert refused(signer, body) == UnsignedReason.TOKEN
        assert signer.trouble() == UnsignedReason.TOKEN
        assert (settings.keys_dir / PIN_MARK).exists()
        token.write_pin(PIN)
        until(lambda: is_signed(signer, body), log)
        assert signer.trouble() == ""
        assert PIN not in log.read_text()
        with held(token):  # the module waits for these locks, and for ever
            other = codec.encode(Beacon(1, NOW_MS, 2))
            assert refused(SocketSigner(settings.signer_path, deadline_s=0.5), other) == UnsignedReason.AWAY
            assert program.wait(60) == EXIT_STATUS
    with started(settings, log) as program:
        data = signer.sign(KeyRole.PLAN, "Beacon", other)
        program.send_signal(signal.SIGTERM)
        assert program.wait(60) == 0
    assert TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws).verify(data, KeyRole.PLAN, None).payload == other


@contextmanager
def started(settings: Settings, log: Path) -> Iterator[PythonProgram]:
    environment = {**os.environ, **settings.as_environment()}
    assert PIN not in str(environment)
    with log.open("ab") as out:
        program = PythonProgram("cms.platform.signer", env=environment, stdout=out, stderr=out)
        try:
            until(settings.signer_path.exists, log)
            yield program
        finally:
            program.kill()
            program.wait(60)


@contextmanager
def held(token: SoftToken) -> Iterator[None]:
    """Hold the locks of all files of the token."""
    with ExitStack() as stack:
        for path in token.objects.rglob("*"):
            if path.is_file():
                fcntl.lockf(stack.enter_context(path.open("r+b")), fcntl.LOCK_EX)
        yield


def refused(signer: SocketSigner, body: bytes) -> str:
    with pytest.raises(NotSignedError) as put_off:
        signer.sign(KeyRole.PLAN, "Beacon", body)
    return put_off.value.reason


def is_signed(signer: SocketSigner, body: bytes) -> bool:
    try:
        return bool(signer.sign(KeyRole.PLAN, "Beacon", body))
    except NotSignedError:
        return False
