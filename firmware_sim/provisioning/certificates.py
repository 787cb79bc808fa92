"""Key and certificate of a simulated device: the key is made on it; the certificate is requested and renewed in time.

``device.key`` never leaves the folder. A request is made for a key that is on flash already, so that a device that lost
power repeats the same request, and is answered with the same certificate. It is never without a good one.
"""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devices.protocol import claims, codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CertificateAnswer, CertificateRequest, KeyRole
from firmware_sim.core.effects import Publish
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.hardware_clock import utc_now

RENEW_AFTER: Final = 2 / 3
"""Share of a certificate's life after which it is renewed: a third is left for trying."""
REFUSED_MOST: Final = 3
"""Refusals of the new certificate by the broker before the old one is tried again."""
_EXPIRY_S: Final = 60

log = logging.getLogger(__name__)


class UnfitCertificateError(Exception):
    """The answer holds no certificate for our key, by our authority."""


def request_for(folder: Path, name: str) -> str:
    """Return a request (PKCS 10, PEM) for the key ``name``.key, which is made where it is missing."""
    path, kept = folder / f"{name}.key", folder / f"{name}.csr"
    if not (path.exists() and kept.exists()):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
        made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        put(path, key.private_bytes(*form))
        put(kept, made.public_bytes(serialization.Encoding.PEM))
    return kept.read_text(encoding="ascii")


def read_answer(folder: Path, keys: TrustedKeys, payload: bytes, csr: str) -> CertificateAnswer | None:
    """Read an answer; None: it answers another request.

    Raises:
        ProtocolError: no key that we trust has signed it.
        UnfitCertificateError: the certificate is not for the key of the request, or not by our authority.
    """
    answer = codec.decode(CertificateAnswer, keys.verify(payload, KeyRole.PLAN, None).payload)
    if answer.csr != claims.csr_sha256(csr):
        return None
    if answer.code is None:
        _check(folder, answer.certificate, csr)
    return answer


def number(folder: Path) -> str:
    """Return the serial number of ``device.pem``, in hexadecimal, as the birth message states it."""
    return f"{_certificate(folder).serial_number:x}"


def is_renewal_due(folder: Path, now: datetime) -> bool:
    """Return whether two thirds of the certificate's life have passed."""
    held = _certificate(folder)
    life = held.not_valid_after_utc - held.not_valid_before_utc
    return now >= held.not_valid_before_utc + life * RENEW_AFTER


def use_next(folder: Path) -> None:
    """Make ``next`` the ``device``; the replaced one is kept as ``last`` until the broker has taken the new one."""
    for ending in ("key", "pem"):
        put(folder / f"last.{ending}", (folder / f"device.{ending}").read_bytes())
    for ending in ("key", "pem"):
        (folder / f"next.{ending}").replace(folder / f"device.{ending}")
    (folder / "next.csr").unlink(missing_ok=True)


def go_back(folder: Path) -> None:
    """Return to the previous certificate, as the broker does not take the new one."""
    for ending in ("key", "pem"):
        put(folder / f"device.{ending}", (folder / f"last.{ending}").read_bytes())
    forget_last(folder)


def forget_last(folder: Path) -> None:
    for ending in ("pem", "key"):
        (folder / f"last.{ending}").unlink(missing_ok=True)


def recover(folder: Path) -> None:
    """Make key and certificate match again after a power cut between two files."""
    if (folder / "next.pem").exists() and not (folder / "next.key").exists():
        (folder / "next.pem").replace(folder / "device.pem")
    elif (folder / "last.pem").exists() and (folder / "last.key").exists() and not _is_pair(folder):
        go_back(folder)


def _is_pair(folder: Path) -> bool:
    key = serialization.load_pem_private_key((folder / "device.key").read_bytes(), password=None)
    return key.public_key() == _certificate(folder).public_key()


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "device.pem").read_bytes())


def _check(folder: Path, pem: str, csr: str) -> None:
    try:
        held = x509.load_pem_x509_certificate(pem.encode("ascii"))
        held.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()))
    except (ValueError, InvalidSignature) as error:
        raise UnfitCertificateError(str(error)) from None
    if held.public_key() != x509.load_pem_x509_csr(csr.encode("ascii")).public_key():
        raise UnfitCertificateError("for another key")
    if held.not_valid_after_utc <= utc_now():
        raise UnfitCertificateError("over already")


class Renewal:
    """Renewal. ``keys`` returns those trusted now; ``use`` makes the link use the folder's files, ``drop`` hangs up."""

    def __init__(
        self,
        folder: Path,
        identity: ProvisionedIdentity,
        *,
        send: Callable[[Publish], None],
        use: Callable[[], None],
        drop: Callable[[], None],
        keys: Callable[[], TrustedKeys],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._folder = folder
        self._id = identity.id
        self._keys = keys
        self._send = send
        self._use = use
        self._drop = drop
        self._now = now
        self._refused = 0

    @property
    def subscriptions(self) -> list[tuple[str, int]]:
        return [(topics.device_certificate(self._id), 1)]

    @property
    def number(self) -> str:
        """Serial number of the certificate in use; empty where this folder has none, as a swarm's."""
        return number(self._folder) if (self._folder / "device.pem").exists() else ""

    def connected(self) -> None:
        """Forget the previous certificate, as the broker has taken the present one; ask for the next if it is due."""
        self._refused = 0
        forget_last(self._folder)
        if self.number and is_renewal_due(self._folder, self._now()):
            request = CertificateRequest(v=1, csr=request_for(self._folder, "next"))
            self._send(Publish(topics.device_request(self._id, "csr"), codec.encode(request), expiry_s=_EXPIRY_S))

    def refused(self) -> None:
        """Count a refusal by the broker; after ``REFUSED_MOST`` return to the previous certificate."""
        self._refused += 1
        if self._refused >= REFUSED_MOST and (self._folder / "last.pem").exists():
            go_back(self._folder)
            self._refused = 0
            self._use()

    def receive(self, topic: str, payload: bytes) -> None:
        """Take a certificate answer into use if it answers the pending request."""
        if topic != topics.device_certificate(self._id) or not (self._folder / "next.csr").exists():
            return
        csr = request_for(self._folder, "next")
        try:
            answer = read_answer(self._folder, self._keys(), payload, csr)
        except (ProtocolError, UnfitCertificateError) as error:
            log.warning("%s: certificate answer rejected: %s", self._id, str(error) or type(error).__name__)
            return
        if answer is None or answer.code is not None:
            return
        put(self._folder / "next.pem", answer.certificate.encode("ascii"))
        use_next(self._folder)
        self._use()
        self._drop()
