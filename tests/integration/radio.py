"""Radio stations for the tests: a real Icecast fed by ffmpeg, and HLS over HTTP, killed and brought back at will."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from bench.ports import free_port
from tests.programs import PythonProgram

PATIENCE_S = (4, 8, 16, 32)
"""Time for each attempt to start; an attempt ends at once when a process of the station ends."""
PASSWORD = "hackme-not"
OWNER = "<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security>"
CONFIG = """<icecast>
  <limits><clients>20</clients><sources>2</sources><burst-size>16384</burst-size></limits>
  <authentication>
    <source-password>{password}</source-password>
    <admin-user>admin</admin-user><admin-password>{password}</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths><basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>{folder}</webroot><adminroot>{folder}</adminroot>
  </paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel></logging>
  {owner}
</icecast>
"""


class Station(ABC):
    """Station whose ``url`` serves a programme between ``start`` and ``kill``."""

    url: str

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes] | PythonProgram] = []

    def start(self) -> None:
        """Start the station, and return when it is on air."""
        for patience_s in PATIENCE_S:
            if self._begins(patience_s):
                return
            self.kill()
        raise AssertionError(f"never on air: {self.url}")

    @abstractmethod
    def _begins(self, patience_s: float) -> bool:
        """Return whether it is on air, with so much time for each of its steps."""

    def kill(self) -> None:
        """Kill all its processes, as a power cut would."""
        while self._processes:
            process = self._processes.pop()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()  # a forked one may not lead its group yet
            process.wait()

    def _run(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        )

    def _is_heard_within(self, seconds: float, url: str = "") -> bool:
        deadline = time.monotonic() + seconds
        while not _answers(url or self.url):
            if time.monotonic() > deadline or any(each.poll() is not None for each in self._processes):
                return False
            threading.Event().wait(0.02)
        return True


class Icecast(Station):
    """Debian's ``icecast2``, and an ffmpeg that sends it MP3.

    A client that connects in its very first moment, as devices do, now and then crashes it (SIGSEGV) or gets no answer:
    then it is started again. ``folder`` must not be one of pytest's: it does not run as root, and each pytest that
    starts beside this one takes the right to enter its folders from all others.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/live.mp3"
        folder.mkdir()
        self._config = folder / "icecast.xml"
        is_root = os.geteuid() == 0
        text = CONFIG.format(password=PASSWORD, port=self._port, folder=folder, owner=OWNER if is_root else "")
        self._config.write_text(text)
        if is_root:
            shutil.chown(folder, "nobody", "nogroup")
            for above in folder.parents:
                if above.owner() == "root" and above != Path(above.root):
                    above.chmod(above.stat().st_mode | 0o011)

    def _begins(self, patience_s: float) -> bool:
        program = shutil.which("icecast2", path="/usr/bin:/usr/local/bin")
        assert program is not None
        self._run(program, "-c", str(self._config))
        if not self._is_heard_within(patience_s, self.url.removesuffix("live.mp3")):
            return False
        feed = ["-c:a", "libmp3lame", "-b:a", "64k", "-content_type", "audio/mpeg", "-f", "mp3"]
        sine = "sine=frequency=440:sample_rate=48000"
        into = self.url.replace("http://", f"icecast://source:{PASSWORD}@")
        self._run("ffmpeg", "-nostdin", "-v", "quiet", "-re", "-f", "lavfi", "-i", sine, *feed, into)
        return self._is_heard_within(patience_s)


class Hls(Station):
    """Simulated source: segments by ffmpeg, served over HTTP by a process of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/live.m3u8"

    def _begins(self, patience_s: float) -> bool:
        with Path(os.devnull).open("wb") as nothing:
            program = ("bench.demo", "relay-source", "--port", str(self._port))
            self._processes.append(PythonProgram(*program, stdout=nothing, stderr=nothing, start_new_session=True))
        return self._is_heard_within(patience_s)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200 and answer.read(1))
    except urllib.error.HTTPError as error:
        return url.endswith("/") and error.code >= 400
    except OSError:
        return False
