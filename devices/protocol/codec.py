"""Bodies to bytes and back: deterministic, sized, with our own errors only."""

from functools import cache
from typing import TypeVar

import msgspec

from devices.protocol.errors import MalformedError, OversizeError
from devices.protocol.limits import MESSAGE_MAX_BYTES, PLAN_MAX_BYTES
from devices.protocol.messages import BoardPlan, ExecutionState, Plan, Wire

VERSION = 1

# Progress of a command or an item: the higher rank is kept, whatever order the answers arrive in.
RANK: dict[ExecutionState, int] = {
    ExecutionState.RECEIVED: 1,
    ExecutionState.READY: 2,
    ExecutionState.STARTED: 3,
    ExecutionState.DONE: 4,
    ExecutionState.CUT: 5,
    ExecutionState.CANCELLED: 5,
    ExecutionState.FAILED: 8,
    ExecutionState.REJECTED: 9,
    ExecutionState.EXPIRED: 9,
}

_ENCODER = msgspec.json.Encoder(order="deterministic")

Body = TypeVar("Body", bound=Wire)


def encode(body: Wire) -> bytes:
    """Return the one JSON form of ``body``: fields in their order, mappings by key, defaults left out, UTF-8.

    Raises:
        OversizeError: it would exceed the limit of its kind.
    """
    data = _ENCODER.encode(body)
    _check_size(type(body), data)
    return data


def decode(kind: type[Body], data: bytes) -> Body:
    """Return the body of that kind in ``data``; fields it does not know are ignored.

    Raises:
        OversizeError: more bytes than that kind may have.
        MalformedError: not JSON, a field missing, of the wrong type or out of bounds, or not version 1.
    """
    _check_size(kind, data)
    try:
        body = _decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(kind.__name__, str(error)) from None
    version = getattr(body, "v", VERSION)
    if version != VERSION:
        raise MalformedError(kind.__name__, f"version {version}")
    assert isinstance(body, kind)
    return body


def limit_bytes(kind: type[Wire]) -> int:
    """Return the greatest size of a body of this kind, in bytes; a signed one is limited again by its envelope."""
    return PLAN_MAX_BYTES if kind in (Plan, BoardPlan) else MESSAGE_MAX_BYTES


def _check_size(kind: type[Wire], data: bytes) -> None:
    limit = limit_bytes(kind)
    if len(data) > limit:
        raise OversizeError(kind.__name__, len(data), limit)


@cache
def _decoder(kind: type[Wire]) -> msgspec.json.Decoder[Wire]:
    return msgspec.json.Decoder(kind)
