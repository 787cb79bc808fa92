"""Enrolment messages: a device makes its key itself, and gets a certificate signed for it."""

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Id, Line, Sha256, Wire, Word
from devices.protocol.limits import CERTIFICATE_MAX, CSR_MAX

# PKCS 10 and X.509 in PEM; both ends are ASCII.
Csr = Annotated[str, Meta(pattern=r"^[ -~\n]*\Z", max_length=CSR_MAX)]
Pem = Annotated[str, Meta(pattern=r"^[ -~\n]*\Z", max_length=CERTIFICATE_MAX)]
Proof = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{86}\Z")]


class EnrolRequest(Wire, frozen=True):
    """On ``boot/{serial}/up``: request for a certificate. ``proof``: see ``claims.prove``."""

    v: int
    serial: Id
    csr: Csr
    proof: Proof


class CertificateRequest(Wire, frozen=True):
    """On ``d/{id}/req/csr``: request for another certificate, for the key that this one will have."""

    v: int
    csr: Csr


class CertificateAnswer(Wire, frozen=True):
    """Signed, on ``boot/{serial}/down`` and ``d/{id}/cert``: the certificate, or in ``code`` the reason of a refusal.

    ``csr`` names the request. ``host``, ``port``, ``content_url`` and ``kind`` configure a new device.
    """

    v: int
    serial: Id
    csr: Sha256
    code: Word | None = None
    device: Word = ""
    certificate: Pem = ""
    host: Line = ""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    content_url: Line = ""
    kind: Word = ""
