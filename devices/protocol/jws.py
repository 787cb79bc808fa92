"""Signed messages: JWS compact (RFC 7515) with Ed25519 and nothing left to choose.

The header is exactly ``{"alg":"Ed25519","kid":KID,"typ":"loa+jws"}``, byte for byte: no other algorithm, no embedded
key, no critical extension, no second spelling of the same header.
"""

import base64
import re
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws as jose
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from devices.protocol.errors import BadSignatureError, OversizeError, UnknownKeyError
from devices.protocol.limits import MESSAGE_MAX_BYTES

ALG = "Ed25519"
TYP = "loa+jws"

_ENVELOPE = re.compile(rb"([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_HEADER = re.compile(rb'\{"alg":"Ed25519","kid":"([a-z0-9-]{1,40})","typ":"loa\+jws"\}')

Keys = Mapping[str, OKPKey]


def sign(payload: bytes, kid: str, private_key: OKPKey) -> bytes:
    """Return the signed message. Ed25519 is deterministic: the same input gives the same bytes.

    Raises:
        OversizeError: the message would exceed the limit of the wire.
    """
    return sign_with(payload, kid, private_half(private_key).sign)


def sign_with(payload: bytes, kid: str, signed: Callable[[bytes], bytes]) -> bytes:
    """Return the message as ``sign``; ``signed`` returns the raw signature, by a key that may be in no memory of ours.

    Raises:
        OversizeError: the message would exceed the limit of the wire.
    """
    header = f'{{"alg":"{ALG}","kid":"{kid}","typ":"{TYP}"}}'.encode("ascii")
    signing_input = _base64url(header) + b"." + _base64url(payload)
    data = signing_input + b"." + _base64url(signed(signing_input))
    if len(data) > MESSAGE_MAX_BYTES:
        raise OversizeError(TYP, len(data), MESSAGE_MAX_BYTES)
    return data


def read_kid(data: bytes) -> str:
    """Return the id of the key that is said to have signed ``data``. Nothing is verified yet.

    Raises:
        OversizeError: more bytes than the wire allows.
        BadSignatureError: the envelope is not exactly ours.
    """
    if len(data) > MESSAGE_MAX_BYTES:
        raise OversizeError(TYP, len(data), MESSAGE_MAX_BYTES)
    envelope = _ENVELOPE.fullmatch(data)
    if envelope is None:
        raise BadSignatureError("not a compact JWS")
    encoded = envelope[1]
    try:
        header = _HEADER.fullmatch(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
    except ValueError:
        raise BadSignatureError("header is not base64url") from None
    if header is None:
        raise BadSignatureError("header is not exactly alg Ed25519, kid, typ loa+jws")
    return header[1].decode("ascii")


def open_signed(data: bytes, keys: Keys) -> tuple[str, bytes]:
    """Return the signer's key id and the payload, verified with the key of that id in ``keys``.

    Raises:
        OversizeError: more bytes than the wire allows.
        UnknownKeyError: no such key.
        BadSignatureError: the envelope is not exactly ours, or the signature does not hold.
    """
    kid = read_kid(data)
    key = keys.get(kid)
    if key is None:
        raise UnknownKeyError(kid)
    try:
        opened = jose.deserialize_compact(data, key, algorithms=[ALG])
    except (JoseError, ValueError) as error:
        raise BadSignatureError(type(error).__name__) from None
    return kid, opened.payload


def signing_key(pem: bytes) -> OKPKey:
    """Return the Ed25519 private key in an unencrypted PKCS 8 PEM.

    Raises:
        ValueError: it is another kind of key, or none.
    """
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"an Ed25519 key is needed, not {type(key).__name__}")  # noqa: TRY004 - a file's content, no type
    return OKPKey.import_key(key)


def verifying_key(x: str) -> OKPKey:
    """Return the public key from its raw 32 bytes in base64url without padding.

    Raises:
        ValueError: not 32 bytes of base64url.
    """
    return OKPKey.import_key(Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))))


def public_x(key: OKPKey) -> str:
    """Return the raw public key in base64url without padding, as a keyset and ``device.json`` hold it."""
    return encoded_x(key.public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def encoded_x(raw: bytes) -> str:
    """Return the 32 bytes of a public key in base64url without padding."""
    return _base64url(raw).decode("ascii")


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def private_half(key: OKPKey) -> Ed25519PrivateKey:
    """Return the key with which it signs."""
    private = key.private_key
    assert isinstance(private, Ed25519PrivateKey), "signing_key lets in no other"
    return private
