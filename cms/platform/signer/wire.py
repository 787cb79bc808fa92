"""Frames on the signer's socket: four bytes of length, then one body; one request at a time on each connection."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import KeyRole

HEAD_BYTES: Final = 4
FRAME_MAX_BYTES: Final = MESSAGE_MAX_BYTES + 1024
OVERSIZE: Final = "oversize"
"""Refusal of a message that would exceed the limit of the wire; its detail is the size."""


class SignRequest(msgspec.Struct, array_like=True, frozen=True):
    """Request to sign a payload of this kind with the key of this role. A keyset and firmware are not signed here."""

    role: KeyRole
    kind: Annotated[str, Meta(max_length=40)]
    payload: Annotated[bytes, Meta(max_length=MESSAGE_MAX_BYTES)]


class SignAnswer(msgspec.Struct, array_like=True, frozen=True):
    """Answer: the signed message, or the refusal and its detail."""

    signed: Annotated[bytes, Meta(max_length=MESSAGE_MAX_BYTES)] = b""
    refusal: str = ""
    detail: Annotated[str, Meta(max_length=400)] = ""


def framed(body: msgspec.Struct) -> bytes:
    """Return the frame of this body."""
    data = msgspec.msgpack.encode(body)
    return len(data).to_bytes(HEAD_BYTES, "big") + data


def body_bytes(head: bytes | bytearray) -> int:
    """Return the length that follows this head. Raises ValueError: more than a frame may have, or nothing."""
    size = int.from_bytes(head[:HEAD_BYTES], "big")
    if not 0 < size <= FRAME_MAX_BYTES:
        raise ValueError(f"frame of {size} bytes")
    return size


read_request = msgspec.msgpack.Decoder(SignRequest).decode
read_answer = msgspec.msgpack.Decoder(SignAnswer).decode
