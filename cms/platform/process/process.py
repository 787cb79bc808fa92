"""Frame of a process with one active instance: its lock, its signals, its ready file.

A second instance waits and takes over when the first ends, however it ends. A thread that dies ends the process,
since one that no longer does all of its work must not look alive; the supervisor starts a new one.
"""

import fcntl
import gc
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Final

from cms.platform.process import heartbeats
from cms.platform.process.heartbeats import Heartbeats, HeartbeatSender
from cms.platform.process.logs import fold_root
from cms.platform.settings import Settings

# New objects before a collection, instead of the interpreter's hundreds: a page of a province makes some ten thousand,
# most of which are freed with it by reference counting.
COLLECT_AFTER = 20_000
log = logging.getLogger(__name__)

Loop = Callable[[threading.Event], object]
"""Loop of a thread: it runs until the event is set."""

_RETRY_S: Final = 0.5


def set_loaded_aside() -> None:
    """Freeze loaded objects and raise the collector's threshold; called once, when a process is about to serve.

    A full collection went through half a million objects of modules and mappings, and delayed whichever page came then.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


class ProcessLock:
    """Lock on a file, which the kernel releases when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self, stopping: threading.Event) -> bool:
        """Wait for it; False if ``stopping`` was set first."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        while not stopping.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stopping.wait(_RETRY_S)
            else:
                self._file = file
                return True
        file.close()
        return False

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def ready_file(settings: Settings, name: str) -> Path:
    """Return the path of the file that exists while the process of this name works."""
    return settings.run_dir / f"{name}.ready"


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


def work_alone(settings: Settings, name: str, work: Loop, beats: Heartbeats | None = None) -> int:
    """Hold the lock of this name and work until SIGTERM or SIGINT; return the exit status. Call it in the main thread.

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
        if lock.acquire(stopping):
            try:
                work(stopping)
            finally:
                ready_file(settings, name).unlink(missing_ok=True)
                lock.release()
    return 1 if broken.is_set() else 0
