"""One telephone call by baresip, a SIP telephone without a screen: who answered, and the key that was pressed.

Each call is a process of its own that is told what to do, and tells what happens, as JSON in netstrings on a socket of
this machine. It ends with the call, with its deadline, or with the process that began it.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from cms.notifications.channels.port import NotPostedError
from cms.platform.process.children import ends_with_us, free_port

PROGRAM: Final = "baresip"
REACHES_S: Final = 15.0
"""From the call's beginning until the telephone rings."""
RINGS_S: Final = 30.0
LASTS_S: Final = 75.0
"""The call as a whole: the ringing, and what is said."""
STARTS_S: Final = 10.0
ENDS_S: Final = 2.0
_MESSAGE_MOST: Final = 64 * 1024
_LOOK_S: Final = 0.05
_TRANSPORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
_RESERVED: Final = frozenset('"<>;\r\n')
"""Characters that end a part of the account's line."""
_MODULES: Final = "/usr/lib/baresip/modules"


@dataclass(frozen=True, slots=True)
class CallEnd:
    """End of a call. ``reason``: as the exchange gave it, such as ``486 Busy Here``. ``key``: the first one pressed.

    ``has_rung``: the telephone rang, whether or not anybody answered.
    """

    has_rung: bool
    is_answered: bool
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Telephone exchange, with our account there."""

    host: str
    port: int
    user: str
    password: str
    transport: str

    @classmethod
    def of(cls, url: str) -> "Exchange":
        """Read ``sip://user:password@host:5060?transport=udp``. Raises NotPostedError."""
        parts = urlsplit(url)
        transport = parse_qs(parts.query).get("transport", ["udp"])[0]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        is_plain = not _RESERVED.intersection(user + password)
        if parts.scheme != "sip" or not parts.hostname or not user or transport not in _TRANSPORTS or not is_plain:
            raise NotPostedError("NO_EXCHANGE")
        return cls(parts.hostname, parts.port or _TRANSPORTS[transport], user, password, transport)

    @property
    def account(self) -> str:
        """Our account, as baresip reads it."""
        secret = f';auth_user="{self.user}";auth_pass="{self.password}"' if self.password else ""
        address = f"sip:{self.user}@{self.host}:{self.port};transport={self.transport}"
        return f"<{address}>;regint=0;audio_codecs=PCMA/8000/1,PCMU/8000/1;answermode=manual{secret}\n"

    def address(self, number: str) -> str:
        return f"sip:{number}@{self.host}:{self.port};transport={self.transport}"


def call(exchange: Exchange, number: str, sound: Path, folder: Path) -> CallEnd:
    """Call the number, play the sound, a WAV of 8 kHz, and wait for a key, the end of the sound or that of the call.

    Raises:
        NotPostedError: there is no such program, or it did not start.
    """
    control = free_port()
    _configure(folder, exchange, control, sound)
    until = monotonic() + LASTS_S
    with running(folder), connected(control, min(until, monotonic() + STARTS_S)) as link:
        link.say("dial", exchange.address(number))
        return _followed(link, until)


def _followed(link: "Control", until: float) -> CallEnd:
    end = _reached(link, min(until, monotonic() + REACHES_S))
    if end.has_rung and not end.is_answered and not end.reason:
        end = _picked_up(link, min(until, monotonic() + RINGS_S))
    if end.is_answered:
        end = replace(end, key=_key(link, until))
    if not end.reason:
        link.say("hangup")
        for event in link.events(monotonic() + ENDS_S):
            if event.get("type") == "CALL_CLOSED" or "response" in event:
                break
    return end


def _reached(link: "Control", until: float) -> CallEnd:
    """Return how far the call has come when the telephone rings, somebody answers, or it ends."""
    for event in link.events(until):
        match event.get("type"):
            case "CALL_RINGING" | "CALL_PROGRESS":
                return CallEnd(has_rung=True, is_answered=False)
            case "CALL_ESTABLISHED":
                return CallEnd(has_rung=True, is_answered=True)
            case "CALL_CLOSED":
                return CallEnd(has_rung=False, is_answered=False, reason=_reason(event.get("param")))
            case None if event.get("response") and not event.get("ok"):
                return CallEnd(has_rung=False, is_answered=False, reason=_reason(event.get("data")))
    return CallEnd(has_rung=False, is_answered=False)


def _picked_up(link: "Control", until: float) -> CallEnd:
    """Return whether somebody answers the telephone that rings, or the reason for which it stops."""
    for event in link.events(until):
        match event.get("type"):
            case "CALL_ESTABLISHED":
                return CallEnd(has_rung=True, is_answered=True)
            case "CALL_CLOSED":
                return CallEnd(has_rung=True, is_answered=False, reason=_reason(event.get("param")))
    return CallEnd(has_rung=True, is_answered=False)


def _key(link: "Control", until: float) -> str:
    """Return the first key that is pressed before the call ends; empty if none is."""
    for event in link.events(until):
        if event.get("type") == "CALL_DTMF_START":
            return str(event.get("param", ""))[:1]
        if event.get("type") == "CALL_CLOSED":
            break
    return ""


def _reason(said: object) -> str:
    return str(said or "").strip()[:100] or "closed"


class Control:
    """Control connection: commands there, events and answers back, each a JSON object in a netstring."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = b""

    def say(self, command: str, params: str = "") -> None:
        said = json.dumps({"command": command, "params": params}).encode()
        self._connection.sendall(b"%d:%s," % (len(said), said))

    def events(self, until: float) -> Iterator[dict[str, Any]]:
        """Yield what is told until then, or until the program ends."""
        while (left := until - monotonic()) > 0:
            while (found := self._next()) is not None:
                yield found
            self._connection.settimeout(left)
            try:
                piece = self._connection.recv(4096)
            except OSError:
                return
            if not piece or len(self._kept) > _MESSAGE_MOST:
                return
            self._kept += piece

    def _next(self) -> dict[str, Any] | None:
        length, colon, rest = self._kept.partition(b":")
        if not colon or not length.isdigit() or len(rest) <= int(length):
            return None
        self._kept = rest[int(length) + 1 :]
        told = json.loads(rest[: int(length)])
        return told if isinstance(told, dict) else {}


def _configure(folder: Path, exchange: Exchange, control: int, sound: Path) -> None:
    """Write the three files that the program reads; they hold the account's password."""
    lines = (
        "poll_method epoll",
        "sip_listen 0.0.0.0:0",
        "call_max_calls 1",
        "rtp_timeout 20",
        *(f"{name} aubridge,none" for name in ("audio_player", "audio_alert")),
        f"audio_source aufile,{sound}",
        *(f"{name} 8000" for name in ("ausrc_srate", "auplay_srate")),
        *(f"{name} 1" for name in ("ausrc_channels", "auplay_channels")),
        f"module_path {_MODULES}",
        *(f"module {name}.so" for name in ("g711", "aufile", "aubridge")),
        "module_tmp account.so",
        *(f"module_app {name}.so" for name in ("menu", "ctrl_tcp")),
        f"ctrl_tcp_listen 127.0.0.1:{control}",
    )
    folder.chmod(0o700)
    (folder / "config").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "accounts").write_text(exchange.account, encoding="utf-8")
    (folder / "contacts").touch()


@contextmanager
def running(folder: Path) -> Iterator[None]:
    program = shutil.which(PROGRAM)
    if program is None:
        raise NotPostedError("NO_TELEPHONE_PROGRAM")
    guard = ends_with_us("KILL")
    guard += ["prlimit", "--core=0", "--"] if guard else []
    process = subprocess.Popen(
        [*guard, program, "-f", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def connected(port: int, until: float) -> Iterator[Control]:
    while True:
        with suppress(ConnectionError):
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                yield Control(connection)
            return
        if monotonic() > until:
            raise NotPostedError("TELEPHONE_PROGRAM_SILENT")
        sleep(_LOOK_S)
