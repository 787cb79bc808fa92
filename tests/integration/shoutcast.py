"""Old Shoutcast server, whose answer does not begin as HTTP does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BEGINS = (
    b"ICY 200 OK\r\nicy-notice1:<BR>This stream requires Winamp<BR>\r\nicy-name:Loa\r\ncontent-type:audio/mpeg\r\n\r\n"
)


@contextmanager
def shoutcast(sound: bytes, *, begins: bytes = BEGINS) -> Iterator[str]:
    """Serve the sound once to each client, then end the stream; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # closed: the test has ended
                while True:
                    visitor, _ = server.accept()
                    with visitor, suppress(OSError):
                        visitor.recv(4096)
                        visitor.sendall(begins + sound)

        waiter = threading.Thread(target=serve, daemon=True)
        waiter.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/;"
        server.shutdown(socket.SHUT_RDWR)
    waiter.join()
