"""Uploaded picture, converted for boards."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from PIL import Image

from devices.boards.errors import NoPictureError
from devices.boards.picture_files import FITTED_MAX_BYTES, is_png
from devices.boards.pictures import SENT_MAX_BYTES, fitted, media_type, photograph


def sent(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    found = io.BytesIO()
    image.save(found, kind, **more)
    return found.getvalue()


def read(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
        return opened.convert("RGB")


def test_a_small_picture_keeps_its_elements_and_a_clear_ground_becomes_dark() -> None:
    image = Image.new("RGBA", (10, 4), (255, 0, 0, 255))
    image.paste((0, 255, 0, 0), (5, 0, 10, 4))
    made = fitted(sent(image))
    assert is_png(made)
    assert (read(made).size, read(made).getpixel((0, 0)), read(made).getpixel((9, 0))) == (
        (10, 4),
        (255, 0, 0),
        (0, 0, 0),
    )
    assert fitted(made) == made


def test_a_photograph_becomes_upright_small_and_without_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a maker"
    made = fitted(sent(Image.new("RGB", (4000, 1000), (9, 99, 200)), "JPEG", exif=exif))
    assert read(made).size == (180, 720)
    assert b"a maker" not in made


def test_what_cannot_be_pressed_is_made_smaller() -> None:
    made = fitted(sent(Image.frombytes("RGB", (1280, 720), os.urandom(1280 * 720 * 3)), "JPEG", quality=95))
    assert len(made) <= FITTED_MAX_BYTES
    assert read(made).size == (640, 360)


def test_what_is_no_picture_or_claims_too_much_is_refused() -> None:
    whole = sent(Image.new("RGB", (300, 300), (1, 2, 3)), "JPEG")
    gif = sent(Image.new("P", (3, 3)), "GIF")
    huge = sent(Image.new("1", (9_000, 7_000)))
    for data in (b"", b"hello", whole[: len(whole) // 2], gif, huge, b"x" * (SENT_MAX_BYTES + 1)):
        with pytest.raises(NoPictureError):
            fitted(data)


def test_a_photograph_is_kept_as_small_as_the_camera_sent_it() -> None:
    """Before, a JPEG of a telephone became a PNG of 843 KB, which each opening of the ticket fetched again."""
    exif = Image.Exif()
    exif[274] = 6  # the camera was held upright
    noise = Image.frombytes("RGB", (320, 180), os.urandom(320 * 180 * 3)).resize((1600, 900), Image.Resampling.BICUBIC)
    data = sent(noise, "JPEG", quality=80, exif=exif)
    made = photograph(data)
    assert len(made) < len(data)
    with Image.open(io.BytesIO(made)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (720, 1280), {})
    assert (media_type(made), media_type(fitted(data))) == ("image/jpeg", "image/png")
    with pytest.raises(NoPictureError):
        photograph(b"x")
