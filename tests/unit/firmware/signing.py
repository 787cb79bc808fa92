"""Keys of a small province, the same in every run."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from devices.protocol import codec, jws
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import KeyRole, Keyset, PublicKey, Wire

FOREVER = 2**50


def _key(seed: int) -> OKPKey:
    return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


ROOT, PLAN, ALERT, STRANGER, FIRMWARE, DRILL = (_key(seed) for seed in range(1, 7))
KEYS = {"plan": PLAN, "alert": ALERT, "firmware": FIRMWARE, "drill": DRILL}
ROOT_X = jws.public_x(ROOT)


def keyset(ver: int = 1, **extra: OKPKey) -> bytes:
    keys = [(role.value, role, KEYS[role]) for role in KeyRole]
    keys += [(kid, KeyRole.PLAN, key) for kid, key in extra.items()]
    named = [PublicKey(kid=kid, role=role, x=jws.public_x(key), nbf=0, exp=FOREVER) for kid, role, key in keys]
    return jws.sign(codec.encode(Keyset(v=1, ver=ver, iat=0, keys=named)), ROOT_KID, ROOT)


def signed(body: Wire, kid: str = "plan", key: OKPKey = PLAN) -> bytes:
    return jws.sign(codec.encode(body), kid, key)
