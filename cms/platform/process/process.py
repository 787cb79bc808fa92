"""Frame of a process with one active instance: its lock, its signals, its ready file.

A second instance waits and takes over when the first ends, however it ends. A thread that dies ends the process,
since one that no longer does all of its work must not look alive; the supervisor starts a new one.
"""

import fcntl
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from cms.platform.context import Context
from cms.platform.epoch import Epoch
from cms.platform.process import heartbeats
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender
from cms.platform.process.logs import fold_root
from cms.platform.process.state_files import ready_file, standby_file
from cms.platform.settings import Settings
from cms.platform.store.process_lease import ProcessLease, holder_of, lease_engine
from province.machine_clock import utc_now

# New objects before a collection, instead of the interpreter's hundreds: a page of a province makes some ten thousand,
# most of which are freed with it by reference counting.
COLLECT_AFTER = 20_000
log = logging.getLogger(__name__)

Loop = Callable[[threading.Event], object]
"""Loop of a thread: it runs until the event is set."""

ActiveWork = Callable[[Context, threading.Event], object]
"""Work of the active instance, with its fence in the context, until the event is set."""

LEASE_LOST: Final = 75
"""Exit status of an instance that another has replaced: it was frozen or cut off, and must send nothing more."""
_FIRST_LOOK_S: Final = 0.05
_LOOK_S: Final = 1.0
"""Intervals in which one that waits for the lock asks whether to stop: the kernel gives it the lock at once."""


def set_loaded_aside() -> None:
    """Freeze loaded objects and raise the collector's threshold; called once, when a process is about to serve.

    A full collection went through half a million objects of modules and mappings, and delayed whichever page came then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


class ProcessLock:
    """Lock on a file, which the kernel releases when its holder dies. The file holds the last ``fence``, an instant."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self.fence = 0

    def acquire(self, stopping: threading.Event, now_ms: int = 0) -> bool:
        """Wait for it, and raise the fence above the last holder's; False if ``stopping`` was set first."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file, standby, is_held = self._path.open("a+"), standby_file(self._path), threading.Event()

        def wait() -> None:
            # Where the caller has closed the file meanwhile, the kernel frees the lock as soon as it gives it.
            with suppress(ValueError):
                fcntl.flock(file, fcntl.LOCK_EX)
            is_held.set()

        threading.Thread(target=wait, name="lock", daemon=True).start()
        wait_s = _FIRST_LOOK_S
        while not is_held.wait(wait_s) and not stopping.is_set():
            standby.touch()
            wait_s = _LOOK_S
        if stopping.is_set():
            file.close()
            return False
        self._file = file
        file.seek(0)
        last = file.read().strip()
        self.fence = max(now_ms, int(last) + 1 if last.isdecimal() else 1)
        file.truncate(0)
        print(self.fence, file=file, flush=True)
        standby.unlink(missing_ok=True)
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def begin(
    loops: Mapping[str, Loop], stopping: threading.Event, beats: Heartbeats | None = None
) -> list[threading.Thread]:
    """Start each loop on a thread of its own, by name, watched by ``beats``."""
    watched = beats or Heartbeats()
    threads = [
        threading.Thread(target=loop, args=(watched.event_of(name, stopping),), name=name, daemon=True)
        for name, loop in loops.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def work_alone(
    context: Context,
    name: str,
    work: ActiveWork,
    beats: Heartbeats | None = None,
    stand_by: Loop = lambda _stopping: None,
) -> int:
    """Hold the lock of this name, on PostgreSQL its lease, and work until SIGTERM or SIGINT; return the exit status.

    Call it in the main thread. The process ends at once where another instance has taken the lease. ``stand_by`` runs
    on a thread while another host has it; its event is set when this one takes over, which does not wait for its end.
    """

    def hold(fence: int, stopping: threading.Event) -> None:
        _work_as_holder(context, name, fence, work, stopping, stand_by=stand_by)

    return work_locked(context.settings, name, hold, beats, context.now)


def work_locked(
    settings: Settings,
    name: str,
    work: Callable[[int, threading.Event], object],
    beats: Heartbeats | None = None,
    now: Callable[[], datetime] = utc_now,
) -> int:
    """Hold the lock of this name on this host, and work with its fence; the rest as ``work_alone``.

    Its heartbeat is sent from the first moment, so that a waiting instance is not taken for frozen.
    """
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    fold_root()
    # Imported modules stay in memory, and a batch of answers is many objects: a fifth of its time was spent by the
    # garbage collector on both.
    set_loaded_aside()
    stopping, broken = threading.Event(), threading.Event()

    def thread_died(what: threading.ExceptHookArgs) -> None:
        log.critical("a thread died", exc_info=what.exc_value)
        broken.set()
        stopping.set()

    threading.excepthook = thread_died
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopping.set())
    lock = ProcessLock(settings.run_dir / f"{name}.lock")
    with HeartbeatSender(heartbeats.socket_of(settings), name, beats or Heartbeats()):
        if lock.acquire(stopping, int(now().timestamp() * 1000)):
            try:
                work(lock.fence, stopping)
            finally:
                ready_file(settings, name).unlink(missing_ok=True)
                lock.release()
    return 1 if broken.is_set() else 0


def _work_as_holder(
    context: Context, name: str, fence: int, work: ActiveWork, stopping: threading.Event, *, stand_by: Loop
) -> None:
    if not context.has_hosts:
        work(context.held_by(fence), stopping)
        return
    # By this name the next holder ends the sessions of one that froze with a lock.
    os.environ["PGAPPNAME"] = holder_of(name)
    engine = lease_engine(context.settings.effective_database_url)
    lease, released = ProcessLease(engine, name, Epoch(context.keyring.folder)), threading.Event()

    def lost() -> None:
        ready_file(context.settings, name).unlink(missing_ok=True)
        os._exit(LEASE_LOST)

    standby = standby_file(context.settings.run_dir / f"{name}.lock")
    standby.touch()
    is_over = threading.Event()
    threading.Thread(target=stand_by, args=(is_over,), name="standby", daemon=True).start()
    try:
        is_held = lease.acquire(stopping)
    finally:
        is_over.set()
    standby.unlink(missing_ok=True)
    if is_held:
        keeper = threading.Thread(target=lease.keep, args=(released, lost), name="lease", daemon=True)
        keeper.start()
        try:
            work(context.held_by(lease.fence, lambda: lease.is_held), stopping)
        finally:
            released.set()
            keeper.join()
    engine.dispose()
