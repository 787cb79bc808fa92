"""Faults of one program: frozen, with a thread stuck, without file descriptors or memory. Children are included."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cms.platform.process.kernel_tasks import threads_of

INSIDE: Final = Path(__file__).with_name("inside")
"""Folder for PYTHONPATH: Python programs name their threads to the kernel, and obey ``hold_lock``."""
_SEIZE, _INTERRUPT = 0x4206, 0x4207
_WALL = 0x40000000
_STOPS_WITHIN_S: Final = 30.0
_LOOK_S: Final = 0.002
_STOPPED: Final = frozenset(["T", "t", "Z", "X", ""])
"""States of a thread that does nothing any more: stopped, held by a tracer, or ended."""


def family(pid: int) -> Sequence[int]:
    """List the process and all that descend from it."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def thread_of(pids: Sequence[int], name: str) -> int:
    """Return the id of the first thread of that name. Raises LookupError."""
    for pid in pids:
        with suppress(OSError):
            for task in sorted(Path(f"/proc/{pid}/task").iterdir()):
                if (task / "comm").read_text().strip() == name[:15]:
                    return int(task.name)
    raise LookupError(name)


def freeze(pids: Sequence[int]) -> None:
    """Stop these processes, and return when all their threads have stopped.

    The signal wakes one thread, which stops the others: on a busy machine they go on until then.

    Raises:
        TimeoutError: a thread goes on.
    """
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    deadline_s = time.monotonic() + _STOPS_WITHIN_S
    while not all(map(_has_stopped, pids)):
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"not all threads of {pids} have stopped")
        time.sleep(_LOOK_S)


def _has_stopped(pid: int) -> bool:
    try:
        return all(task.look().letter in _STOPPED for _, task in threads_of(pid))
    except FileNotFoundError:
        return True  # it has ended


def thaw(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def use_up_descriptors(pids: Sequence[int]) -> None:
    """Lower each limit so that the next file or connection cannot be opened."""
    for pid in pids:
        taken = {int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir()}
        first_free = next(number for number in range(len(taken) + 1) if number not in taken)
        _limit(pid, resource.RLIMIT_NOFILE, first_free)


def limit_memory(pids: Sequence[int]) -> None:
    """Lower each limit of the address space to what the process has now."""
    for pid in pids:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        _limit(pid, resource.RLIMIT_AS, pages * resource.getpagesize())


def _limit(pid: int, kind: int, soft: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (soft, hard))


@contextmanager
def stuck(thread_id: int) -> Iterator[None]:
    """Stop this one thread within the block; the others of its process run on.

    A tracer of its own does it, since the thread's process cannot be reaped before its tracer has taken note.
    """
    tracer = subprocess.Popen([sys.executable, __file__, str(thread_id)], stdout=subprocess.PIPE)
    try:
        assert tracer.stdout is not None
        if not tracer.stdout.readline():
            raise LookupError(f"thread {thread_id} cannot be stopped")
        yield
    finally:
        tracer.kill()
        tracer.communicate()


def _trace(thread_id: int) -> None:
    """Stop the thread until it, or this process, is killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (_SEIZE, _INTERRUPT):
        if libc.ptrace(request, thread_id, None, None):
            raise SystemExit(os.strerror(ctypes.get_errno()))
    os.waitpid(thread_id, _WALL)
    sys.stdout.write("stuck\n")
    sys.stdout.flush()
    # Its death is reported to the tracer first.
    with suppress(ChildProcessError):
        while not _is_gone(os.waitpid(thread_id, _WALL)[1]):
            pass


def _is_gone(status: int) -> bool:
    return os.WIFEXITED(status) or os.WIFSIGNALED(status)


if __name__ == "__main__":
    _trace(int(sys.argv[1]))
