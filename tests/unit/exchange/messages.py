"""CAP messages for tests, written by our own writer, signed by signers made here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from broadcast.alerts.cap.message import (
    CapArea,
    CapCircle,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Category,
    Certainty,
    MsgType,
    Status,
    Urgency,
)
from cms.exchange.cap.check import sign
from cms.exchange.cap.writer import write
from tests.console import START

SENDER = "kttv@example.vn"
MUI_NE = CapArea("Phường Mũi Né", circles=(CapCircle(10.94, 108.28, 3.0),))


@dataclass(frozen=True)
class Signer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def signed(self, message: CapMessage) -> bytes:
        return sign(write(message), self.key, self.certificate)


def signer(name: str = SENDER) -> Signer:
    """Return the signer of that name, made once."""
    return _made(name)


@cache
def _made(name: str) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, made)


def info(**changes: Any) -> CapInfo:
    values: dict[str, Any] = {
        "categories": (Category.MET,),
        "event": "Lũ quét",
        "urgency": Urgency.IMMEDIATE,
        "severity": CapSeverity.SEVERE,
        "certainty": Certainty.LIKELY,
        "language": "vi-VN",
        "expires": START + timedelta(hours=6),
        "sender_name": "Đài Khí tượng Thủy văn",
        "headline": "Cảnh báo lũ quét",
        "description": "Mưa rất to trên thượng nguồn.",
        "instruction": "Rời khỏi bờ suối ngay.",
        "areas": (MUI_NE,),
        **changes,
    }
    return CapInfo(**values)


def message(identifier: str = "m-1", *, infos: tuple[CapInfo, ...] | None = None, **changes: Any) -> CapMessage:
    values: dict[str, Any] = {
        "sender": SENDER,
        "sent": START - timedelta(minutes=1),
        "status": Status.ACTUAL,
        "msg_type": MsgType.ALERT,
        "scope": CapScope.PUBLIC,
        "infos": (info(),) if infos is None else infos,
        **changes,
    }
    return CapMessage(identifier, **values)


def update(identifier: str, of: CapMessage, **changes: Any) -> CapMessage:
    values = {"msg_type": MsgType.UPDATE, "references": (of.key,), "sent": of.sent + timedelta(seconds=20), **changes}
    return message(identifier, **values)


def cancel(identifier: str, of: CapMessage, **changes: Any) -> CapMessage:
    return update(identifier, of, msg_type=MsgType.CANCEL, infos=(), **changes)
