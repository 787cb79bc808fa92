"""A photograph that somebody took at a pole."""

from __future__ import annotations

from flask import request

from cms.web import visit
from devices.boards.pictures import SENT_MAX_BYTES, fitted


def taken() -> str:
    """The form's ``photo``: upright, small, and without what the camera wrote beside it; kept under its hash.

    Empty where none was sent. Raises NoPictureError.
    """
    file = request.files.get("photo")
    if file is None or not file.filename:
        return ""
    try:
        return visit.context().content.put_bytes(fitted(file.stream.read(SENT_MAX_BYTES + 1)))
    finally:
        file.close()
