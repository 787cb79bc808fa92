"""Runner of a speech engine, bounded in time."""

from __future__ import annotations

import subprocess

from media.errors import ToolError

TIMEOUT_S = 120.0
_TAIL_CHARS = 600


def run(name: str, *command: str, text: str = "") -> str:
    """Return its standard output; ``text`` goes to its standard input. Raises ToolError with ``name``."""
    try:
        done = subprocess.run(
            list(command),
            input=text.encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(name, f"killed after {TIMEOUT_S:g} s") from error
    except FileNotFoundError as error:
        raise ToolError(name, "not installed") from error
    if done.returncode != 0:
        raise ToolError(name, done.stderr.decode("utf-8", "replace").strip()[-_TAIL_CHARS:])
    return done.stdout.decode("utf-8", "replace")
