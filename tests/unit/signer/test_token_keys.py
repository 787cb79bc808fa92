"""Keys in a token that is away, slow, loses its session or refuses its PIN."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from cms.platform.signer import token_pin
from cms.platform.signer.key_store import FileKeys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.port import NotSignedError, UnsignedReason
from cms.platform.signer.token_errors import (
    PinTrouble,
    TokenAwayError,
    TokenError,
    TokenKeyError,
    TokenPinError,
)
from cms.platform.signer.token_keys import PAUSE_MAX_S, SLOW_S, SLOW_TOLD_EVERY_S, TokenKeys
from cms.platform.signer.token_pin import TokenPin
from devices.protocol import codec, jws
from devices.protocol.messages import KeyRole
from tests.unit.signer.test_policy import HELD, command

RIGHT = "right"
KNOWN = {role: jws.public_x(key) for role, key in HELD.items()}
ALERT = KeyRole.ALERT


class FakeToken:
    """Token as its module would show it; ``fails``: what the next calls raise, in turn."""

    def __init__(self, held: Mapping[str, OKPKey] = HELD) -> None:
        self.now_s = 0.0
        self.logins: list[str] = []
        self.signed = 0
        self.pin = RIGHT
        self.is_away = False
        self.takes_s = 0.0
        self.fails: list[TokenError] = []
        self.held = dict(held)
        self.keys = FileKeys(Path("nowhere"), self.held)
        self.is_open = False

    def open(self, pin: str) -> FakeToken:
        if self.is_away:
            raise TokenAwayError("unplugged")
        self.logins.append(pin)
        if pin != self.pin:
            raise TokenPinError(PinTrouble.REFUSED)
        self.is_open = True
        return self

    def publics(self) -> Mapping[str, str]:
        return {name: public_x for name in self.held if (public_x := self.keys.public(name)) is not None}

    def sign(self, name: str, data: bytes) -> bytes:
        assert self.is_open
        self.now_s += self.takes_s
        if self.fails:
            raise self.fails.pop(0)
        if self.is_away:
            raise TokenAwayError("it answered DeviceRemoved")
        if self.keys.public(name) is None:
            raise TokenKeyError(name)
        self.signed += 1
        return self.keys.sign(name, data)

    def make(self, name: str) -> None:
        self.bring(name, Ed25519PrivateKey.generate())

    def bring(self, name: str, key: Ed25519PrivateKey) -> None:
        self.held[name] = OKPKey.import_key(key)
        self.keys = FileKeys(Path("nowhere"), self.held)

    def remove(self, name: str) -> None:
        self.held.pop(name, None)
        self.keys = FileKeys(Path("nowhere"), self.held)

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def token() -> FakeToken:
    return FakeToken()


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(f"{RIGHT}\n")
    path.chmod(0o600)
    return path


Start = Callable[[], TokenKeys]


@pytest.fixture
def start(token: FakeToken, pin_file: Path) -> Start:
    """Begin as a new process of the signer does."""
    return lambda: TokenKeys(
        token.open, TokenPin(pin_file, pin_file.with_name("mark")), KNOWN, monotonic=lambda: token.now_s
    )


def trouble(keys: TokenKeys) -> TokenError:
    with pytest.raises(TokenError) as found:
        keys.sign(ALERT, b"data")
    return found.value


def tended(keys: TokenKeys, token: FakeToken, seconds: int) -> None:
    """Let the loop of the signer turn once a second, as it does."""
    for _ in range(seconds):
        token.now_s += 1
        keys.tend()


def test_a_lost_session_is_opened_again_within_the_same_signature(token: FakeToken, start: Start) -> None:
    keys = start()
    keys.sign(ALERT, b"first")
    token.fails = [TokenAwayError("it answered SessionHandleInvalid")]
    assert keys.sign(ALERT, b"second") == token.keys.sign(ALERT, b"second")
    assert len(token.logins) == 2


def test_what_fails_again_after_it_was_opened_is_left_alone_for_a_while(token: FakeToken, start: Start) -> None:
    keys = start()
    token.fails = [TokenAwayError("it answered DeviceError")] * 2
    assert "DeviceError" in str(trouble(keys))
    assert (len(token.logins), token.is_open) == (2, False)
    assert "DeviceError" in str(trouble(keys)), "told again, and the token not asked"
    assert len(token.logins) == 2
    token.now_s += PAUSE_MAX_S
    assert keys.sign(ALERT, b"data")


def test_a_token_that_is_away_is_looked_for_with_pauses_that_grow_and_is_found_without_being_asked(
    token: FakeToken, start: Start
) -> None:
    keys, looked = start(), []
    token.is_away = True
    unplugged = token.open

    def counted(pin: str) -> FakeToken:
        looked.append(token.now_s)
        return unplugged(pin)

    keys._open_token = counted
    for _ in range(6_000):
        token.now_s += 0.1
        keys.tend()
    pauses = [later - earlier for earlier, later in itertools.pairwise(looked)]
    assert pauses[0] < 1
    assert max(pauses) < PAUSE_MAX_S * 1.5 + 0.2
    assert min(pauses[6:]) > PAUSE_MAX_S * 0.4
    assert len(set(pauses[6:])) > 5, "spread out"
    token.is_away = False
    tended(keys, token, 8)
    assert token.is_open
    assert keys.sign(ALERT, b"data")


def test_a_refused_pin_is_tried_once_by_all_processes_together_until_another_is_written(
    token: FakeToken, start: Start, pin_file: Path
) -> None:
    pin_file.write_text("wrong")
    for _ in range(5):  # the supervisor starts it again and again
        keys = start()
        for _ in range(20):
            assert str(trouble(keys)).endswith(PinTrouble.REFUSED)
            tended(keys, token, 10)
    assert token.logins == ["wrong"]
    pin_file.write_text(RIGHT)
    tended(keys, token, 8)
    assert token.logins == ["wrong", RIGHT]
    assert keys.sign(ALERT, b"data")
    assert not pin_file.with_name("mark").exists()


def test_the_mark_of_a_refused_pin_does_not_give_it_away(token: FakeToken, start: Start, pin_file: Path) -> None:
    pin_file.write_text("wrong")
    trouble(start())
    mark = pin_file.with_name("mark")
    assert b"wrong" not in mark.read_bytes()
    assert mark.stat().st_mode & 0o077 == 0


def test_a_refusal_that_cannot_be_written_down_is_known_to_the_process(token: FakeToken, pin_file: Path) -> None:
    pin_file.write_text("wrong")
    keys = TokenKeys(token.open, TokenPin(pin_file, pin_file / "no-folder"), KNOWN, monotonic=lambda: token.now_s)
    for _ in range(20):
        assert str(trouble(keys)).endswith(PinTrouble.REFUSED)
        tended(keys, token, 10)
    assert token.logins == ["wrong"]
    pin_file.write_text(RIGHT)
    tended(keys, token, 10)
    assert keys.sign(ALERT, b"data")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\n"])
def test_a_pin_that_is_none_is_not_tried(token: FakeToken, start: Start, pin_file: Path, data: bytes) -> None:
    pin_file.write_bytes(data)
    assert str(trouble(start())).endswith(PinTrouble.UNREADABLE)
    pin_file.unlink()
    assert str(trouble(start())).endswith(PinTrouble.UNREADABLE)
    assert token.logins == []


def test_a_pin_that_others_can_read_is_not_used_unless_systemd_guards_it(
    token: FakeToken, start: Start, pin_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin_file.chmod(0o640)
    assert str(trouble(start())).endswith(PinTrouble.OPEN)
    assert token.logins == []
    monkeypatch.setattr(token_pin, "CREDENTIALS", pin_file.parent)
    assert start().sign(ALERT, b"data")


def test_a_token_with_other_keys_than_devices_know_signs_nothing(token: FakeToken, start: Start) -> None:
    keys = start()
    token.keys = FileKeys(Path("nowhere"), {**HELD, ALERT: HELD[KeyRole.PLAN]})
    assert isinstance(trouble(keys), TokenKeyError)
    assert (token.is_open, token.signed) == (False, 0)


def test_a_signature_that_does_not_hold_is_not_sent(token: FakeToken, start: Start) -> None:
    keys = start()
    keys.tend()
    token.keys = FileKeys(Path("nowhere"), {**HELD, ALERT: HELD[KeyRole.PLAN]})
    assert isinstance(trouble(keys), TokenError)


def test_who_asks_again_for_a_signature_that_came_too_late_has_it_at_once(
    token: FakeToken, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    keys, token.takes_s = start(), 2 * SLOW_S
    late = keys.sign(ALERT, b"data")
    token.is_away = True
    assert keys.sign(ALERT, b"data") == late
    assert token.signed == 1
    token.is_away = False
    for number in range(400):
        keys.sign(ALERT, b"%d" % number)
    assert len(keys._made) == 256
    told = [record for record in caplog.records if record.getMessage().startswith("token.slow")]
    assert 1 < len(told) <= token.now_s / SLOW_TOLD_EVERY_S + 1


def test_an_opening_has_more_time_than_a_turn_of_the_loop(token: FakeToken, pin_file: Path) -> None:
    within: list[bool] = []

    @contextmanager
    def patience() -> Iterator[None]:
        yield
        within.append(token.is_open)

    keys = TokenKeys(token.open, TokenPin(pin_file, pin_file.with_name("mark")), KNOWN, patience=patience)
    keys.sign(ALERT, b"data")
    keys.sign(ALERT, b"other")
    assert within == [True]


def test_an_alert_is_put_off_while_the_token_is_away_and_counts_once(token: FakeToken, start: Start) -> None:
    keys = start()
    signer = LocalSigner(keys, SigningPolicy(lambda: command().iat))
    token.is_away = True
    for number in range(1_500):  # more than the policy lets through at once
        payload = codec.encode(command(cid=f"try-{number}"))
        with pytest.raises(NotSignedError) as put_off:
            signer.sign(ALERT, "Command", payload)
        assert put_off.value.reason == UnsignedReason.TOKEN
    token.is_away = False
    token.now_s += 2 * PAUSE_MAX_S
    assert signer.sign(ALERT, "Command", payload)


def test_closed_keys_are_opened_by_the_next_signature(token: FakeToken, start: Start) -> None:
    keys = start()
    keys.close()
    keys.sign(ALERT, b"data")
    keys.close()
    assert not token.is_open
    assert keys.sign(ALERT, b"more")


def test_keys_are_made_brought_and_removed(token: FakeToken, start: Start) -> None:
    keys = start()
    assert keys.public("root") is None
    keys.make("root")
    first = keys.public("root")
    keys.bring("root", jws.private_half(HELD[ALERT]))
    assert (first != keys.public("root"), keys.public("root")) == (True, KNOWN[ALERT])
    keys.remove("root")
    assert keys.public("root") is None
