"""Fixed keys of a small installation, for tests of a device's trust."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from devices.protocol import codec, jws
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import AlertContent, Audio, Command, KeyRole, Keyset, Play, PublicKey, Target

NOW_MS = 1_764_000_000_000
MINUTE_MS = 60_000
SHA = "ab" * 32


def key(number: int) -> OKPKey:
    return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


ROOT = key(1)
PLAN = key(2)
ALERT = key(3)
FIRMWARE = key(4)
STRANGER = key(5)
DRILL = key(6)


def public(kid: str, role: str, private: OKPKey, areas: list[str] | None = None) -> PublicKey:
    return PublicKey(
        kid=kid,
        role=role,
        x=jws.public_x(private),
        nbf=NOW_MS - 1000 * MINUTE_MS,
        exp=NOW_MS + 1000 * MINUTE_MS,
        areas=areas or [],
    )


PLAN_PUBLIC = public("plan-1", KeyRole.PLAN, PLAN)
ALERT_PUBLIC = public("alert-1", KeyRole.ALERT, ALERT)
DRILL_PUBLIC = public("drill-1", KeyRole.DRILL, DRILL)
KEYS = [
    PLAN_PUBLIC,
    ALERT_PUBLIC,
    DRILL_PUBLIC,
    public("fw-1", KeyRole.FIRMWARE, FIRMWARE),
    public("new-1", "lottery", STRANGER),
]


ALERT_BODY = AlertContent(id="alert-1", level=2, hazard="flood", issued_at=NOW_MS)


def keyset(ver: int = 1, keys: list[PublicKey] | None = None, signer: OKPKey = ROOT, kid: str = "root") -> bytes:
    body = Keyset(v=1, ver=ver, iat=NOW_MS, keys=KEYS if keys is None else keys)
    return jws.sign(codec.encode(body), kid, signer)


def trusted(keys: list[PublicKey] | None = None) -> TrustedKeys:
    return TrustedKeys.from_root(jws.public_x(ROOT), keyset(keys=keys))


def command(**changes: object) -> Command:
    values: dict[str, object] = {
        "v": 1,
        "cid": "01jcid",
        "type": "play",
        "prio": 4,
        "iat": NOW_MS,
        "nbf": NOW_MS,
        "exp": NOW_MS + 10 * MINUTE_MS,
        "target": Target(areas=["xa-1"]),
        "content": Audio(sha256=SHA, bytes=1000, dur_ms=2000),
        "play": Play(),
    }
    return Command(**{**values, **changes})  # type: ignore[arg-type] # each test names fields of Command


def alert(**changes: object) -> Command:
    return command(prio=9, content=None, play=None, **{"alert": ALERT_BODY, **changes})


def signed(body: Command, kid: str = "plan-1", signer: OKPKey = PLAN) -> bytes:
    return jws.sign(codec.encode(body), kid, signer)
