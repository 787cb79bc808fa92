"""Pictures for boards."""

from flask import Response, jsonify, request
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from broadcast.boards.board_text import PAGE_LEAST_S, PAGE_MOST_S
from broadcast.bulletins.board_appearance import PAGE_S, BoardAppearance
from broadcast.bulletins.model import BoardText
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.strict import Output, Strict, fields_of
from devices.boards.errors import NoPictureError
from devices.boards.pictures import SENT_MAX_BYTES, fitted
from devices.protocol.boards import Colour, Motion, Template
from province.errors import InvalidError, Problem
from province.people import Action

_BODY = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in ("image/png", "image/jpeg")},
    }
}


class PictureBody(Strict):
    """A picture that was sent with ``POST /board-pictures``."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=1)


class LookBody(Strict):
    """Look of the text on a board; a board without a feature takes the nearest one that it has."""

    template: Template = Field(default=Template.BANNER, description="Where the head stands")
    colour: Colour = Colour.AMBER
    motion: Motion = Field(default=Motion.PAGES, description="Pages that turn, or one line that moves")
    page_s: int = Field(default=PAGE_S, ge=PAGE_LEAST_S, le=PAGE_MOST_S, description="Seconds that a page stands")
    picture: PictureBody | None = Field(default=None, description="A page of its own before the others")


class BoardBody(Strict):
    """Text of electronic boards below the title. Without ``text`` the first sentences of the bulletin's own."""

    text: str = Field(default="", max_length=2_000, description="At most 500 letters")
    minutes: int = Field(
        default=0, ge=0, le=1440, description="From the beginning of each airing; 0: all the time it is valid"
    )
    look: LookBody = LookBody()

    def read(self) -> BoardText:
        return self.build(BoardText, is_own=bool(self.text.strip()))


class PictureOut(Output):
    sha256: str
    bytes: int


@fields_of(BoardAppearance)
class LookOut(Output): ...


@fields_of(BoardText)
class BoardOut(Output):
    """``is_own``: a person wrote the text; else it was made from the bulletin's."""

    look: LookOut


@routes.post(
    "/board-pictures",
    summary="Send a picture for boards (PNG, JPEG) as the body",
    responses={201: PictureOut},
    openapi_extensions=_BODY,
)
@caller.other_body
def upload_board_picture() -> tuple[Response, int]:
    """Naturally idempotent: the same bytes have the same name. What is kept is a PNG fitted for boards."""
    caller.require_anywhere(Action.BULLETIN_WRITE)
    if request.mimetype not in {"image/png", "image/jpeg"}:
        raise UnsupportedMediaType("send image/png or image/jpeg")
    request.max_content_length = SENT_MAX_BYTES
    try:
        made = fitted(request.get_data())
    except NoPictureError:
        raise InvalidError([Problem("picture", "NO_PICTURE")]) from None
    return jsonify(sha256=caller.context().content.put_bytes(made), bytes=len(made)), 201
