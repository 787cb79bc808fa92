"""The limit of open files: raised at start for this program and all that it starts, refused where it is too low."""

from __future__ import annotations

import resource
from typing import Final

COMFORTABLE: Final = 65_536


class TooFewFilesError(RuntimeError):
    """Connections would be refused, and nobody would be told which."""

    def __init__(self, needed: int, allowed: int) -> None:
        super().__init__(needed, allowed)
        self.needed = needed
        self.allowed = allowed

    def __str__(self) -> str:
        return (
            f"at most {self.allowed} files may be open, and the devices registered here need {self.needed}: "
            "raise the limit (LimitNOFILE= of the unit, `ulimit -Hn` of the shell)"
        )


def needed_for(devices: int) -> int:
    """One file a device, a tenth more for those that return before their old connection is seen closed, and our own.

    An MQTT broker closes the old connection of a client identifier as the new one is accepted, so a storm of
    reconnections does not double them. The comfortable limit that is asked for holds even that.
    """
    return devices + devices // 10 + 1_000


def raise_limit(devices: int) -> None:
    """Raise the soft limit as far as it is good for, within the hard one.

    Raises:
        TooFewFilesError: the hard limit is below what so many devices need.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = needed_for(devices)
    wanted = max(COMFORTABLE, 2 * needed)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if allowed < needed:
        raise TooFewFilesError(needed, allowed)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
