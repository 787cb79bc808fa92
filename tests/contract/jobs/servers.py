"""Queue servers of the test run: a valkey on a socket, a RabbitMQ with its own node, ports and folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
import redis
from kombu.connection import Connection

from bench.fault_injection import processes
from bench.ports import free_port
from cms.platform.store.kinds import QUEUE, URGENT_QUEUE
from tests.programs import PythonProgram


def wait_until(holds: Callable[[], bool], what: str, deadline_s: float = 180.0) -> None:
    """Wait until ``holds`` returns True; fail the test at the deadline."""
    pause = threading.Event()
    end = time.monotonic() + deadline_s
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"not within {deadline_s:g} s: {what}")
        pause.wait(0.05)


def program(*names: str) -> str:
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/rabbitmq/bin"])
    for name in names:
        if found := shutil.which(name, path=search):
            return found
    pytest.fail(f"{' / '.join(names)} is missing: run `make setup-test`")


class QueueServer(Protocol):
    """A broker that can be killed, started again on the same folder, and emptied."""

    @property
    def url(self) -> str: ...

    def start(self) -> None: ...

    def kill(self) -> None:
        """Kill the server (-9)."""

    def wipe(self) -> None:
        """Lose every message."""

    def frozen(self) -> AbstractContextManager[None]:
        """Freeze the server in the block: its kernel still accepts connections, and no request is answered."""


class Valkey:
    """Valkey on a unix socket with an append-only file, as the embedded set runs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "q.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{self._socket}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(program("valkey-server", "redis-server"), "--port", "0", "--unixsocket", str(self._socket)),
                *("--unixsocketperm", "700", "--dir", str(self._folder), "--appendonly", "yes", "--save", ""),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "valkey answers")

    def kill(self) -> None:
        kill(self._process)

    def frozen(self) -> AbstractContextManager[None]:
        return _frozen(self._process)

    def wipe(self) -> None:
        with redis.Redis(unix_socket_path=str(self._socket)) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self._socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class Rabbit:
    """RabbitMQ with its own node name, ports, folder, cookie and Erlang port mapper; no system service is touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._dist_port, self._mapper_port = free_port(), free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # Ours, in the foreground: else the node would leave one behind.
        self._mapper = subprocess.Popen([program("epmd")], env=self._environment)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\n"
            "log.console = false\nlog.file.level = warning\n"
            "disk_free_limit.absolute = 10MB\nvm_memory_high_watermark.absolute = 512MB\n"
        )
        (folder / "plugins").write_text("[].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(server_program()), "-noinput"],
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, "RabbitMQ answers", 120)

    def kill(self) -> None:
        """Kill the server (-9), but not before its queues are on disk.

        A quorum queue whose registration is lost comes back as a new member without a leader, and then confirms
        nothing until it is deleted.
        """
        for queue in (QUEUE, URGENT_QUEUE):
            if self._has(queue):
                wait_until(partial(self._is_registered, queue), f"{queue} is registered on disk")
        kill(self._process, group=True)

    def _has(self, queue: str) -> bool:
        with Connection(self.url, connect_timeout=3) as link:  # type: ignore[no-untyped-call]
            try:
                link.default_channel.queue_declare(queue, passive=True)
            except (*link.connection_errors, *link.channel_errors):
                return False
        return True

    def _is_registered(self, queue: str) -> bool:
        files = [*(self._folder / "data").glob("*/quorum/*/names.dets")]  # none where the run has removed its folder
        return not files or any(f"_{queue}".encode() in file.read_bytes() for file in files)

    def frozen(self) -> AbstractContextManager[None]:
        return _frozen(self._process, group=True)

    def wipe(self) -> None:
        self._control("purge_queue", QUEUE)

    def stop_mapper(self) -> None:
        kill(self._mapper)

    @property
    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"loa{self._port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _control(self, *arguments: str) -> None:
        command = [str(server_program("rabbitmqctl")), "--quiet", *arguments]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=90)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as link:
                link.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(link.recv(1))
        except OSError:
            return False


def server_program(name: str = "rabbitmq-server") -> Path:
    """Return the path of RabbitMQ's own script: Debian's wrapper would change to another user."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob(f"rabbitmq_server-*/sbin/{name}"))
    if not found:
        pytest.fail("RabbitMQ is missing: run `make setup-test`")
    return found[-1]


def _group(leader: int) -> list[int]:
    pids = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    found = []
    for pid in pids:
        with suppress(ProcessLookupError):
            found += [pid] if os.getpgid(pid) == leader else []
    return found


@contextmanager
def _frozen(process: subprocess.Popen[bytes] | None, *, group: bool = False) -> Iterator[None]:
    assert process is not None
    pids = _group(process.pid) if group else [process.pid]
    processes.freeze(pids)
    try:
        yield
    finally:
        processes.thaw(pids)


def kill(process: subprocess.Popen[bytes] | PythonProgram | None, *, group: bool = False) -> None:
    """Kill (-9) a process that this run has started; do nothing where it is gone."""
    if process is None or process.poll() is not None:
        return
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait(30)
