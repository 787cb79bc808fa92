"""TLS connection on the loop's readiness events, without a stream's buffers: thousands fit in one process.

asyncio's and uvloop's own TLS keep 256 KiB for each connection; here OpenSSL's buffers are released when idle.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

READ_BYTES: Final = 16 * 1024
UNSENT_MAX_BYTES: Final = 1024 * 1024
"""A broker that leaves this much unread is gone."""


class TlsConnection:
    """TLS connection, made by ``open_connection``. ``on_data`` gets bytes; ``on_lost`` is called once, at any end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sock: ssl.SSLSocket) -> None:
        self._loop = loop
        self._sock = sock
        self._fd = sock.fileno()
        self._unsent = bytearray()
        self._is_waiting = False
        self._is_open = True
        self.on_data: Callable[[bytes], None] = lambda _: None
        self.on_lost: Callable[[], None] = lambda: None

    def start(self, on_data: Callable[[bytes], None], on_lost: Callable[[], None]) -> None:
        self.on_data = on_data
        self.on_lost = on_lost
        self._loop.add_reader(self._fd, self._read)
        self._read()  # data that came with the handshake's last flight is in OpenSSL, not in the socket

    def write(self, data: bytes) -> None:
        """Send data as soon as the broker takes it."""
        if not self._is_open:
            return
        if self._unsent:
            self._unsent += data
            if len(self._unsent) > UNSENT_MAX_BYTES:
                self.close()
            return
        self._unsent += data
        self._send()

    def close(self) -> None:
        """Hang up."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._sock.close()
        self._loop.call_soon(self.on_lost)

    def _read(self) -> None:
        while self._is_open:
            try:
                data = self._sock.recv(READ_BYTES)
            except ssl.SSLWantReadError:
                return
            except ssl.SSLWantWriteError:
                self._wait_for_room()
                return
            except OSError:
                self.close()
                return
            if not data:
                self.close()
                return
            self.on_data(data)
            if not self._sock.pending() and len(data) < READ_BYTES:
                return

    def _send(self) -> None:
        while self._unsent and self._is_open:
            try:
                sent = self._sock.send(self._unsent)
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                self._wait_for_room()
                return
            except OSError:
                self.close()
                return
            del self._unsent[:sent]
        if self._is_waiting and self._is_open:
            self._is_waiting = False
            self._loop.remove_writer(self._fd)

    def _wait_for_room(self) -> None:
        # Asked for only when needed: each call costs the loop a look at all it knows, a tenth of a device's time.
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.add_writer(self._fd, self._send)


async def open_connection(host: str, port: int, context: ssl.SSLContext) -> TlsConnection:
    """Connect and complete the TLS handshake without blocking.

    Raises:
        OSError: no connection, or no TLS that both sides trust.
    """
    loop = asyncio.get_running_loop()
    family, kind, proto, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    raw = socket.socket(family, kind, proto)
    try:
        raw.setblocking(False)  # noqa: FBT003 - the socket's own signature
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(raw, address)
        sock = context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        raw.close()
        raise
    try:
        await _shake_hands(loop, sock)
    except BaseException:
        sock.close()
        raise
    return TlsConnection(loop, sock)


async def _shake_hands(loop: asyncio.AbstractEventLoop, sock: ssl.SSLSocket) -> None:
    fd = sock.fileno()
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            await _ready(loop, fd, loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _ready(loop, fd, loop.add_writer, loop.remove_writer)
        else:
            return


async def _ready(
    loop: asyncio.AbstractEventLoop,
    fd: int,
    add: Callable[[int, Callable[[], None]], None],
    remove: Callable[[int], bool],
) -> None:
    ready: asyncio.Future[None] = loop.create_future()
    add(fd, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        remove(fd)
