"""Runner of one tool, bounded in time, in memory and in the files it may open."""

import os
import subprocess
from collections.abc import Sequence

from media.errors import ToolError

MAX_ALLOC_BYTES = 256 * 1024 * 1024
"""One allocation of ffmpeg's; a hostile header asks for gigabytes."""
_TAIL_CHARS = 2000
_MACHINE_SIGNS = ("No space left on device", "Input/output error", "Disk quota exceeded")
_BARE_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")


class ToolStoppedError(ToolError):
    """The tool did not end by itself, or the machine failed it: this is no verdict on the file."""


def run(command: Sequence[str], timeout_s: float) -> tuple[str, str]:
    """Return standard output and error. Raises ToolError where it fails, ToolStoppedError where it hangs."""
    environment = {name: os.environ[name] for name in _BARE_ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            env={**environment, "LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolStoppedError(command[0], f"killed after {timeout_s:g} s") from error
    except FileNotFoundError as error:
        raise ToolStoppedError(command[0], "not installed") from error
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode < 0 or any(sign in said for sign in _MACHINE_SIGNS):
        raise ToolStoppedError(command[0], f"status {done.returncode}: {said[-_TAIL_CHARS:]}")
    if done.returncode != 0:
        raise ToolError(command[0], said[-_TAIL_CHARS:])
    return done.stdout.decode("utf-8", "replace"), said
