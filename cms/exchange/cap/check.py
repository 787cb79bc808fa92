"""Check of CAP messages: XML signatures, and the document as the standard wants it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from broadcast.alerts.cap.findings import Findings
from broadcast.alerts.cap.message import CapMessage
from broadcast.alerts.cap.parser import build
from broadcast.alerts.cap.verdict import Circumstances, Judgement, Trust, judge
from cms.exchange.cap.reader import Document, SignerFaultError, UnreadableDocumentError, UnverifiedError, read

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


@dataclass(frozen=True)
class Pin:
    """Only accepted signer of ``sender``. ``takes_sha1`` for senders that still make SHA-1 digests (IPAWS did)."""

    sender: str
    certificate: x509.Certificate
    takes_sha1: bool = False


def pin(sender: str, certificate_pem: bytes, *, takes_sha1: bool = False) -> Pin:
    """Make the pin of a sender.

    Raises:
        SignerFaultError: not a certificate in PEM.
    """
    try:
        return Pin(sender, x509.load_pem_x509_certificate(certificate_pem), takes_sha1)
    except ValueError as error:
        raise SignerFaultError(str(error)) from None


def verified(document: Document, by: Pin, at: datetime) -> Document:
    """Verify, and return the signed element alone as a document; the certificate has to be valid at ``at``.

    Raises:
        UnverifiedError: not signed by the pinned certificate, or modified.
        UnreadableDocumentError: cannot happen, since it was read before; named because it is read again.
    """
    digests = _DIGESTS | {DigestAlgorithm.SHA1} if by.takes_sha1 else _DIGESTS
    expected = SignatureConfiguration(
        location="./", signature_methods=_METHODS, digest_algorithms=digests, verification_time=at
    )
    try:
        result = XMLVerifier().verify(document.text, x509_cert=by.certificate, parser=_parser(), expect_config=expected)
    except (SignXMLException, WrongSignature, etree.LxmlError, ValueError, TypeError, LookupError) as error:
        raise UnverifiedError(f"{type(error).__name__}: {error}"[:200]) from None
    if not isinstance(result, VerifyResult) or result.signed_xml is None:
        raise UnverifiedError("nothing is signed")
    return read(etree.tostring(result.signed_xml, method="c14n", with_comments=False))


def sign(document: bytes, key: PrivateKey, certificate: x509.Certificate) -> bytes:
    """Add an enveloped signature as the last child: SHA-256 with RSA or ECDSA, exclusive c14n.

    Raises:
        SignerFaultError: key and certificate do not match, or are of an unsupported kind.
    """
    if key.public_key() != certificate.public_key():
        raise SignerFaultError("key and certificate do not belong together")
    method = SignatureMethod.RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    root = signer.sign(etree.fromstring(read(document).text, _parser()), key=key, cert=[certificate])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _parser() -> etree.XMLParser:
    """Make a parser for documents that were read before; as strict all the same."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, remove_comments=True
    )


NO_PINS: Final[Mapping[str, Pin]] = {}
NOW_SENT: Final = Circumstances()


def check(document: bytes, pins: Mapping[str, Pin] = NO_PINS, given: Circumstances = NOW_SENT) -> Judgement:
    """Judge one bare CAP alert. ``pins``: sender → its signer. Never raises, for any bytes.

    If a signer is pinned, only the element that it signed is judged.
    """
    try:
        read_once = read(document)
    except UnreadableDocumentError as error:
        found = Findings()
        found.add(error.code, "/", error.detail)
        return judge(None, found, Trust.UNSIGNED, given)
    message, found = _built(read_once)
    if message is None or found.refuses:
        return judge(message, found, _unproved(is_pinned=False, is_signed=read_once.is_signed), given)
    known = pins.get(message.sender)
    if known is None or not read_once.is_signed:
        return judge(message, found, _unproved(is_pinned=known is not None, is_signed=read_once.is_signed), given)
    try:
        signed, found = _built(verified(read_once, known, given.now or message.sent))
    except (UnverifiedError, UnreadableDocumentError):
        return judge(message, found, Trust.INVALID, given)
    is_its_own = signed is not None and signed.sender == known.sender
    return judge(signed, found, Trust.VERIFIED if is_its_own else Trust.INVALID, given)


def _built(document: Document) -> tuple[CapMessage | None, Findings]:
    message, found = build(document.root)
    for finding in document.findings:
        found.add(finding.code, finding.path, finding.detail)
    return message, found


def _unproved(*, is_pinned: bool, is_signed: bool) -> Trust:
    if is_pinned:
        return Trust.MISSING
    return Trust.SIGNER_UNKNOWN if is_signed else Trust.UNSIGNED
