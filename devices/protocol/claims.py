"""A claim code: 80 bits on a label, from which the box makes a key, and the register keeps only its public half.

So nothing that is stored or sent lets others prove that they have the code. ``ABCD-EFGH-JKMN-PQRS``: letters and digits
without I, L, O and U, which are easily confused; I, L and O are read as 1, 1 and 0.
"""

import base64
import hashlib
import re
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENTROPY_BYTES: Final = 10
SIGNED_AS: Final = b"loa enrol 1\n"
QR_PREFIX: Final = "loa:"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT: Final = str.maketrans("ILO", "110")
_CODE: Final = re.compile(f"[{_ALPHABET}]{{16}}")
_LABEL: Final = re.compile(r"(?:https?://[^\s#]{1,200}#)?loa:([a-z0-9-]{1,40}):([0-9A-Za-z-]{16,23})")


def code_of(entropy: bytes) -> str:
    """Return the code that these random bytes (``ENTROPY_BYTES``) make, in four groups of four."""
    number = int.from_bytes(entropy, "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def read_code(typed: str) -> str | None:
    """Return the sixteen characters of a code however it was typed; None where it is none."""
    found = re.sub(r"[\s-]", "", typed).upper().translate(_MEANT)
    return found if _CODE.fullmatch(found) else None


def label_text(serial: str, code: str, claim_url: str = "") -> str:
    """Return the text of the label's QR code.

    With the address of the claim page any telephone's camera opens it; behind # the code is sent to no server.
    """
    text = f"{QR_PREFIX}{serial}:{code}"
    return f"{claim_url}#{text}" if claim_url else text


def read_label(text: str) -> tuple[str, str] | None:
    """Serial and code of a QR code; None where it is no label of ours."""
    found = _LABEL.fullmatch(text.strip())
    return None if found is None else (found[1], found[2])


def claim_key(serial: str, code: str) -> Ed25519PrivateKey:
    """Derive the key of this box from serial and code (as ``read_code`` gives it)."""
    seed = HKDF(hashes.SHA256(), length=32, salt=b"loa claim 1", info=serial.encode()).derive(code.encode("ascii"))
    return Ed25519PrivateKey.from_private_bytes(seed)


def claim_x(serial: str, code: str) -> str:
    """Return the public half of ``claim_key``, base64url: the register keeps it."""
    raw = claim_key(serial, code).public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return _b64(raw)


def prove(serial: str, code: str, csr: str) -> str:
    """Sign the request as proof of the code; the signature is good for this serial and request alone."""
    return _b64(claim_key(serial, code).sign(_said(serial, csr)))


def is_proven(serial: str, csr: str, proof: str, x: str) -> bool:
    """Return whether ``proof`` was made by the key whose public half is ``x``, for this serial and request."""
    try:
        Ed25519PublicKey.from_public_bytes(_unb64(x)).verify(_unb64(proof), _said(serial, csr))
    except (InvalidSignature, ValueError):
        return False
    return True


def csr_sha256(csr: str) -> str:
    """Return the hash by which an answer names its request."""
    return hashlib.sha256(csr.encode()).hexdigest()


def _said(serial: str, csr: str) -> bytes:
    return SIGNED_AS + serial.encode() + b"\n" + csr.encode()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
