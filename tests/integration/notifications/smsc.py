"""Message centre on loopback that speaks SMPP 3.4, keeps the parts it is given, and answers as it is told."""

from __future__ import annotations

import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.chaos.mail_sink import serving

BIND, SUBMIT, UNBIND, ENQUIRE = 0x00000002, 0x00000004, 0x00000006, 0x00000015
RESPONSE = 0x80000000


@dataclass(frozen=True)
class Part:
    """One submitted part: sender, number, data coding, and its text without the header of parts."""

    sender: str
    to: str
    coding: int
    text: str


@dataclass
class MessageCentre:
    """Message centre. ``status`` answers each submission, ``bind_status`` each sign-in; ``asks_first``: it enquires
    the link before it answers.
    """

    port: int
    parts: list[Part] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0
    bind_status: int = 0
    asks_first: bool = False
    is_mute: bool = False


class _Centre(socketserver.ThreadingTCPServer):
    daemon_threads = True
    kept: MessageCentre


class _Session(socketserver.StreamRequestHandler):
    server: _Centre

    def handle(self) -> None:
        kept = self.server.kept
        while head := self.rfile.read(16):
            size, command, _status, sequence = struct.unpack(">IIII", head)
            body = self.rfile.read(size - 16)
            if command == BIND:
                name, password = body.split(b"\0")[:2]
                kept.logins.append((name.decode(), password.decode()))
                self.answer(command, kept.bind_status, sequence, b"centre\0")
            elif command == SUBMIT and not kept.is_mute:
                if kept.asks_first:
                    self.send(ENQUIRE, 0, 1, b"")
                if kept.status == 0:
                    kept.parts.append(_read(body))
                self.answer(command, kept.status, sequence, b"m1\0" if kept.status == 0 else b"")
            elif command == UNBIND:
                self.answer(command, 0, sequence, b"")
                return

    def answer(self, command: int, status: int, sequence: int, body: bytes) -> None:
        self.send(command | RESPONSE, status, sequence, body)

    def send(self, command: int, status: int, sequence: int, body: bytes) -> None:
        self.wfile.write(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)


def _read(body: bytes) -> Part:
    _service, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    to, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _scheduled, _valid, rest = rest.split(b"\0", 2)
    _delivery, _replace, coding, _default, length = rest[:5]
    text = rest[5 : 5 + length]
    if esm_class & 0x40:
        text = text[1 + text[0] :]
    return Part(sender.decode(), to.decode(), coding, text.decode("utf-16-be" if coding == 8 else "ascii"))


@contextmanager
def message_centre() -> Iterator[MessageCentre]:
    with _Centre(("127.0.0.1", 0), _Session) as server:
        server.kept = MessageCentre(server.server_address[1])
        with serving(server):
            yield server.kept
