"""One frame of a live address: some tenths of a second of sound, signed by its sender.

::

    0     1          17        21             29                                     len-64
    | 01 | session | seq u32 | captured_at u64 | packet: u16 length, bytes | ...     | Ed25519 |

Numbers are big-endian; ``session`` is the first 16 bytes of the SHA-256 of the session's id. What is signed is
``SIGNED_AS`` and everything before the signature, by the key made for this session.
"""

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from devices.protocol.errors import BadSignatureError, MalformedError, OversizeError
from devices.protocol.limits import LIVE_FRAME_MAX_BYTES

VERSION: Final = 1
SIGNED_AS: Final = b"loa live frame 1\n"
SIGNATURE_BYTES: Final = 64
_HEAD: Final = struct.Struct(">B16sIQ")
_LENGTH: Final = struct.Struct(">H")
_KIND: Final = "LiveFrame"
SEQ_MAX: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """Frame. ``seq`` counts from 0; ``captured_at`` (ms UTC): when its first sample was spoken; ``packets``: Opus."""

    seq: int
    captured_at: int
    packets: tuple[bytes, ...]

    @property
    def sound(self) -> bytes:
        """Its packets with their lengths, as they travel: the input of the hash of sound heard."""
        return pack(self.packets)


class SessionKey:
    """A key pair for one session; it is never stored, and gone with the process."""

    def __init__(self, private: Ed25519PrivateKey | None = None) -> None:
        self._private = private or Ed25519PrivateKey.generate()

    @property
    def x(self) -> str:
        """The public half, as ``live_start`` names it."""
        raw = self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")

    def seal(self, session: str, frame: LiveFrame) -> bytes:
        """Return the frame's one binary form, signed.

        Raises:
            OversizeError: it would be more than a frame may have.
        """
        head = _HEAD.pack(VERSION, tag(session), frame.seq, frame.captured_at)
        said = head + frame.sound
        _check_size(len(said) + SIGNATURE_BYTES)
        return said + self._private.sign(SIGNED_AS + said)


class SessionDoor:
    """Verifier of the frames of one session; it refuses all others."""

    def __init__(self, session: str, x: str) -> None:
        """Open a session with the public key ``x``: 43 characters of base64url, validated as ``Live.key``."""
        self._tag = tag(session)
        self._public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))

    def open(self, data: bytes) -> LiveFrame:
        """Return the frame in ``data``.

        Raises:
            OversizeError: more bytes than a frame may have.
            MalformedError: not a frame of this version.
            BadSignatureError: of another session, or its signature does not hold.
        """
        _check_size(len(data))
        if len(data) < _HEAD.size + SIGNATURE_BYTES or data[0] != VERSION:
            raise MalformedError(_KIND, "not a frame of version 1")
        said, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
        _, session, seq, captured_at = _HEAD.unpack_from(said)
        if session != self._tag:
            raise BadSignatureError("of another session")
        try:
            self._public.verify(signature, SIGNED_AS + said)
        except InvalidSignature:
            raise BadSignatureError("InvalidSignature") from None
        return LiveFrame(seq, captured_at, unpack(said[_HEAD.size :]))


def tag(session: str) -> bytes:
    """Return the bytes that stand for the session's id in a frame."""
    return hashlib.sha256(session.encode("ascii")).digest()[:16]


def pack(packets: Sequence[bytes]) -> bytes:
    """Join packets, each after its length."""
    return b"".join(_LENGTH.pack(len(packet)) + packet for packet in packets)


def unpack(data: bytes) -> tuple[bytes, ...]:
    """Return the packets in ``data``: one at least, none of them empty.

    Raises:
        MalformedError: it is anything else.
    """
    packets: list[bytes] = []
    at = 0
    while at < len(data):
        if at + _LENGTH.size > len(data):
            raise MalformedError(_KIND, "a length is cut short")
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if not length or at + length > len(data):
            raise MalformedError(_KIND, "a packet is empty or cut short")
        packets.append(data[at : at + length])
        at += length
    if not packets:
        raise MalformedError(_KIND, "no sound in it")
    return tuple(packets)


def _check_size(size: int) -> None:
    if size > LIVE_FRAME_MAX_BYTES:
        raise OversizeError(_KIND, size, LIVE_FRAME_MAX_BYTES)
