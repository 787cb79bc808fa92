"""Mail sink: a mail server on loopback that keeps the mails it gets. It offers no encryption."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from province.machine_clock import unix_s


@dataclass
class MailServer:
    """Mail server. ``refuses``: the answer to each mail, where it accepts none. ``arrived_at``: when each came."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuses: str = ""
    arrived_at: list[float] = field(default_factory=list)


class _MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    kept: MailServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a client that is killed, or speaks TLS, ends its session in the middle."""


class _Session(socketserver.StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line.decode().strip()
            match word.split(" ")[0].upper():
                case "EHLO":
                    self.say("250-sink\r\n250 AUTH PLAIN")
                case "AUTH":
                    login = base64.b64decode(word.split(" ")[2]).decode()
                    self.server.kept.logins.append(login.replace("\0", " ").strip())
                    self.say("235 welcome")
                case "DATA":
                    self.say("354 go")
                    self.take()
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return  # the client ended in the middle of a mail
            lines.append(line[1:] if line.startswith(b"..") else line)
        kept = self.server.kept
        if not kept.refuses:
            kept.arrived_at.append(unix_s())
            kept.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say(kept.refuses or "250 taken")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with _MailServer(("127.0.0.1", 0), _Session) as server:
        server.kept = MailServer(server.server_address[1])
        with serving(server):
            yield server.kept


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Let the server answer on a thread of its own within the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
