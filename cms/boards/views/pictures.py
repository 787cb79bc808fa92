"""Pictures for boards, uploaded with a form: fitted, and kept in the content store under their hash."""

import re
from dataclasses import replace

from flask import request

from cms.bulletins.forms import BulletinForm
from cms.platform.web import request_context
from devices.boards.pictures import SENT_MAX_BYTES, fitted

SHA256 = re.compile(r"[0-9a-f]{64}")


def with_picture(form: BulletinForm) -> BulletinForm:
    """Return the form with the uploaded picture, without the one to remove, or unchanged.

    Raises:
        NoPictureError: the file is not a picture.
    """
    if request.form.get("drop_board_picture"):
        return replace(form, board_picture="", board_picture_bytes="0")
    file = request.files.get("board_picture_file")
    if file is None or not file.filename:
        return form
    try:
        made = fitted(file.stream.read(SENT_MAX_BYTES + 1))
    finally:
        file.close()
    return replace(
        form, board_picture=request_context.context().content.put_bytes(made), board_picture_bytes=str(len(made))
    )
