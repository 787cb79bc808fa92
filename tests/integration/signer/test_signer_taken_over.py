"""Signer taken over, the root elsewhere: attacks on a device that holds the keyset of officers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bench.signing import kid_in
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.signer.key_store import FileKeys
from cms.platform.signer.keys import ensure_signing_keys
from cms.platform.signer.officers import OFFICERS_FILE, publish_officers
from devices.protocol import codec, jws
from devices.protocol.authorisation import SignaturePolicy
from devices.protocol.commands import Command
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID, TrustedKeys
from devices.protocol.messages import KeyRole, Keyset
from devices.protocol.officers import TrustedOfficers
from devices.protocol.verdict import Verdict, weigh
from tests.builders.forged_alerts import forgeries
from tests.builders.officers import SigningOfficer, an_alert, officers, signed
from tests.unit.protocol.trust import NOW_MS

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
ATTEMPTS = 1_000
AN, BINH = SigningOfficer("an"), SigningOfficer("binh")


def test_every_key_of_the_signer_sounds_no_alert_without_two_passkeys(tmp_path: Path) -> None:
    """Forge alerts of many shapes with the alert key itself, and keysets of one's own with every key there is."""
    settings = Settings(home=tmp_path)
    ensure_signing_keys(settings, NOW)
    keyring = Keyring.ensure(settings, NOW)
    publish_officers(settings, officers(AN, BINH).keyset, {}, NOW)
    (settings.signing_dir / "root.key").unlink()
    files, kid = FileKeys(settings.signing_dir), kid_in(keyring, KeyRole.ALERT)
    keys = {
        role: jws.signing_key(files.path(role).read_bytes()) for role in (KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL)
    }
    root, trusted = jws.verifying_key(keyring.root_x), TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    held = TrustedOfficers.from_root(root, (settings.trust_dir / OFFICERS_FILE).read_bytes())

    def verdict_on(command: Command) -> Verdict:
        return weigh(
            jws.sign(codec.encode(command), kid, keys[KeyRole.ALERT]),
            trusted,
            device_id="xa-1-l01",
            areas=("xa-1", "tinh"),
            groups=("g1",),
            now_ms=NOW_MS,
            seen=(),
            officers=held,
        )

    real = signed(an_alert(), AN, BINH)
    assert real.alert is not None
    spare = signed(an_alert(alert=msgspec.structs.replace(real.alert, id="a2", text="Sơ tán ngay.")), AN, BINH)
    loose = codec.encode(officers(SigningOfficer("an"), SigningOfficer("binh"), ver=9).keyset)
    off = codec.encode(officers(AN, BINH, ver=9, policy=SignaturePolicy.OFF).keyset)
    mine = codec.encode(Keyset(v=1, ver=9, iat=NOW_MS, keys=[*trusted.keys.values()]))
    for key in keys.values():
        for payload in (loose, off):
            with pytest.raises(ProtocolError):
                TrustedOfficers.from_root(root, jws.sign(payload, ROOT_KID, key))
        with pytest.raises(ProtocolError):
            trusted.renewed(jws.sign(mine, ROOT_KID, key))
    assert sum(verdict_on(each).is_accepted for each in forgeries(ATTEMPTS, 96, real, spare, AN)) == 0
    assert verdict_on(real).is_accepted
