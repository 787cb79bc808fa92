"""Memory of a process that other programs of its own user can neither read nor write, nor take its sockets."""

import ctypes
from typing import Final

_SET_DUMPABLE: Final = 4


def keep_memory_private() -> None:
    """Close ``/proc/PID/mem``, ``ptrace`` and the like to everybody but root; a program that is started has it open."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
