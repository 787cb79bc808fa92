"""Certificates and digital signatures as an approver's own program would make them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Holder:
    """Person with a key and a certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: certificates.Certificate

    def sign(self, document: bytes, at: datetime, *, digest: str = "sha256", detached: bool = True) -> bytes:
        """Make a CMS signature in DER that says it was made at ``at``."""
        made = asyncio.run(
            self._signer.async_sign_general_data(
                document, digest, detached=detached, signed_attr_settings=PdfCMSSignedAttributes(signing_time=at)
            )
        )
        data: bytes = made.dump()
        return data

    def sign_paper(self, paper: bytes, at: datetime, *, is_shown: bool = False) -> bytes:
        """Sign a PDF as desktop programs do: the signature is appended to it, with a picture if ``is_shown``."""
        writer, about = IncrementalPdfFileWriter(BytesIO(paper)), PdfSignatureMetadata("Sig1", md_algorithm="sha256")
        field = SigFieldSpec("Sig1", box=(300, 100, 500, 160)) if is_shown else None
        made: BytesIO = asyncio.run(_SignerAt(about, self._signer, at, field).async_sign_pdf(writer))
        return made.getvalue()

    def prove_paper(self, signed: bytes) -> bytes:
        """Append what proves the certificate for later years, as programs that sign for the long term do."""
        with BytesIO(signed) as kept:
            found = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
            DocumentSecurityStore.add_dss(kept, found.pkcs7_content.hex().encode(), certs=[found.signer_cert])
            return kept.getvalue()

    @property
    def _signer(self) -> SimpleSigner:
        return SimpleSigner(
            x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER)),
            keys.PrivateKeyInfo.load(
                self.key.private_bytes(
                    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            ),
            SimpleCertificateStore(),  # type: ignore[no-untyped-call] # the library tells no type here
        )


class _SignerAt(PdfSigner):
    """Signer of papers whose clock stands still."""

    def __init__(
        self, about: PdfSignatureMetadata, signer: SimpleSigner, at: datetime, field: SigFieldSpec | None
    ) -> None:
        super().__init__(about, signer, new_field_spec=field)
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def painted_over(paper: bytes) -> bytes:
    """Append a revision that draws a black bar over the first page."""
    with BytesIO(paper) as kept:
        writer = IncrementalPdfFileWriter(kept)
        bar = writer.add_object(StreamObject(stream_data=b"0 0 0 rg 0 400 600 60 re f"))
        writer.add_stream_to_page(0, bar)  # type: ignore[no-untyped-call]
        writer.write_in_place()  # type: ignore[no-untyped-call]
        return kept.getvalue()


class Issuer:
    """Certification authority of its own."""

    def __init__(self, name: str = "CA Tỉnh") -> None:
        self.holder = _made(name, None, FROM, UNTIL)

    def trusted_in(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.pem").write_bytes(self.holder.certificate.public_bytes(serialization.Encoding.PEM))

    def person(self, name: str = "Trần Văn Duyệt", *, since: datetime = FROM, until: datetime = UNTIL) -> Holder:
        return _made(name, self.holder, since, until)

    def revokes(self, holder: Holder, folder: Path, at: datetime) -> None:
        entry = (
            certificates.RevokedCertificateBuilder()
            .serial_number(holder.certificate.serial_number)
            .revocation_date(at)
            .build()
        )
        made = (
            certificates.CertificateRevocationListBuilder()
            .issuer_name(self.holder.certificate.subject)
            .last_update(at)
            .next_update(UNTIL)
            .add_revoked_certificate(entry)
            .add_extension(
                certificates.AuthorityKeyIdentifier.from_issuer_public_key(self.holder.key.public_key()), critical=False
            )
            .add_extension(certificates.CRLNumber(1), critical=False)
            .sign(self.holder.key, hashes.SHA256())
        )
        (folder / "ca.crl").write_bytes(made.public_bytes(serialization.Encoding.DER))


def _made(name: str, issuer: Holder | None, since: datetime, until: datetime) -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, name)])
    by = issuer.key if issuer is not None else key
    builder = (
        certificates.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer is not None else subject)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(certificates.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(certificates.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(certificates.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(
            certificates.KeyUsage(
                digital_signature=issuer is not None,
                content_commitment=issuer is not None,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=issuer is None,
                crl_sign=issuer is None,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if issuer is not None:
        lists = certificates.UniformResourceIdentifier("http://ca.example/ca.crl")
        point = certificates.DistributionPoint([lists], relative_name=None, reasons=None, crl_issuer=None)
        builder = builder.add_extension(certificates.CRLDistributionPoints([point]), critical=False)
    return Holder(key, builder.sign(by, hashes.SHA256()))
