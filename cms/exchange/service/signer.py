"""CAP signer of this installation: an RSA key and its certificate, in one file in the folder of keys.

Every verifier of XML signatures supports RSA with SHA-256, and signing a document twice gives the same bytes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

from cms.exchange.cap.check import Pin, sign
from cms.exchange.cap.reader import SignerFaultError
from cms.platform.process.atomic_file import made_once

_BITS: Final = 3072
_LASTS: Final = timedelta(days=3650)
_MARGIN: Final = timedelta(days=1)
"""Receivers' clocks may lag ours."""


@dataclass(frozen=True)
class MessageSigner:
    """Signer of ``sender``; receivers pin its ``certificate``."""

    sender: str
    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def at(cls, folder: Path, sender: str, now: datetime) -> Self:
        """Load ``cap-signer.pem`` of the folder, made at first use; processes that start together agree on one.

        Raises:
            SignerFaultError: the file does not hold a key and its certificate.
        """
        path = folder / "cap-signer.pem"
        pem = made_once(path, lambda: _make(sender, now))
        try:
            key, certificate = _read(pem)
        except ValueError as error:
            raise SignerFaultError(f"{path.name}: {error}") from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise SignerFaultError(f"{path.name}: not an RSA key and its certificate")
        return cls(sender, key, certificate)

    @property
    def pin(self) -> Pin:
        return Pin(self.sender, self.certificate)

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def signed(self, document: bytes) -> bytes:
        return sign(document, self.key, self.certificate)


@lru_cache(maxsize=2)
def _read(pem: bytes) -> tuple[PrivateKeyTypes, x509.Certificate]:
    """Read key and certificate; checking the key's primes takes longer than signing. Raises ValueError."""
    return serialization.load_pem_private_key(pem, password=None), x509.load_pem_x509_certificate(pem)


def _make(sender: str, now: datetime) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, sender[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _MARGIN)
        .not_valid_after(now + _LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    held = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return held + certificate.public_bytes(pem)
