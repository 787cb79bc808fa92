"""Signer on the socket of this machine: a connection for each thread, and a deadline for each signature."""

import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import DecodeError

from cms.platform.process.unix_socket import short_address
from cms.platform.signer import wire
from cms.platform.signer.port import FINAL, NotSignedError, SigningRefusedError, UnsignedReason
from devices.protocol import jws
from devices.protocol.errors import OversizeError
from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import KeyRole

DEADLINE_S: Final = 1.0
"""Longest wait for a signature. A frozen signer is killed after a second, and its successor listens soon after. A
waiting thread may hold a transaction, which has to end before the watch of transactions takes it for hung."""
RETRY_S: Final = 0.02
TROUBLE_HOLDS_S: Final = 75.0
"""A beacon is signed every minute: a signer that is well again shows it by then."""
_ENDED_BY_ONE: Final = (UnsignedReason.AWAY, UnsignedReason.TOKEN)
"""Reasons that a signature proves to be over."""


class SocketSigner:
    """Client of the signer. It connects at first use, and again where the signer was started again."""

    def __init__(
        self,
        path: Path,
        *,
        deadline_s: float = DEADLINE_S,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._path = path
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._pause = pause
        self._own = threading.local()
        self._trouble: tuple[UnsignedReason, float] | None = None

    def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
        """Sign as ``Signer.sign``; a signature that was asked for twice is the same."""
        answer = self._answer(wire.framed(wire.SignRequest(role, kind, payload)))
        if not answer.refusal:
            if self._trouble is not None and self._trouble[0] in _ENDED_BY_ONE:
                self._trouble = None
            return answer.signed
        if answer.refusal == wire.OVERSIZE:
            raise OversizeError(jws.TYP, int(answer.detail), MESSAGE_MAX_BYTES)
        reason = UnsignedReason(answer.refusal)
        self._trouble = reason, self._monotonic()
        if reason in FINAL:
            raise SigningRefusedError(answer.detail, reason)
        raise NotSignedError(reason)

    def trouble(self) -> str:
        """Return the reason for which something was not signed in the last minute; empty: none."""
        held = self._trouble
        return held[0] if held is not None and self._monotonic() - held[1] < TROUBLE_HOLDS_S else ""

    def _answer(self, request: bytes) -> wire.SignAnswer:
        """Ask until there is an answer or the deadline has passed. Raises NotSignedError."""
        until_s = self._monotonic() + self._deadline_s
        while True:
            try:
                return self._ask(request, until_s)
            except (OSError, ValueError, DecodeError):
                self._drop()
            pause_s = RETRY_S * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads out retries
            if self._monotonic() + pause_s >= until_s:
                self._trouble = UnsignedReason.AWAY, self._monotonic()
                raise NotSignedError(UnsignedReason.AWAY)
            self._pause(pause_s)

    def _ask(self, request: bytes, until_s: float) -> wire.SignAnswer:
        link = self._link(until_s)
        link.sendall(request)
        size = wire.body_bytes(self._read(link, wire.HEAD_BYTES, until_s))
        return wire.read_answer(self._read(link, size, until_s))

    def _link(self, until_s: float) -> socket.socket:
        link: socket.socket | None = getattr(self._own, "link", None)
        if link is None:
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._own.link = link
            self._limit(link, until_s)
            with short_address(self._path) as address:
                link.connect(address)
        self._limit(link, until_s)
        return link

    def _read(self, link: socket.socket, count: int, until_s: float) -> bytes:
        found = b""
        while len(found) < count:
            self._limit(link, until_s)
            part = link.recv(count - len(found))
            if not part:
                raise ConnectionResetError
            found += part
        return found

    def _limit(self, link: socket.socket, until_s: float) -> None:
        link.settimeout(max(0.001, until_s - self._monotonic()))

    def _drop(self) -> None:
        link: socket.socket | None = getattr(self._own, "link", None)
        if link is not None:
            link.close()
        self._own.link = None
