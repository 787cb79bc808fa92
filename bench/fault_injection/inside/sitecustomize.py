"""Part of the fault injection inside Python programs; the interpreter imports it at their start.

Threads get their names in the kernel's eyes, and a process holds the database's write lock when it is told to. A
voice's engine inherits the orders of its program and obeys none: it never has the database open.
"""

import os
import sqlite3
import sys
import threading
from pathlib import Path

_LOOK_S = 0.1
_FOLDER = os.environ.get("LOA_FAULT_ORDERS", "")
_PROGRAM = os.environ.get("LOA_PROGRAM", "")
_run = threading.Thread.run


def _run_named(thread: threading.Thread) -> None:
    Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(thread.name[:15])
    _run(thread)


def _obey() -> None:
    """Take the write lock and never give it back, once ``hold-PROGRAM`` is there; of several processes only one."""
    order = Path(_FOLDER) / f"hold-{_PROGRAM}"
    while True:
        threading.Event().wait(_LOOK_S)
        try:
            database = order.read_text()
            taken = order.rename(order.with_suffix(f".{os.getpid()}"))
        except OSError:
            continue
        held = sqlite3.connect(database, isolation_level=None, timeout=5)
        held.execute("BEGIN IMMEDIATE")
        taken.write_text(str(os.getpid()))
        taken.rename(order.with_suffix(".held"))
        threading.Event().wait()


def _begin() -> None:
    threading.Thread(target=_obey, name="fault", daemon=True).start()


if _FOLDER and _PROGRAM:
    setattr(threading.Thread, "run", _run_named)  # noqa: B010 - a method of another's class
    if not any(each.startswith("media.") for each in sys.orig_argv):
        _begin()
        os.register_at_fork(after_in_child=_begin)
