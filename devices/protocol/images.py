"""Firmware images: the manifest signed by the offline firmware key, and the order to install one."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from devices.protocol.fields import Count, Id, Line, Sha256, Wire, Word
from devices.protocol.limits import IMAGE_MANIFEST_MAX, IMAGE_MAX_BYTES


class Image(Wire, frozen=True):
    """One image for one model, signed with a key of role ``firmware`` where no server is.

    ``number`` rises with every image of a model. Once this one is confirmed, nothing numbered below ``floor`` boots any
    more: so a hole that was mended stays mended.
    """

    v: int
    model: Id
    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    version: Word
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1, le=IMAGE_MAX_BYTES)]
    floor: Count = 0
    notes: Line = ""


class Install(Wire, frozen=True):
    """Take this image: ``image`` is an Image as it was signed."""

    image: Annotated[str, Meta(max_length=IMAGE_MANIFEST_MAX)]
