"""The bounded field types that every body is made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

# Instants and lengths fit a double, so that a peer written in any language reads them exactly.
Instant = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Decibel = Annotated[float, Meta(ge=-200, le=100)]
# Ids and hashes become file names on a device: nothing but these characters, ever.
Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
LongId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,80}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
PublicX = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
LocalDate = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
WallTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Ring = Annotated[list[tuple[Latitude, Longitude]], Meta(min_length=4, max_length=200)]
Word = Annotated[str, Meta(max_length=40)]
Line = Annotated[str, Meta(max_length=300)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all bodies: ``v`` is always written. JSON holds no cycles: the garbage collector need not look at it."""
