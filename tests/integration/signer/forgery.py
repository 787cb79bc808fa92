"""Alerts forged with whatever is in stolen files."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from cms.platform.keyring import Keyring
from devices.protocol import codec, jws
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import KeyRole, Keyset, PublicKey
from devices.protocol.verdict import weigh
from tests.unit.protocol.trust import STRANGER
from tests.unit.signer.test_policy import command

ATTEMPTS = 1_000


def files_below(*folders: Path) -> list[bytes]:
    """Read every file."""
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.read_bytes() for path in found]


def sounded(keyring: Keyring, files: Collection[bytes], now_ms: int) -> int:
    """Forge alerts with the keys in the files, under each name, and by keysets of one's own; count the obeyed ones."""
    assert len(files) > 15
    found = [key for data in files for key in keys_in(data)]
    trusted = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    dice, obeyed = random.Random(7), 0
    for number in range(ATTEMPTS):
        keys, key, kid = trusted, dice.choice(found), dice.choice([*trusted.keys, "root"])
        forged = command(cid=f"f-{number}", iat=now_ms, nbf=now_ms - 1000, exp=now_ms + 10_000)
        if number % 4 == 0:
            mine = PublicKey("alert-mine", KeyRole.ALERT, jws.public_x(STRANGER), now_ms - 1000, now_ms + 10_000)
            keyset = Keyset(v=1, ver=2, iat=now_ms, keys=[mine])
            with suppress(ProtocolError):
                keys = trusted.renewed(jws.sign(codec.encode(keyset), "root", key))
                key, kid = STRANGER, mine.kid
        data = jws.sign(codec.encode(forged), kid, key)
        verdict = weigh(*(data, keys), device_id="xa-1-l01", areas=("xa-1",), groups=(), now_ms=now_ms, seen=())
        obeyed += verdict.is_accepted
    return obeyed


def keys_in(data: bytes) -> list[OKPKey]:
    """Return the signing key in a file; else what 32 bytes of it give as one."""
    try:
        return [jws.signing_key(data)]
    except (ValueError, TypeError):
        seeds = (data[-32:].ljust(32), hashlib.sha256(data).digest())
        return [OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed)) for seed in seeds]
