"""Programs that this process starts: those that end with it, and a port for one to listen on."""

import shutil
import socket


def ends_with_us(signal_name: str) -> list[str]:
    """Return what stands before a command so that the kernel sends it this signal (``TERM``, ``KILL``) when we end.

    Nothing where setpriv is not installed.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal_name, "--"] if setpriv else []


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
