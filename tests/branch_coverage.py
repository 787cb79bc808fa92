"""Branch coverage by ``sys.monitoring`` on Python 3.13, as coverage.py has it from 3.14 on: a plugin of coverage.py.

Python 3.13 has one event for both ways of a branch, and silences both at once. So a branch is listened to until each
way was gone, and its event goes to coverage.py's own 3.14 code. A line, and a branch gone both ways, costs nothing
more; the C tracer, called at every line and call of any library, made tests take half as long again. The lines and
branches found are the same.

On Python 3.14 the plugin does nothing, and can go; on 3.11, which has no monitoring, coverage.py traces.
"""

from __future__ import annotations

import dis
import os
import sys
import sysconfig
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING, Final

from coverage import bytecode, core, env, inorout, sysmon
from coverage.plugin import CoveragePlugin
from coverage.sysmon import DISABLE, SysMonitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.inorout import InOrOut
    from coverage.plugin_support import Plugins
    from coverage.sysmon import MonitorReturn
    from coverage.types import TLineNo

MEASURED: Final = "COVERAGE_PROCESS_CONFIG"
"""Environment variable by which a program that a measured process starts finds that it is to be measured."""
_LIBRARY: Final = sysconfig.get_path("stdlib")
_INSTALLED: Final = "/site-packages/"


@cache
def statements_of(filename: str) -> dict[TLineNo, TLineNo]:
    """Return the first line of each line's statement, where that is another. Reading a file takes half a millisecond.

    Kept by the process, and so by those that are forked from it, each of which has a monitor of its own.
    """
    return _statements_of(filename)


_statements_of = sysmon.compute_multiline_map


def read_loaded() -> None:
    """Read the statements of every loaded file that may be measured, for processes that are forked from this one."""
    for module in list(sys.modules.values()):
        filename = getattr(module, "__file__", None)
        if filename and filename.endswith(".py") and not _is_library(filename):
            statements_of(filename)


def _is_library(filename: str) -> bool:
    return _INSTALLED in filename or filename.startswith(_LIBRARY)


class BranchMonitor(SysMonitor):
    """Monitor that hears of a branch until it has been gone both ways, and of no file but Python's."""

    def __init__(self) -> None:
        super().__init__()
        self._gone: dict[tuple[int, int], int] = {}

    def sysmon_py_start(self, code: CodeType, instruction_offset: int) -> MonitorReturn:
        """Leave templates and libraries out before they are looked at: none is reported, and each process has many."""
        filename = code.co_filename
        if not filename.endswith(".py") or _is_library(filename):
            return DISABLE
        done: MonitorReturn = super().sysmon_py_start(code, instruction_offset)
        return done

    def sysmon_branch_either(self, code: CodeType, instruction_offset: int, destination_offset: int) -> MonitorReturn:
        """Record a way when it is gone first. The code object is kept by the monitor, so that its id stays its own."""
        branch = (id(code), instruction_offset)
        first = self._gone.get(branch)
        if first == destination_offset:
            return None
        self._gone[branch] = destination_offset
        done: MonitorReturn = super().sysmon_branch_either(code, instruction_offset, destination_offset)
        return None if first is None else done


def _none_unexecuted(self: InOrOut) -> Iterator[tuple[str, str | None]]:
    """Leave files that a program did not execute to the process that started the measurement: it names them all."""
    del self
    yield from ()


def coverage_init(registry: Plugins, options: object) -> None:
    """Give coverage.py what it asks of Python 3.14, before it chooses how to measure."""
    del options
    registry.add_configurer(CoveragePlugin())
    if MEASURED in os.environ:
        vars(inorout)["InOrOut"].find_possibly_unexecuted_files = _none_unexecuted
    if not hasattr(sys, "monitoring"):
        return
    vars(sysmon)["compute_multiline_map"] = statements_of
    events = vars(sys)["monitoring"].events
    if not hasattr(events, "BRANCH_LEFT"):
        vars(events).update(BRANCH_LEFT=events.BRANCH, BRANCH_RIGHT=events.BRANCH)
        bytecode.RETURNS.add(dis.opmap["RETURN_CONST"])
        env.PYBEHAVIOR.branch_right_left = True
        vars(core)["SysMonitor"] = BranchMonitor
