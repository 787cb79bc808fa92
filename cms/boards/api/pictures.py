"""Uploads of pictures for boards: fitted and stored; a bulletin's look then names one by its hash."""

from flask import Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from cms.areas.repository import Places
from cms.boards.api.schemas import PictureOut
from cms.platform.api import caller
from cms.platform.api.caller import routes
from devices.boards.errors import NoPictureError
from devices.boards.pictures import SENT_MAX_BYTES, fitted
from province.errors import InvalidError, Problem
from province.people import Action

_BODY = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in ("image/png", "image/jpeg")},
    }
}


@routes.post(
    "/board-pictures",
    summary="Send a picture for boards (PNG, JPEG) as the body",
    responses={201: PictureOut},
    openapi_extensions=_BODY,
)
@caller.other_body
def upload_board_picture() -> tuple[Response, int]:
    """Naturally idempotent: the same bytes have the same name. What is kept is a PNG fitted for boards."""
    with caller.context().uow.reading() as uow:
        caller.require(Action.BULLETIN_WRITE, (), uow[Places].tree())
    if request.mimetype not in {"image/png", "image/jpeg"}:
        raise UnsupportedMediaType("send image/png or image/jpeg")
    request.max_content_length = SENT_MAX_BYTES
    try:
        made = fitted(request.get_data())
    except NoPictureError:
        raise InvalidError([Problem("picture", "NO_PICTURE")]) from None
    return jsonify(sha256=caller.context().content.put_bytes(made), bytes=len(made)), 201
