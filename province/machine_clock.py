"""Clock of the machine: the only place outside the devices where it is read, so that no test lives in two times.

The server's programs ask ``cms.platform.process.clock``, which doubts a jump of this one.
"""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the instant that it is by the machine's clock, aware, UTC."""
    return datetime.now(UTC)


def unix_s() -> float:
    """Return the seconds since 1970 UTC, as the times of files are counted."""
    return time.time()


def unix_ms() -> int:
    """Return the milliseconds since 1970 UTC, as the wire counts them."""
    return time.time_ns() // 1_000_000
