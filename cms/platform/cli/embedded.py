"""The embedded set: the programs of one machine, their arguments and readiness checks."""

import os
import shutil
import socket
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from cms.platform.cli.filtered_log import LoggedProcess, SiftedLog
from cms.platform.cli.front import configuration
from cms.platform.cli.supervisor import Program
from cms.platform.process.liveness import Liveness
from cms.platform.process.state_files import ready_file, standby_file
from cms.platform.process.unix_socket import short_address
from cms.platform.settings import Settings
from cms.platform.store.kinds import QUEUE, URGENT_QUEUE
from devices.enrolment import PROBE_NAME
from devices.mqtt import broker, enrolment_listener
from devices.mqtt.broker_log import OURS, Sift
from devices.mqtt.broker_probe import BrokerProbe
from devices.mqtt.link import Endpoint
from media.engine import URGENT_NICE

# The Unix limit on a socket's path, less the terminating zero.
SOCKET_PATH_MAX = 107
_BACKGROUND_NICE, _JOBS_NICE = 5, 15
"""Of the web process that no person waits for, and of what nobody waits for."""
_HEARTBEAT = Liveness(sends_heartbeats=True)
_PROBED_IDLE_S = 2.0
"""A question that waits makes a sound program run: what sleeps on it is frozen."""
_WEB_IDLE_S = 45.0
"""Longer than the 30 s after which gunicorn itself replaces a frozen worker."""
_ENROLMENT_IDLE_S = 30.0
_BROKER_SILENT_S = 180.0
"""A reconnecting province keeps the broker busy with handshakes for two minutes: killed then, it would start over."""
# Without a zone's name mosquitto asks for the file of it with each line that it writes.
_BROKER_ENV: Mapping[str, str] = {"TZ": os.environ.get("TZ", ":/etc/localtime")}


class MissingProgramError(RuntimeError):
    """A program of Debian's packages is not installed: ``make setup`` installs it."""


def refuse_missing(names: Sequence[str]) -> NoReturn:
    """Raise MissingProgramError, with the remedy."""
    raise MissingProgramError(f"{' / '.join(names)} is not installed: run `make setup`")


def find_program(*names: str) -> str:
    """Return the path of the first of these programs that is installed.

    Raises:
        MissingProgramError: none is.
    """
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    for name in names:
        if found := shutil.which(name, path=search):
            return found
    refuse_missing(names)


def is_listening(host: str, port: int) -> bool:
    """Return whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def answers_at_all(host: str, port: int) -> bool:
    """Return whether the front there answers by itself, even to demand TLS."""
    try:
        with socket.create_connection((host, port), timeout=2) as link:
            link.sendall(b"GET /health/front HTTP/1.0\r\nHost: loa\r\n\r\n")
            return bool(link.recv(1))
    except OSError:
        return False


def answers_health(listener: Path) -> bool:
    """Ask the web process on this socket for ``/health``; return whether it answers with success."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(str(listener))
            link.sendall(b"GET /health HTTP/1.0\r\nHost: loa\r\n\r\n")
            return b" 200 " in link.recv(64)
    except OSError:
        return False


def answers_ping(path: Path) -> bool:
    """Return whether a valkey or redis on this socket answers PING (it does not while it loads its file)."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def is_accepting(path: Path) -> bool:
    """Return whether something accepts connections on this socket."""
    try:
        with socket.socket(socket.AF_UNIX) as link, short_address(path) as address:
            link.settimeout(1)
            link.connect(address)
            return True
    except OSError:
        return False


def _at_niceness(niceness: int) -> Sequence[str]:
    """Return the command before a program's own that gives it more or less of the processor, where that is permitted.

    The kernel shares it out among sessions first, and each of our programs has one of its own: ``nice`` by itself
    would only hold within the program. Without rights it takes one change in 0.1 s from everybody together.
    """
    tell = 'echo "$0" >/proc/self/autogroup'
    script = f'{{ {tell} || {{ sleep 0.2; {tell}; }}; renice -n "$0" -p $$; }} >/dev/null 2>&1; exec "$@"'
    return ("sh", "-c", script, str(niceness))


ROLES: Final = ("broker", "queue", "web", "gateway", "scheduler", "worker")
"""Parts of the set that may run on hosts of their own."""


def programs(settings: Settings, app_dir: Path, roles: Collection[str] = ROLES) -> Sequence[Program]:
    """List the set in starting order: broker, enrolment, queue, webs, front, signer, gateway, scheduler, two workers.

    Of them those of these roles, and a standby of the gateway last. The signer is there unless it has a user of its
    own, the enrolment listener if it has a port, the queue if no other is set, a replicator beside the scheduler if it
    has a folder. One of the workers takes only tasks that alerts wait for: it is never in the middle of half an hour of
    recording.
    """
    env = environment(settings, app_dir)
    signers = [] if settings.signer_keys else [_signer(settings, env)]
    replicators = ["replicator"] if settings.backup_folder else []
    makers: Mapping[str, Callable[[], Sequence[Program]]] = {
        "broker": lambda: broker_programs(settings),
        "queue": lambda: [] if settings.queue_url else [_queue(settings)],
        "web": lambda: front_programs(settings, app_dir, env),
        "gateway": lambda: [*signers, _own(settings, "gateway", env)],
        "scheduler": lambda: [_own(settings, name, env) for name in ("scheduler", *replicators)],
        "worker": lambda: [_worker(settings, name, app_dir, env) for name in ("worker", "urgent")],
    }
    chosen = [program for role in ROLES if role in roles for program in makers[role]()]
    return [*chosen, *([_own(settings, STANDBY, env)] if "gateway" in roles else [])]


STANDBY: Final = "standby"
"""Another gateway, loaded and waiting for the lock of the one that works: a start takes seconds."""
UNITS: Final = (
    *("queue", "web", "urgent_web", "background_web", "front", "signer", "gateway", STANDBY),
    *("scheduler", "replicator", "worker", "urgent"),
)
"""Programs that may each be a systemd unit of its own; brokers are one unit together, and filter their logs."""


def environment(settings: Settings, app_dir: Path) -> Mapping[str, str]:
    """Return the environment in which a Python program of the set is started."""
    return {**settings.as_environment(), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(app_dir)}


def alone(settings: Settings, name: str, app_dir: Path) -> Program:
    """Return one of ``UNITS``, for a process that becomes it; files of the others are left as they are."""
    env = environment(settings, app_dir)
    match name:
        case "queue":
            return _queue(settings)
        case "signer":
            return _signer(settings, env)
        case "gateway" | "scheduler" | "replicator" | "standby":
            return _own(settings, name, env)
        case "worker" | "urgent":
            return _worker(settings, name, app_dir, env)
        case _:
            return next(each for each in front_programs(settings, app_dir, env) if each.name == name)


def _own(settings: Settings, name: str, env: Mapping[str, str]) -> Program:
    program = "gateway" if name == STANDBY else name
    # A standby is as ready as it can be.
    files = (ready_file(settings, program), standby_file(settings.run_dir / f"{program}.lock"))
    for file in () if name == STANDBY else files:
        file.unlink(missing_ok=True)
    return Program(
        name=name,
        argv=[
            *(_at_niceness(_JOBS_NICE) if name == "replicator" else ()),
            sys.executable,
            "-m",
            "cms.platform.cli",
            program,
        ],
        ready=lambda: any(file.exists() for file in files),
        # Every thread would keep a store of freed memory of its own.
        env={**env, "MALLOC_ARENA_MAX": "2"},
        is_needed=name == "gateway",
        standby=None if name == STANDBY else files[1],
        liveness=_HEARTBEAT,
    )


def _signer(settings: Settings, env: Mapping[str, str]) -> Program:
    path = settings.signer_path
    return Program(
        name="signer",
        argv=[sys.executable, "-m", "cms.platform.signer"],
        ready=lambda: is_accepting(path),
        env={**env, "MALLOC_ARENA_MAX": "1"},
        # It wakes at least each second: what sleeps through two of them is frozen.
        liveness=Liveness(sends_heartbeats=True, idle_s=_PROBED_IDLE_S),
    )


def _worker(settings: Settings, name: str, app_dir: Path, env: Mapping[str, str]) -> Program:
    queue, processes = (URGENT_QUEUE, 1) if name == "urgent" else (QUEUE, settings.worker_processes)
    ready = settings.run_dir / f"{name}.ready"
    return Program(
        name=name,
        argv=[
            *_at_niceness(_JOBS_NICE if name == "worker" else URGENT_NICE),
            *(sys.executable, "-m", "celery", "-A", "app:celery_app", "--workdir", str(app_dir), "worker"),
            *("--queues", queue, "--concurrency", str(processes), "--loglevel", settings.log_level),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--hostname", f"{name}@localhost"),
        ],
        ready=ready.exists,
        mark=ready,
        env=env,
        start_s=180,
        liveness=_HEARTBEAT,
    )


def front_programs(settings: Settings, app_dir: Path, env: Mapping[str, str]) -> Sequence[Program]:
    """List the three web processes, and nginx before them. Nothing else waits for them.

    Raises:
        MissingProgramError: nginx is not installed.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    # A client that reaches the sockets behind the front is believed about addresses.
    settings.run_dir.chmod(0o700)
    webs = [
        _web(name, threads, settings=settings, app_dir=app_dir, env=env, is_background=is_background)
        for name, threads, is_background in (
            ("web", settings.web_threads, False),
            ("urgent_web", settings.urgent_threads, False),
            ("background_web", settings.web_threads, True),
        )
    ]
    front = Program(
        name="front",
        argv=[find_program("nginx"), "-e", "stderr", "-c", str(configuration.write_config(settings))],
        ready=lambda: is_listening(settings.web_host, settings.web_port),
        is_needed=False,
        liveness=Liveness(lambda: answers_at_all(settings.web_host, settings.web_port), idle_s=_PROBED_IDLE_S),
    )
    return [*webs, front]


def _web(
    name: str, threads: int, *, settings: Settings, app_dir: Path, env: Mapping[str, str], is_background: bool
) -> Program:
    listener = settings.web_socket(name)
    _refuse_deep(listener)
    return Program(
        name=name,
        argv=[
            *(_at_niceness(_BACKGROUND_NICE) if is_background else ()),
            *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1"),
            *("--threads", str(threads), "--bind", f"unix:{listener}"),
            *("--chdir", str(app_dir), "--worker-tmp-dir", str(settings.run_dir), "--no-control-socket"),
            # Loaded before it listens: while it starts again, the front turns to the other web at once.
            *("--preload", "--config", "python:cms.platform.web.gunicorn_hooks"),
            *("--graceful-timeout", "5", "app:flask_app"),
        ],
        ready=lambda: answers_health(listener),
        env=env,
        is_needed=False,
        liveness=Liveness(
            # No alert waits for that one: to ask it each second would take as much as all else that it does at rest.
            None if is_background else partial(answers_health, listener),
            idle_s=_WEB_IDLE_S,
            silent_s=4 * _WEB_IDLE_S,
        ),
    )


def _refuse_deep(path: Path) -> None:
    if len(str(path).encode()) > SOCKET_PATH_MAX:
        raise ValueError(f"LOA_HOME is too deep for a socket path: {path}")


def start_broker(config: Path, log: Path, trusted: Collection[str] = OURS) -> LoggedProcess:
    """Start a broker outside the supervised set, with its log as there; the caller ends it and waits for it."""
    return LoggedProcess(_mosquitto(config), {**os.environ, **_broker_env(config)}, SiftedLog(log, Sift(trusted).feed))


def broker_programs(settings: Settings) -> Sequence[Program]:
    """List the brokers that run here, and the enrolment listener if it has a port."""
    brokers = [_broker(settings, name, port) for name, port in settings.broker_programs.items()]
    return [*brokers, *([_enrolment(settings)] if settings.enrol_port else [])]


def _broker(settings: Settings, name: str, port: int) -> Program:
    config = broker.write_config(settings.root, port=port, host=settings.effective_mqtt_listen_host, name=name)
    probe = BrokerProbe(
        Endpoint(
            host=settings.mqtt_local_host,
            port=port,
            client_id=PROBE_NAME,
            ca=settings.keys_dir / "ca.pem",
            certificate=settings.keys_dir / f"{PROBE_NAME}.pem",
            key=settings.keys_dir / f"{PROBE_NAME}.key",
        )
    )
    liveness = Liveness(probe.answers, idle_s=_PROBED_IDLE_S, silent_s=_BROKER_SILENT_S, close=probe.close)
    return replace(_talkative(name, config, settings.mqtt_local_host, port, OURS), liveness=liveness)


def _enrolment(settings: Settings) -> Program:
    _refuse_deep(enrolment_listener.socket_path(settings.root))
    config = enrolment_listener.write_config(
        settings.root, port=settings.enrol_port, host=settings.effective_mqtt_listen_host
    )
    # Any client may use the name of one of ours there.
    return _talkative("enrolment", config, settings.mqtt_local_host, settings.enrol_port, trusted=())


def _talkative(name: str, config: Path, host: str, port: int, trusted: Collection[str]) -> Program:
    """Return a broker with a verbose log, which is filtered; clients in ``trusted`` may subscribe to others' topics."""
    return Program(
        name=name,
        argv=_mosquitto(config),
        ready=lambda: is_listening(host, port),
        env=_broker_env(config),
        sift=lambda: Sift(trusted).feed,
        # It looks at its connections ten times a second, also where there are none.
        liveness=Liveness(idle_s=_ENROLMENT_IDLE_S),
    )


def _broker_env(config: Path) -> Mapping[str, str]:
    return {**_BROKER_ENV, **broker.tls_environment(config)}


def _mosquitto(config: Path) -> list[str]:
    return [find_program("mosquitto"), "-c", str(config)]


def _queue(settings: Settings) -> Program:
    path = settings.queue_socket
    _refuse_deep(path)
    data = settings.root / "queue"
    data.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Program(
        name="queue",
        argv=[
            *(find_program("valkey-server", "redis-server"), "--port", "0", "--unixsocket", str(path)),
            *("--unixsocketperm", "700", "--dir", str(data), "--appendonly", "yes", "--save", "", "--hz", "1"),
        ],
        ready=lambda: answers_ping(path),
        liveness=Liveness(lambda: answers_ping(path), idle_s=_PROBED_IDLE_S),
    )
