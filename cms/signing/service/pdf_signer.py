"""Signature of a PDF by a key elsewhere. Loads much: nothing imports it but a signing."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError as PdfSigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from cms.signing.model import CertificateChoice, RemoteCredential, SigningError, SigningFailure

SignDigest = Callable[[bytes, str], bytes]
"""Makes the signature of a SHA-256 digest by an algorithm, named by its OID."""
_FIELD: Final = "Signature1"
_DIGEST: Final = "sha256"
_SIZE: Final = 1024
"""Bytes that the largest signature may take: RSA with 8192 bits."""
_PLAIN_RSA: Final = "1.2.840.113549.1.1.1"
_RSA_SHA256: Final = "1.2.840.113549.1.1.11"


class _RemoteSigner(Signer):
    """Signer whose private key is kept by a service."""

    def __init__(self, certificates: Sequence[x509.Certificate], algorithms: Sequence[str], sign: SignDigest) -> None:
        known = SimpleCertificateStore()  # type: ignore[no-untyped-call] # the library tells no type here
        known.register_multiple(certificates)
        super().__init__(signing_cert=certificates[0], cert_registry=known)
        self._algorithms = algorithms
        self._sign = sign

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - the library's
        if dry_run:
            return bytes(_SIZE)
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)["algorithm"].dotted
        offered = (mechanism, *((_PLAIN_RSA,) if mechanism == _RSA_SHA256 else ()))
        algorithm = next((each for each in offered if each in self._algorithms), None)
        if algorithm is None:
            raise SigningError(SigningFailure.ALGORITHM, ",".join(self._algorithms))
        return self._sign(sha256(data).digest(), algorithm)


class _SignerAt(PdfSigner):
    """Signer of papers by the server's clock."""

    def __init__(self, about: PdfSignatureMetadata, signer: Signer, at: datetime) -> None:
        super().__init__(about, signer)
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def signed_pdf(paper: bytes, credential: RemoteCredential, sign: SignDigest, at: datetime) -> bytes:
    """Return the PDF with a PAdES signature appended. Raises SigningError."""
    signer = _RemoteSigner(_certificates(credential), credential.algorithms, sign)
    about = PdfSignatureMetadata(_FIELD, md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES)
    try:
        made: BytesIO = asyncio.run(
            _SignerAt(about, signer, at).async_sign_pdf(IncrementalPdfFileWriter(BytesIO(paper)))
        )
    except (PdfSigningError, ValueError, TypeError) as error:
        raise SigningError(SigningFailure.UNREADABLE, repr(error)) from None
    return made.getvalue()


def choice_of(credential: RemoteCredential) -> CertificateChoice:
    """Return what a person needs to know of a certificate to choose it. Raises SigningError."""
    certificate = _certificates(credential)[0]
    named = certificate.subject.native
    names = [str(named[name]) for name in ("common_name", "organization_name") if name in named]
    subject = ", ".join(names) or certificate.subject.human_friendly
    return CertificateChoice(credential.id, subject, certificate.not_valid_after)


def _certificates(credential: RemoteCredential) -> list[x509.Certificate]:
    try:
        found = [x509.Certificate.load(each, strict=True) for each in credential.certificates]
        # Read what is asked later, so that a malformed certificate is found here.
        _ = [(each.subject.human_friendly, each.not_valid_after) for each in found]
    except (ValueError, TypeError, KeyError):
        found = []
    if not found:
        raise SigningError(SigningFailure.UNREADABLE, "certificates")
    return found
