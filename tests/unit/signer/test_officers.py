"""Keyset of officers at the signer: what it makes the alert key refuse, and how it is replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cms.platform.keyring_errors import OfficersRootNeededError, OtherRootError
from cms.platform.settings import Settings
from cms.platform.signer.keys import ensure_signing_keys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.officers import (
    NO_OFFICERS,
    OFFICERS_FILE,
    OfficersFile,
    next_keyset,
    officers_in,
    publish_officers,
)
from cms.platform.signer.port import SigningRefusedError
from devices.protocol import codec
from devices.protocol.authorisation import Authorisation, AuthorisationKind, OfficerKeyset, SignaturePolicy
from devices.protocol.commands import Command, CommandType
from devices.protocol.messages import KeyRole
from tests.builders.forged_alerts import forgeries
from tests.builders.officers import PARENTS, SigningOfficer, an_alert, officers, signed
from tests.unit.protocol.trust import NOW_MS

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
AN, BINH = SigningOfficer("an"), SigningOfficer("binh")
ATTEMPTS = 1_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("signer"))
    ensure_signing_keys(settings, NOW)
    return settings


def put(settings: Settings, **changes: object) -> int:
    return publish_officers(settings, officers(AN, BINH, **changes).keyset, PARENTS, NOW)


def sign(signer: LocalSigner, command: Command) -> bytes:
    return signer.sign(KeyRole.DRILL if command.drill else KeyRole.ALERT, "Command", codec.encode(command))


def test_without_a_keyset_nothing_is_asked(home: Settings) -> None:
    (home.trust_dir / OFFICERS_FILE).unlink(missing_ok=True)
    assert sign(LocalSigner.open(home.signing_dir, lambda: NOW_MS), an_alert())
    assert NO_OFFICERS.current() is None
    assert next_keyset(None, "loa.example", "https://loa.example").policy == SignaturePolicy.OFF


def test_the_policy_changes_while_the_signer_runs_and_ends_never_need_a_signature(home: Settings) -> None:
    put(home, policy=SignaturePolicy.OFF)
    signer = LocalSigner.open(home.signing_dir, trust=home.trust_dir)
    assert sign(signer, an_alert())
    put(home)
    with pytest.raises(SigningRefusedError, match="missing"):
        sign(signer, an_alert())
    assert sign(signer, signed(an_alert(), AN, BINH))
    end = an_alert(type=CommandType.CANCEL, alert=None, refs=["order-1"], cid="order-1-end")
    assert sign(signer, end)
    assert sign(signer, an_alert(type=CommandType.STOP, alert=None, cid="stop-1"))
    with pytest.raises(SigningRefusedError, match="belong"):
        sign(signer, msgspec.structs.replace(end, authorisation=Authorisation(kind=AuthorisationKind.ALONE), cid="e"))


def test_drills_that_sound_are_signed_by_people_where_the_keyset_says_so(home: Settings) -> None:
    put(home)
    signer = LocalSigner.open(home.signing_dir, trust=home.trust_dir)
    drill = an_alert(drill=True)
    assert sign(signer, drill)
    put(home, drills=True)
    with pytest.raises(SigningRefusedError, match="missing"):
        sign(signer, drill)
    assert sign(signer, signed(drill, AN, BINH, kind=AuthorisationKind.DRILL))
    end = an_alert(type=CommandType.CANCEL, alert=None, refs=["order-1"], cid="order-1-end", drill=True)
    assert sign(signer, end)


def test_an_older_foreign_or_broken_keyset_changes_nothing(home: Settings, tmp_path: Path) -> None:
    put(home, policy=SignaturePolicy.OFF)
    path = home.trust_dir / OFFICERS_FILE
    older = path.read_bytes()
    version = put(home)
    source = OfficersFile.strict(home.trust_dir)
    other = Settings(home=tmp_path)
    ensure_signing_keys(other, NOW)
    put(other, policy=SignaturePolicy.OFF)
    for bad in (older, (other.trust_dir / OFFICERS_FILE).read_bytes(), b"", b"not a keyset"):
        path.write_bytes(bad)
        known = source.current()
        assert known is not None
        assert (known.keyset.ver, known.keyset.policy) == (version, SignaturePolicy.REQUIRED)
    path.unlink()
    assert source.current() is known
    assert officers_in(home.trust_dir) is officers_in(home.trust_dir)
    (other.trust_dir / OFFICERS_FILE).write_bytes(b"not a keyset")
    with pytest.raises(OtherRootError):
        LocalSigner.open(other.signing_dir, trust=other.trust_dir)


def test_the_places_belong_to_the_keyset_and_the_root_signs_both(home: Settings) -> None:
    put(home)
    (places,) = home.trust_dir.glob("officers.places.*")
    places.write_bytes(b'{"xa-9":"tinh"}')
    with pytest.raises(OtherRootError):
        OfficersFile.strict(home.trust_dir)
    root = home.signing_dir / "root.key"
    kept = root.read_bytes()
    root.unlink()
    with pytest.raises(OfficersRootNeededError, match=r"root\.key"):
        put(home)
    root.write_bytes(kept)
    known = OfficersFile.strict(home.trust_dir) if put(home) else None
    assert known is not None
    found = known.current()
    assert found is not None
    assert next_keyset(found, "", "") == found.keyset


def test_no_forgery_of_many_shapes_is_signed(home: Settings) -> None:
    put(home)
    signer = LocalSigner.open(home.signing_dir, lambda: NOW_MS, trust=home.trust_dir)
    real = signed(an_alert(), AN, BINH)
    assert real.alert is not None
    spare = signed(an_alert(alert=msgspec.structs.replace(real.alert, id="a2", text="Sơ tán ngay.")), AN, BINH)
    signed_forgeries = 0
    for body in forgeries(ATTEMPTS, 20, real, spare, AN):
        try:
            sign(signer, body)
            signed_forgeries += 1
        except SigningRefusedError:
            pass
    assert signed_forgeries == 0
    assert sign(signer, real)


def test_a_keyset_holds_at_most_what_one_message_carries(home: Settings) -> None:
    keys = [replace_key(number) for number in range(40)]
    assert publish_officers(home, officers(keys=keys).keyset, PARENTS, NOW)
    assert isinstance(OfficersFile.strict(home.trust_dir).current().keyset, OfficerKeyset)  # type: ignore[union-attr]


def replace_key(number: int) -> object:
    return msgspec.structs.replace(replace(AN, rights={"tinh": 3, "xa-1": 2}).key, kid=f"officer-{number:012x}")
