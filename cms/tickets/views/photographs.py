"""Photographs taken at a pole."""

from flask import request

from cms.platform.web import request_context
from devices.boards.pictures import SENT_MAX_BYTES, fitted


def taken() -> str:
    """Store the form's ``photo`` under its hash: upright, small, and without the camera's metadata.

    Empty if none was sent. Raises NoPictureError.
    """
    file = request.files.get("photo")
    if file is None or not file.filename:
        return ""
    try:
        return request_context.context().content.put_bytes(fitted(file.stream.read(SENT_MAX_BYTES + 1)))
    finally:
        file.close()
