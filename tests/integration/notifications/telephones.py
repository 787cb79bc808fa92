"""A telephone on loopback, which is its own exchange: it picks up, records what it hears, and presses a key."""

from __future__ import annotations

import socketserver
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.chaos.mail_sink import serving
from bench.ports import free_port
from cms.notifications.channels.baresip import Control, connected, running

_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
audio_player {player}
audio_alert aubridge,none
audio_source aufile,{folder}/breath.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


@dataclass(frozen=True)
class LoopbackTelephone:
    """Telephone that answers as it is told; ``url`` is how Loa reaches it."""

    port: int
    folder: Path
    link: Control

    @property
    def url(self) -> str:
        return f"sip://loa@127.0.0.1:{self.port}"

    def press(self, key: str) -> None:
        """Press a key as soon as the call stands."""
        for event in self.link.events(monotonic() + 20.0):
            if event.get("type") == "CALL_RTPESTAB":
                self.link.say("sndcode", key)
                return
        raise AssertionError("nobody called")

    def decline(self) -> None:
        for event in self.link.events(monotonic() + 20.0):
            if event.get("type") == "CALL_INCOMING":
                self.link.say("hangup")
                return
        raise AssertionError("nobody called")

    @property
    def heard_s(self) -> float:
        with wave.open(str(self.folder / "heard.wav"), "rb") as file:
            return file.getnframes() / file.getframerate()


@contextmanager
def telephone(folder: Path, number: str, *, picks_up: bool = True) -> Iterator[LoopbackTelephone]:
    port, control = free_port(), free_port()
    folder.mkdir()
    with wave.open(str(folder / "breath.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000 * 60))
    # A call that is declined at once, while this program opens the file of what it hears, may crash it.
    mode, player = ("auto", f"aufile,{folder}/heard.wav") if picks_up else ("manual", "aubridge,none")
    account = f"<sip:{number}@127.0.0.1:{port}>;regint=0;audio_codecs=PCMA/8000/1;answermode={mode}\n"
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder, control=control, player=player))
    (folder / "accounts").write_text(account)
    (folder / "contacts").touch()
    with running(folder), connected(control, monotonic() + 10.0) as link:
        yield LoopbackTelephone(port, folder, link)


class _Refusing(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        said, connection = self.request
        lines = said.decode().split("\r\n")
        status = self.server.status  # type: ignore[attr-defined]
        if status and lines[0].startswith("INVITE"):
            kept = [each for each in lines if each.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
            told = "\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""])
            connection.sendto(told.encode(), self.client_address)


@contextmanager
def exchange_that_refuses(status: str) -> Iterator[str]:
    """Run an exchange that answers each call with this status, and none at all where it is empty; yield its url."""
    with socketserver.UDPServer(("127.0.0.1", 0), _Refusing) as server:
        server.status = status  # type: ignore[attr-defined]
        with serving(server):
            yield f"sip://loa:m%40t@127.0.0.1:{server.server_address[1]}"
