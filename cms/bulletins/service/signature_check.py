"""Check of digital signatures against a folder of trust anchors. Loads much: nothing imports it but the first check."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

from asn1crypto import cms, pem
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel, SuspiciousModification
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from broadcast.bulletins.approval_document import SignatureSigner
from cms.bulletins.service.paper_seal import is_issued
from province.errors import InvalidError, Problem

log = logging.getLogger(__name__)

CERTIFICATES: Final = frozenset({".pem", ".crt", ".cer"})
REVOCATIONS: Final = ".crl"
PDF: Final = b"%PDF-"
# A signer's computer may be this far from the right time.
CLOCKS_DIFFER: Final = timedelta(minutes=5)
_USAGE: Final = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)


class FolderSignatureCheck:
    """``SignatureCheck`` against a folder of trust anchors; without one every signature is refused.

    ``seal_key``: a signed paper has to begin with one that was sealed with it.
    """

    def __init__(self, folder: Path | None, seal_key: bytes) -> None:
        self._folder = folder
        self._seal_key = seal_key

    @property
    def is_ready(self) -> bool:
        """Return whether any certificate is trusted."""
        return bool(self._anchors())

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        """Verify the signature and return its signer. Raises InvalidError with the reason of a refusal."""
        anchors = self._anchors()
        if not anchors:
            raise _refused("SIGNATURE_NO_ANCHORS")
        paper = _paper(signature, document, self._seal_key) if signature.startswith(PDF) else None
        signed = _signed_data(signature) if paper is None else paper.signed_data
        signed_at = _signing_time(signed) or (paper and paper.self_reported_timestamp) or now
        if not since_at - CLOCKS_DIFFER <= signed_at <= now + CLOCKS_DIFFER:
            raise _refused("SIGNATURE_TIME")
        context = ValidationContext(
            trust_roots=anchors,
            crls=list(self._read({REVOCATIONS})),
            moment=signed_at,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        verdict = (
            async_validate_detached_cms(document, signed, signer_validation_context=context, key_usage_settings=_USAGE)
            if paper is None
            else async_validate_pdf_signature(paper, signer_validation_context=context, key_usage_settings=_USAGE)
        )
        try:
            status = asyncio.run(verdict)
        except (SignatureValidationError, PdfError, ValueError, TypeError, KeyError) as error:
            log.info("a signature was refused: %s", error)
            raise _refused("SIGNATURE_BROKEN") from None
        certificate = status.signing_cert
        if not (status.intact and (paper is None or _is_whole(paper))):
            raise _refused("SIGNATURE_OTHER_DOCUMENT")
        if not status.valid:
            raise _refused("SIGNATURE_BROKEN")
        if not certificate.not_valid_before <= signed_at <= certificate.not_valid_after:
            raise _refused("SIGNATURE_CERTIFICATE_TIME")
        if status.revocation_details is not None:
            raise _refused("SIGNATURE_REVOKED")
        if not status.trusted:
            raise _refused("SIGNATURE_UNTRUSTED")
        return SignatureSigner(
            subject=certificate.subject.human_friendly,
            issuer=certificate.issuer.human_friendly,
            serial=f"{certificate.serial_number:x}",
            certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
            signed_at=signed_at,
        )

    def _anchors(self) -> list[Certificate]:
        return [Certificate.load(data) for data in self._read(CERTIFICATES)]

    def _read(self, endings: frozenset[str] | set[str]) -> Iterator[bytes]:
        """Yield the DER of each file, by name; read each time, so that a changed folder counts at once."""
        if self._folder is None or not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() in endings:
                data = path.read_bytes()
                if pem.detect(data):
                    yield from (der for _kind, _headers, der in pem.unarmor(data, multiple=True))
                else:
                    yield data


def _paper(signature: bytes, document: bytes, seal_key: bytes) -> EmbeddedPdfSignature:
    """Return the signature in a signed paper: one of ours, to which this very document is attached.

    Beyond what we issued, it may hold the signature with its field and its picture, and what proves it for later years.
    """
    try:
        reader = PdfFileReader(BytesIO(signature))
        signatures: list[EmbeddedPdfSignature] = list(reader.embedded_regular_signatures)
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        attached = [names[at]["/EF"]["/F"].data for at in range(1, len(names), 2)]
    except (PdfError, ValueError, TypeError, KeyError, IndexError):
        raise _refused("SIGNATURE_NOT_CMS") from None
    if len(signatures) != 1:
        raise _refused("SIGNATURE_ONE_SIGNER")
    if attached != [document]:
        raise _refused("SIGNATURE_OTHER_DOCUMENT")
    if not is_issued(signature, seal_key):
        raise _refused("SIGNATURE_OTHER_PAPER")
    try:
        changes = DEFAULT_DIFF_POLICY.review_file(reader, 0)
    except (PdfError, ValueError, TypeError, KeyError, IndexError, NotImplementedError):
        raise _refused("SIGNATURE_CHANGED_PAPER") from None
    if isinstance(changes, SuspiciousModification) or changes.modification_level > ModificationLevel.FORM_FILLING:
        log.info("a signed paper was refused: %s", changes)
        raise _refused("SIGNATURE_CHANGED_PAPER")
    return signatures[0]


def _is_whole(paper: EmbeddedPdfSignature) -> bool:
    """Return whether the signature covers the file, but for proofs of its certificate that were added afterwards."""
    covered = paper.evaluate_signature_coverage()
    added = paper.evaluate_modifications(DEFAULT_DIFF_POLICY)
    is_proven = isinstance(added, DiffResult) and added.modification_level is ModificationLevel.LTA_UPDATES
    return covered is SignatureCoverageLevel.ENTIRE_FILE or (
        covered is SignatureCoverageLevel.ENTIRE_REVISION and is_proven
    )


def _signed_data(signature: bytes) -> cms.SignedData:
    try:
        if pem.detect(signature):
            signature = pem.unarmor(signature)[2]
        info = cms.ContentInfo.load(signature, strict=True)
        if info["content_type"].native != "signed_data":
            raise _refused("SIGNATURE_NOT_CMS")
        signed = info["content"]
        # Read every part once, so that malformed ones are found here.
        is_detached, signers = signed["encap_content_info"]["content"].native is None, len(signed["signer_infos"])
    except (ValueError, TypeError, KeyError):
        raise _refused("SIGNATURE_NOT_CMS") from None
    if not is_detached:
        raise _refused("SIGNATURE_NOT_DETACHED")
    if signers != 1:
        raise _refused("SIGNATURE_ONE_SIGNER")
    return signed


def _signing_time(signed: cms.SignedData) -> datetime | None:
    """Read the signing time that the signer stated, if any: a signed attribute, so nobody else can have changed it."""
    try:
        for attribute in signed["signer_infos"][0]["signed_attrs"] or ():
            if attribute["type"].native == "signing_time":
                told: datetime = attribute["values"][0].native
                return told.astimezone(UTC)
    except (ValueError, TypeError, KeyError, IndexError):
        raise _refused("SIGNATURE_NOT_CMS") from None
    return None


def _refused(code: str) -> InvalidError:
    return InvalidError([Problem("signature", code)])
