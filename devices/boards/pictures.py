"""Pictures for boards: an uploaded picture is made into a PNG no larger than the largest usual board."""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from devices.boards.drawing import png
from devices.boards.errors import NoPictureError
from devices.boards.picture_files import FITTED_MAX_BYTES

SENT_MAX_BYTES: Final = 8 * 1024 * 1024
# A telephone's photograph has 50 million; what claims more is meant to fill our memory.
_ELEMENTS_MAX: Final = 60_000_000
_PHOTO_PX: Final = 1280
_PHOTO_QUALITY: Final = 80
_JPEG: Final = b"\xff\xd8\xff"
_SIZES: Final = ((1280, 720), (640, 360))


def fitted(sent: bytes) -> bytes:
    """Return it as a PNG of at most 1 MB, upright, without the camera's metadata.

    Raises:
        NoPictureError: not a PNG or JPEG, damaged, or larger than we read.
    """
    flat = _upright(sent)
    made = b""
    for size in _SIZES:
        flat.thumbnail(size, Image.Resampling.BOX)
        made = png(flat)
        if len(made) <= FITTED_MAX_BYTES:
            break
    return made


def photograph(sent: bytes) -> bytes:
    """Return it as a JPEG of at most 1280 pixels a side, upright, without the camera's metadata.

    Raises:
        NoPictureError: as ``fitted``.
    """
    flat = _upright(sent)
    flat.thumbnail((_PHOTO_PX, _PHOTO_PX), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    flat.save(made, "JPEG", quality=_PHOTO_QUALITY, optimize=True)
    return made.getvalue()


def media_type(picture: bytes) -> str:
    """Return the type of a stored picture by its first bytes."""
    return "image/jpeg" if picture.startswith(_JPEG) else "image/png"


def _upright(sent: bytes) -> Image.Image:
    """Read a picture as it is seen: turned as its camera notes, without transparency."""
    if len(sent) > SENT_MAX_BYTES:
        raise NoPictureError("too large")
    try:
        with Image.open(io.BytesIO(sent), formats=["PNG", "JPEG"]) as opened:
            if opened.width * opened.height > _ELEMENTS_MAX:
                raise NoPictureError("too large")
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise NoPictureError(str(error)) from None
    flat = Image.new("RGB", picture.size)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat
