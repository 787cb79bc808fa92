"""Partners with keys and certificates of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from signxml.algorithms import DigestAlgorithm
from signxml.signer import XMLSigner

from cms.exchange.cap import check as signing
from cms.exchange.cap.check import PrivateKey, sign


@dataclass(frozen=True)
class Signer:
    key: PrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, document: bytes) -> bytes:
        return sign(document, self.key, self.certificate)

    def sign_with_sha1(self, document: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes:
        """Sign as IPAWS did: the document's digest in SHA-1, signed with RSA-SHA256."""

        class Old(XMLSigner):
            def __init__(self, **named: Any) -> None:
                super().__init__(**named)
                self.digest_alg = DigestAlgorithm.SHA1

        with monkeypatch.context() as patch:
            patch.setattr(signing, "XMLSigner", Old)
            return self.sign(document)


def _signer(key: PrivateKey) -> Signer:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


@cache
def rsa_signer() -> Signer:
    return _signer(rsa.generate_private_key(65537, 2048))


@cache
def ec_signer() -> Signer:
    return _signer(ec.generate_private_key(ec.SECP256R1()))
