"""Limit of open files: raised at start for this program and all that it starts; a limit that is too low is refused."""

import resource
from typing import Final

COMFORTABLE: Final = 65_536


class TooFewFilesError(RuntimeError):
    """Too few files may be open: connections would be refused, and no log would name them."""

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
    """Return one file a device, a tenth more for devices that return before their old connection closes, and our own.

    An MQTT broker closes the old connection of a client identifier as the new one is accepted, so a storm of
    reconnections does not double them. The comfortable limit that is asked for holds even that.
    """
    return devices + devices // 10 + 1_000


def raise_limit(devices: int) -> None:
    """Raise the soft limit as far as it is useful, within the hard one.

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
