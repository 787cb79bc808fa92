"""Server of the signer: one thread, which waits on its socket, and signs one request of each connection in turn."""

import logging
import os
import pwd
import selectors
import socket
import struct
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import DecodeError

from cms.platform.process.unix_socket import short_address
from cms.platform.signer import wire
from cms.platform.signer.port import NotSignedError, Signer, SigningRefusedError
from devices.protocol.errors import OversizeError

PEERS_MAX: Final = 64
"""Connections at once: a gateway has one for each of a dozen threads. Beyond, the one that was quiet longest ends."""
TURN_EVERY_S: Final = 1.0
"""Longest wait of the loop: a thread that has slept for 1.3 s is taken for one that hangs."""
TELL_EVERY_S: Final = 10.0
_CREDENTIALS: Final = struct.Struct("3i")

log = logging.getLogger(__name__)


def uids_of(clients: str) -> frozenset[int]:
    """Return the users whose programs may ask: these, and our own. Raises KeyError: there is no such user."""
    return frozenset({os.geteuid(), *(pwd.getpwnam(name).pw_uid for name in clients.split(",") if name)})


@dataclass
class _Peer:
    """Connection with the bytes of an unfinished request."""

    link: socket.socket
    pid: int
    heard_s: float
    read: bytearray = field(default_factory=bytearray)


class RefusalAlarm:
    """Log lines about refusals: one for each reason in ten seconds, with the number left out since the last."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, int]] = {}

    def tell(self, reason: str, what: str) -> None:
        """Log the refusal, or count it."""
        now_s = self._monotonic()
        at_s, left_out = self._told.get(reason, (float("-inf"), 0))
        if now_s - at_s < TELL_EVERY_S:
            self._told[reason] = at_s, left_out + 1
            return
        self._told[reason] = now_s, 0
        log.critical("signing.refused %s: %s (%d more since the last line)", reason, what, left_out)


class SignerServer:
    """Server of one signer; ``serve`` is its loop. It listens from when it is made.

    ``allowed``: users whose programs may ask, known by the kernel; ``turned`` is called at each turn of the loop.
    """

    def __init__(
        self,
        path: Path,
        signer: Signer,
        allowed: Collection[int],
        turned: Callable[[], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signer, self._allowed = signer, allowed
        self._turned, self._monotonic = turned, monotonic
        self._alarm = RefusalAlarm(monotonic)
        self._peers: dict[int, _Peer] = {}
        self._woken = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._is_stopping = False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.settimeout(0)
        with short_address(path) as address:
            self._listener.bind(address)
        # Where others may ask, the folder decides who reaches it, and the kernel's word who is answered.
        path.chmod(0o660 if len(allowed) > 1 else 0o600)
        self._listener.listen(PEERS_MAX)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def stop(self) -> None:
        """End the loop; safe in a signal handler and from any thread."""
        self._is_stopping = True
        os.eventfd_write(self._woken, 1)

    def serve(self) -> None:
        """Answer until stopped; then close everything."""
        try:
            while not self._is_stopping:
                self._turned()
                for key, _ in self._selector.select(TURN_EVERY_S):
                    self._turned()  # the key may be in a slow token, and many may ask
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fd in self._peers:
                        self._hear(self._peers[key.fd])
        finally:
            self._close()

    def _accept(self) -> None:
        try:
            link, _ = self._listener.accept()
        except OSError:  # gone again, or no file descriptor is left
            return
        credentials = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _gid = _CREDENTIALS.unpack(credentials)
        if uid not in self._allowed:
            self._alarm.tell("stranger", f"process {pid} of user {uid}")
            link.close()
            return
        link.settimeout(0)
        if len(self._peers) >= PEERS_MAX:
            self._drop(min(self._peers.values(), key=lambda peer: peer.heard_s))
        self._peers[link.fileno()] = _Peer(link, pid, self._monotonic())
        self._selector.register(link, selectors.EVENT_READ)

    def _hear(self, peer: _Peer) -> None:
        try:
            data = peer.link.recv(wire.HEAD_BYTES + wire.FRAME_MAX_BYTES)
            if not data:
                self._drop(peer)
                return
            peer.heard_s = self._monotonic()
            peer.read += data
            if (frame := _whole(peer.read)) is not None:
                peer.read.clear()
                answer = wire.framed(self._answer(wire.read_request(frame), peer.pid))
                # It fits the kernel's buffer, which is empty: nobody asks twice before an answer.
                if peer.link.send(answer) < len(answer):
                    self._drop(peer)
        except (ValueError, DecodeError) as error:
            self._alarm.tell("malformed", f"process {peer.pid}, {error}")
            self._drop(peer)
        except OSError:
            self._drop(peer)

    def _answer(self, request: wire.SignRequest, pid: int) -> wire.SignAnswer:
        what = f"process {pid}, {request.kind} with the {request.role} key"
        try:
            return wire.SignAnswer(self._signer.sign(request.role, request.kind, request.payload))
        except OversizeError as error:
            return wire.SignAnswer(refusal=wire.OVERSIZE, detail=str(error.size))
        except SigningRefusedError as error:
            self._alarm.tell(error.reason, f"{what}: {error.detail}")
            return wire.SignAnswer(refusal=error.reason, detail=error.detail[:400])
        except NotSignedError as error:
            self._alarm.tell(error.reason, what)
            return wire.SignAnswer(refusal=error.reason)

    def _drop(self, peer: _Peer) -> None:
        self._selector.unregister(peer.link)
        del self._peers[peer.link.fileno()]
        peer.link.close()

    def _close(self) -> None:
        for peer in list(self._peers.values()):
            self._drop(peer)
        self._selector.close()
        self._listener.close()
        os.close(self._woken)


def _whole(read: bytearray) -> bytes | None:
    """Return the body of the request once it is whole. Raises ValueError: too long, or more than one."""
    if len(read) < wire.HEAD_BYTES:
        return None
    end = wire.HEAD_BYTES + wire.body_bytes(read)
    if len(read) > end:
        raise ValueError("a second request before the answer")
    return bytes(read[wire.HEAD_BYTES :]) if len(read) == end else None
