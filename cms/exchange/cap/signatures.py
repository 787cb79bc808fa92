"""XML signatures on CAP (CAP 1.2, 3.3.2.1): sign our own, verify others against one pinned certificate.

Only the element that the signature covers is returned; nothing else of the document is used. The certificate inside
a message proves nothing; signxml compares it with the pinned one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from cms.exchange.cap.errors import SignerFaultError, UnverifiedError
from cms.exchange.cap.reader import Document, read

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
