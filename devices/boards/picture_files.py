"""Files of fitted pictures: their greatest size and their form; without the library that draws.

Every process of the server checks them, few draw: the library takes 4 MB of each process that loads it.
"""

from typing import Final

FITTED_MAX_BYTES: Final = 1024 * 1024


def is_png(data: bytes) -> bool:
    """Return whether it begins as one."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")
