"""``loa keys``: from files into a token, and back on air after each step."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from click.testing import CliRunner

from cms.health import doctor
from cms.platform.cli import keys as commands
from cms.platform.cli import main
from cms.platform.keyring_errors import RootNeededError
from cms.platform.settings import Settings
from cms.platform.signer.key_store import KEY_NAMES, ROLES, FileKeys
from cms.platform.signer.keys import KEYSET_FILE, ensure_signing_keys, named_keys
from cms.platform.signer.pkcs11_token import Pkcs11Token
from cms.platform.signer.stores import PIN_MARK, open_token
from cms.platform.signer.token_errors import PinTrouble, TokenAwayError, TokenFullError, TokenKeyError, TokenPinError
from tests.softhsm import PIN, SoftToken, soft_token

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    return soft_token(tmp_path / "hsm", monkeypatch)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Installation with its keys in files."""
    settings = Settings(home=tmp_path / "home")
    settings.keys_dir.mkdir(parents=True, mode=0o700)
    ensure_signing_keys(settings, NOW)
    monkeypatch.setenv("LOA_HOME", str(settings.root))
    return settings


def switch_on(token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = token.settings(home.root)
    for name in ("signer_module", "signer_token", "signer_pin_file"):
        monkeypatch.setenv(f"LOA_{name.upper()}", str(getattr(settings, name)))
    return settings


def ok(*words: str, stdin: str = "") -> str:
    result = CliRunner().invoke(main, ["keys", *words], input=stdin)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> str:
    result = CliRunner().invoke(main, ["keys", *words])
    assert result.exit_code == 1, result.output
    return result.output


def test_keys_move_into_a_token_and_devices_notice_nothing(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "LOA_SIGNER_MODULE" in refused("import")
    before, keyset = named_keys(home), (home.trust_dir / KEYSET_FILE).read_bytes()
    switch_on(token, home, monkeypatch)
    assert "import" in refused("check"), "an empty token is none that devices know"
    assert "root" not in ok("import").replace(str(home.root), "")
    assert (home.keys_dir / "alert.key").exists()
    assert "removed" in ok("import", "--with-root", "--remove-files")
    assert not any((home.keys_dir / f"{name}.key").exists() for name in KEY_NAMES)
    assert "no key" in refused("import")
    assert "each key signs" in ok("check")
    listed = ok("list")
    assert listed.count("known to devices") == len(ROLES)
    assert listed.startswith("token loa")
    settings = Settings()
    ensure_signing_keys(settings, NOW)
    assert (named_keys(settings), (home.trust_dir / KEYSET_FILE).read_bytes()) == (before, keyset)


def test_an_import_that_broke_off_goes_on_where_it_ended(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = switch_on(token, home, monkeypatch)
    session = open_token(settings, PIN)

    class HalfWay:
        """Session that ends after the first object, the private half."""

        def __init__(self, within: pkcs11.Session) -> None:
            self.within, self.count = within, 0

        def create_object(self, attributes: dict[pkcs11.Attribute, object]) -> None:
            self.count += 1
            if self.count > 1:
                raise pkcs11.DeviceRemoved
            self.within.create_object(attributes)

    whole, session._session = session._session, HalfWay(session._session)  # type: ignore[assignment]
    with pytest.raises(TokenAwayError):
        session.bring("plan", FileKeys(home.signing_dir).private_half("plan"))
    session._session = whole
    session.close()
    assert ok("import").count("signs the same") == len(ROLES)
    assert "each key signs" in ok("check")


def test_two_keys_of_one_label_are_no_key(token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_token(switch_on(token, home, monkeypatch), PIN)
    for name in ("plan", "alert", "alert"):
        session.make(name)
    session.sign("plan", b"data")
    with pytest.raises(TokenKeyError, match="alert"):
        session.sign("alert", b"data")
    session.close()


def test_a_token_with_other_keys_of_ours_takes_none_and_says_so(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ensure_signing_keys(token.settings(tmp_path / "other"), NOW)
    settings = switch_on(token, home, monkeypatch)
    assert "not the one of the file" in refused("import")
    with pytest.raises(TokenKeyError):
        ensure_signing_keys(settings, NOW)
    assert "plan key that the keyset names" in refused("check")


@pytest.mark.parametrize("has_token", [False, True])
def test_a_renewed_key_is_named_by_the_root_and_needs_it(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch, *, has_token: bool
) -> None:
    if has_token:
        switch_on(token, home, monkeypatch)
        ok("import", "--remove-files", "--with-root")
    before = named_keys(home)
    assert CliRunner().invoke(main, ["keys", "renew", "alert"], input="n\n").exit_code == 1
    assert named_keys(home) == before
    made = ok("renew", "alert", stdin="y\n")
    after = named_keys(home)
    assert {role for role in before if before[role] != after[role]} == {"alert"}
    assert made.rpartition("\n")[0].split(": restart")[0].split()[-1] in ok("list")
    assert "each key signs" in ok("check")
    if has_token:
        session = open_token(Settings(), PIN)
        session.remove("root")
        session.close()
    else:
        (home.keys_dir / "root.key").unlink()
    assert str(RootNeededError("alert")) in refused("renew", "alert", "--yes")
    assert named_keys(home) == after
    assert "not here" in ok("list")


def test_a_key_in_a_file_that_devices_do_not_know_is_found(home: Settings) -> None:
    (home.keys_dir / "drill.key").write_bytes((home.keys_dir / "plan.key").read_bytes())
    assert "drill" in refused("check")
    assert "not in the keyset" in ok("list")
    (home.keys_dir / "drill.key").unlink()
    assert "missing" in ok("list")


def test_a_refused_pin_is_tried_again_only_where_a_person_says_so(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(token, home, monkeypatch)
    ok("import")
    token.write_pin("1234")
    assert PinTrouble.REFUSED in refused("check")
    tried: list[str] = []
    opened = Pkcs11Token.open

    def counted(module: Path, label: str, pin: str, *, is_writable: bool) -> Pkcs11Token:
        tried.append(pin)
        return opened(module, label, pin, is_writable=is_writable)

    monkeypatch.setattr(Pkcs11Token, "open", counted)
    refused("check")
    assert tried == []
    refused("check", "--again")
    assert tried == ["1234"]
    token.write_pin(PIN)
    ok("check")
    assert not (home.keys_dir / PIN_MARK).exists()


def test_the_doctor_asks_the_token_within_a_bound(
    token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = switch_on(token, home, monkeypatch)
    (found,) = doctor._of_keys(settings, NOW)
    assert found.sentence.startswith("The PKCS#11 token has not the plan key")
    monkeypatch.setattr(commands, "CHECK_S", 0.01)
    assert "does not answer" in commands.trouble_of_token()
    monkeypatch.setattr(doctor, "trouble_of_token", lambda: "")
    assert list(doctor._of_keys(settings, NOW)) == []
    apart = settings.model_copy(update={"signer_keys": "/nowhere", "signer_pin_file": "/nowhere/pin"})
    monkeypatch.setattr(doctor, "trouble_of_token", lambda: pytest.fail("another user's PIN"))
    assert list(doctor._of_keys(apart, NOW)) == []


@pytest.mark.parametrize(
    ("flag", "trouble"),
    [
        (pkcs11.TokenFlag.USER_PIN_LOCKED, PinTrouble.LOCKED),
        (pkcs11.TokenFlag.USER_PIN_FINAL_TRY, PinTrouble.LAST_TRY),
    ],
)
def test_a_token_that_one_more_try_would_lock_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, flag: pkcs11.TokenFlag, trouble: PinTrouble
) -> None:
    class Flagged:
        flags = flag

        def open(self, **_: object) -> None:
            pytest.fail("tried")

    class Library:
        def get_token(self, **_: object) -> Flagged:
            return Flagged()

        def finalize(self) -> None:
            raise pkcs11.GeneralError

    monkeypatch.setattr(pkcs11, "lib", lambda _path: Library())
    with pytest.raises(TokenPinError) as found:
        Pkcs11Token.open(Path("module"), "loa", PIN)
    assert found.value.trouble is trouble


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (pkcs11.PinLocked, TokenPinError, PinTrouble.LOCKED),
        (pkcs11.PinLenRange, TokenPinError, PinTrouble.REFUSED),
        (pkcs11.MultipleTokensReturned, TokenAwayError, "several"),
        (pkcs11.NoSuchToken, TokenAwayError, "none of that label"),
        (pkcs11.DeviceMemory, TokenAwayError, "DeviceMemory"),
    ],
)
def test_what_the_module_answers_is_said_by_its_remedy(
    monkeypatch: pytest.MonkeyPatch, answer: type[Exception], error: type[Exception], says: str
) -> None:
    class Library:
        def get_token(self, **_: object) -> None:
            raise answer

        def finalize(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(pkcs11, "lib", lambda _path: Library())
    with pytest.raises(error, match=says):
        Pkcs11Token.open(Path("module"), "loa", PIN)


def test_a_module_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenAwayError, match="cannot be loaded"):
        Pkcs11Token.open(tmp_path / "no-such.so", "loa", PIN)


def test_a_full_token_is_named_with_the_key(token: SoftToken, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = switch_on(token, home, monkeypatch)
    session = open_token(settings, PIN)

    class Full:
        def create_domain_parameters(self, *_: object, **__: object) -> None:
            raise pkcs11.DeviceMemory

    whole, session._session = session._session, Full()  # type: ignore[assignment]
    with pytest.raises(TokenFullError, match="alert"):
        session.make("alert")
    session._session = whole
    session.close()
