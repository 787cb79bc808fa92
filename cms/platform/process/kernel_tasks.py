"""Processes and threads as the kernel reports them, by files of /proc that stay open.

Reading such a file again takes 1 to 3 µs, opening it first 15 µs: the processes of a set are looked at all the time.
A task is a process, for its main thread, or a thread as ``PID/task/TID``.
"""

import os
import resource
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_READ_BYTES: Final = 4096
_NEARLY_ALL: Final = 0.98
_RUNNABLE: Final = frozenset("RD")
"""States of a task that waits for the processor or a disk rather than for anything of ours."""

_ENDED: Final = "Z"


class _KernelFile:
    """File of /proc; empty where the kernel has none, or its task is gone."""

    _file = -1

    def __init__(self, path: str) -> None:
        with suppress(OSError):
            self._file = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def read(self) -> bytes:
        try:
            return os.pread(self._file, _READ_BYTES, 0)
        except OSError:
            return b""


@dataclass(frozen=True, slots=True)
class TaskState:
    """State at one moment: the kernel's letter, empty where there is no such task, and its times of running so far."""

    letter: str
    times: bytes

    @property
    def is_runnable(self) -> bool:
        """Return whether it runs, or waits for the processor or a disk."""
        return self.letter in _RUNNABLE

    @property
    def ran_ns(self) -> int:
        """Return the processor time that it has used; 0 where the kernel does not tell."""
        return int(self.times.split()[0]) if self.times else 0

    @property
    def is_traced(self) -> bool:
        """Return whether a tracer holds it."""
        return self.letter == "t"


class Task:
    """One task; ``look`` returns its state now."""

    def __init__(self, name: int | str) -> None:
        self._stat, self._times = (_KernelFile(f"/proc/{name}/{each}") for each in ("stat", "schedstat"))

    def look(self) -> TaskState:
        return TaskState(self._stat.read().rpartition(b") ")[2][:1].decode("ascii"), self._times.read())


def threads_of(pid: int) -> Iterator[tuple[str, Task]]:
    """Yield the threads of the process, with their ids. Raises OSError where there is none."""
    return ((each.name, Task(f"{pid}/task/{each.name}")) for each in Path(f"/proc/{pid}/task").iterdir())


class ProcessTree:
    """Child process of ours, the processes that its main thread has started, and theirs.

    ``children``: its own that have not ended; ``is_exhausted``: see the function, of any. Both are looked up anew at
    every second look. ``ended``: a file that is readable once it has ended, -1 if there is none.
    """

    ended = -1

    def __init__(self, pid: int) -> None:
        with suppress(OSError):
            self.ended = os.pidfd_open(pid)
        self.children: Sequence[int] = ()
        self.is_exhausted = False
        self._pid = pid
        self._tasks: dict[int, tuple[Task, _KernelFile]] = {}
        self._is_known = False

    def __del__(self) -> None:
        if self.ended >= 0:
            os.close(self.ended)

    def look(self) -> Mapping[int, TaskState]:
        """Return the states now, by process."""
        if not self._is_known:
            self._grow()
        self._is_known = not self._is_known
        states = {pid: task.look() for pid, (task, _) in self._tasks.items()}
        for pid in [pid for pid, state in states.items() if not state.letter]:
            del states[pid], self._tasks[pid]
        # One that has ended stays among the kernel's until its parent asks: a pool does so after up to a second.
        self.children = [pid for pid in self.children if pid in states and states[pid].letter != _ENDED]
        return states

    def _grow(self) -> None:
        known, self._tasks, self.children = self._tasks, {}, ()
        pids = [self._pid]
        for pid in pids:
            task, started = known.get(pid) or (Task(pid), _KernelFile(f"/proc/{pid}/task/{pid}/children"))
            children = [int(each) for each in started.read().split()]
            pids += children
            self.children = children if pid == self._pid else self.children
            self._tasks[pid] = task, started
        self.is_exhausted = any(map(is_exhausted, self._tasks))


def activity_of(states: Iterable[TaskState]) -> object:
    """Return a value that differs from the last one where one of these has run, or waits to run; None: unknown."""
    seen = list(states)
    if any(each.is_runnable for each in seen):
        return object()
    times = [each.times for each in seen]
    return times if times and all(times) else None


def is_exhausted(pid: int) -> bool:
    """Return whether the process may open no more files, or has nearly all the memory that it may have."""
    with suppress(OSError, ValueError):
        files, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # The kernel tells the number of open files as the size of that folder.
        if 0 <= files <= os.stat(f"/proc/{pid}/fd").st_size:  # noqa: PTH116 - asked of all processes all the time
            return True
        memory, _ = resource.prlimit(pid, resource.RLIMIT_AS)
        if memory == resource.RLIM_INFINITY:
            return False
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
        return memory * _NEARLY_ALL <= pages * resource.getpagesize()
    return False
