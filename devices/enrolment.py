"""Certificates and signing keys of our own, as PEM bytes: access to the broker, and authority to sign.

TLS is EC P-256 (what modems and small devices have in hardware), signatures are Ed25519. Random, but no I/O.
"""

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devices.protocol.topics import ID_PATTERN

GATEWAY_NAME = "gateway"
# Name of the gateway on its subscribing connection. No device can have it: ids have no dot.
SUBSCRIBER_NAME = "gateway.ear"
# Name of the gateway on the connection for health, whose flood must not delay answers.
HEALTH_NAME = "gateway.health"
# Name of the supervisor, which checks that the broker answers.
PROBE_NAME = "supervisor.probe"
# Name of the canary, in whose name the server tries the path of an alert; as that of a device, so that the broker
# grants it what it grants devices.
CANARY_NAME = "loa-canary"

# A device that lost its clock may be a day behind; it must still take the certificate of a new server.
_BACKDATED = timedelta(days=1)
_CA_LIFE = timedelta(days=20 * 365)
_FIRST_LIST_AT = datetime(2020, 1, 1, tzinfo=UTC)
_LEAF_LIFE = timedelta(days=5 * 365)
# A leaf this close to its end is not current any more: it is reissued at the next start.
_RENEW_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key, PEM, the key unencrypted."""

    certificate: bytes
    key: bytes


class ReservedNameError(ValueError):
    """No device may have this id: it is malformed, or a name of our own."""


class BadRequestError(ValueError):
    """No certificate can be made of this request: it is damaged, not signed by its own key, or of an unfit key."""


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """Fields of a certificate: its serial number in hexadecimal, and its period of validity."""

    number: str
    starts_at: datetime
    ends_at: datetime


def make_ca(name: str, now: datetime) -> Credential:
    """Make a certificate authority of our own, good for 20 years."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        _builder(subject, subject, key.public_key(), now, _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _credential(certificate, key)


def issue_server(
    ca: Credential, hosts: Iterable[str], now: datetime, *, name: str = "broker", life: timedelta = _LEAF_LIFE
) -> Credential:
    """Issue the certificate of a server of ours for localhost, 127.0.0.1 and ``hosts`` (names or addresses)."""
    names = [_general_name(host) for host in dict.fromkeys(("localhost", "127.0.0.1", *hosts))]
    return _issue(ca, name, ExtendedKeyUsageOID.SERVER_AUTH, now, names, life=life)


def issue_client(ca: Credential, name: str, now: datetime) -> Credential:
    """Issue the client certificate of one of our own programs. The gateway's name alone may write commands."""
    return _issue(ca, name, ExtendedKeyUsageOID.CLIENT_AUTH, now)


def issue_device(ca: Credential, device_id: str, now: datetime) -> Credential:
    """Issue a device's client certificate, its common name the device's id.

    Raises:
        ReservedNameError: the id is malformed, or the gateway's name.
    """
    _check_name(device_id)
    return issue_client(ca, device_id, now)


def sign_request(ca: Credential, device_id: str, csr: str, now: datetime, life: timedelta) -> str:
    """Issue a device's client certificate (PEM) for the key that signed ``csr`` (PEM); its other fields are ignored.

    Raises:
        ReservedNameError: the id is malformed, or the gateway's name.
        BadRequestError: the request does not prove a P-256 key.
    """
    _check_name(device_id)
    try:
        asked = x509.load_pem_x509_csr(csr.encode("ascii"))
        key = asked.public_key()
        is_held = asked.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, UnicodeEncodeError) as error:
        raise BadRequestError(str(error)) from None
    if not is_held or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequestError("not signed by a P-256 key of its own")
    made = _certificate(ca, device_id, ExtendedKeyUsageOID.CLIENT_AUTH, now, key=key, life=life)
    return made.public_bytes(serialization.Encoding.PEM).decode("ascii")


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of this certificate (PEM) as people compare it: pairs of digits with colons."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def about(certificate: str) -> CertificateFields:
    """Return the fields of this certificate (PEM)."""
    read = x509.load_pem_x509_certificate(certificate.encode("ascii"))
    return CertificateFields(f"{read.serial_number:x}", read.not_valid_before_utc, read.not_valid_after_utc)


def revocation_list(ca: Credential, revoked: Iterable[tuple[str, datetime]], after: bytes | None = None) -> bytes:
    """Return the list (PEM) of revoked certificates: number in hexadecimal, and since when.

    It is good as long as the authority: a list that ends by itself would shut out the whole province. Of two lists the
    broker goes by the one issued later. So each is issued a second after the list it comes ``after``, by any clock:
    lists of a server whose clock ran ahead for a minute would hold until that day.
    """
    issuer = x509.load_pem_x509_certificate(ca.certificate)
    key = serialization.load_pem_private_key(ca.key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issued_at = _FIRST_LIST_AT if after is None else _issued_at(after) + timedelta(seconds=1)
    made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    made = made.last_update(issued_at).next_update(issuer.not_valid_after_utc)
    for number, at in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(int(number, 16)).revocation_date(at)
        made = made.add_revoked_certificate(row.build())
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def issuer_hash(authority: bytes) -> str:
    """Return the name of this authority's (PEM) lists for OpenSSL, ``-subject_hash``: SHA-1 over its canonical name."""
    canonical = b""
    for part in x509.load_pem_x509_certificate(authority).subject:
        value = b" ".join(str(part.value).encode().lower().split())
        kind = _object_id(part.oid.dotted_string)
        canonical += _der(0x31, _der(0x30, kind + _der(0x0C, value)))
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return digest[3::-1].hex()


def listed(crl: bytes) -> frozenset[str]:
    """Return the numbers in a certificate revocation list (PEM), in hexadecimal."""
    return frozenset(f"{row.serial_number:x}" for row in x509.load_pem_x509_crl(crl))


def is_list_of(crl: bytes, authority: bytes) -> bool:
    """Return whether this certificate revocation list (PEM) was signed by this authority (PEM)."""
    try:
        key = x509.load_pem_x509_certificate(authority).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return x509.load_pem_x509_crl(crl).is_signature_valid(key)
    except ValueError:
        return False


def is_current(credential: Credential, authority: bytes, now: datetime, hosts: Iterable[str] = ()) -> bool:
    """Return whether this authority (PEM) issued it, it fits its key, names these hosts and is valid for some time."""
    certificate = x509.load_pem_x509_certificate(credential.certificate)
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except (InvalidSignature, ValueError):
        return False
    key = serialization.load_pem_private_key(credential.key, password=None)
    if key.public_key() != certificate.public_key():
        return False
    if not set(map(_general_name, hosts)) <= set(_alternative_names(certificate)):
        return False
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _RENEW_BEFORE


def make_signing_key() -> bytes:
    """Make a fresh Ed25519 private key, PKCS 8 PEM."""
    return _key_pem(Ed25519PrivateKey.generate())


def _check_name(device_id: str) -> None:
    if device_id in {GATEWAY_NAME, CANARY_NAME} or not re.fullmatch(ID_PATTERN, device_id):
        raise ReservedNameError(device_id)


def _issue(
    ca: Credential,
    name: str,
    usage: x509.ObjectIdentifier,
    now: datetime,
    hosts: Sequence[x509.GeneralName] = (),
    *,
    life: timedelta = _LEAF_LIFE,
) -> Credential:
    key = ec.generate_private_key(ec.SECP256R1())
    return _credential(_certificate(ca, name, usage, now, key=key.public_key(), hosts=hosts, life=life), key)


def _certificate(
    ca: Credential,
    name: str,
    usage: x509.ObjectIdentifier,
    now: datetime,
    *,
    key: ec.EllipticCurvePublicKey,
    hosts: Sequence[x509.GeneralName] = (),
    life: timedelta = _LEAF_LIFE,
) -> x509.Certificate:
    issuer = x509.load_pem_x509_certificate(ca.certificate)
    issuer_key = serialization.load_pem_private_key(ca.key, password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        _builder(subject, issuer.subject, key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_at(crl: bytes) -> datetime:
    return x509.load_pem_x509_crl(crl).last_update_utc


def _object_id(dotted: str) -> bytes:
    """Encode an object identifier of name attributes, with all arcs below 128."""
    first, second, *rest = map(int, dotted.split("."))
    return _der(0x06, bytes([first * 40 + second, *rest]))


def _der(tag: int, body: bytes) -> bytes:
    """Encode a value of less than 128 bytes."""
    return bytes([tag, len(body)]) + body


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _alternative_names(certificate: x509.Certificate) -> Iterable[x509.GeneralName]:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()


def _credential(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Credential:
    return Credential(certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key))


def _key_pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
