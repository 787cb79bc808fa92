"""Content by hash, and the sign of life.

Devices and stations fetch without a sign-in, by the SHA-256 of bytes nobody outside has; the folder is never listed.
What people play of a bulletin that is not heard any more, or not yet, is for whoever is signed in alone.
"""

from __future__ import annotations

import re

from flask import Response, jsonify, request, send_file
from werkzeug.exceptions import NotFound

from cms.store.engine import reading
from cms.store.queries.public import is_heard_sound
from cms.web import visit
from cms.web.client_address import FRONT
from cms.web.public.caching import PAGE_S
from cms.web.visit import context, pages
from media.errors import ContentMissingError
from media.model import StoredContent

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STORED = "/_stored"
"""The front's name for the folder of content, which nobody may ask for himself."""
_YEAR_S = 365 * 86_400
_FOR_ONE = f"private, max-age={_YEAR_S}, immutable"
# The store keeps bytes, not types; whoever shows a rendition says which it is.
_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "flac": "audio/flac", "json": "application/json"} | {
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
}


@pages.get("/content/<sha256>")
def content(sha256: str) -> Response:
    """The bytes of that hash; ranges, ETag and keeping for ever, since a name never changes its bytes."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    try:
        stored = context().content.find(sha256)
    except ContentMissingError:
        raise NotFound from None
    how_kept = _how_kept(stored)
    mimetype = _TYPES.get(request.args.get("as", ""), "application/octet-stream")
    if request.environ.get(FRONT):
        # It sends the file itself: no thread here waits for a slow reader.
        response = Response(mimetype=mimetype)
        response.headers["X-Accel-Redirect"] = "/".join((_STORED, *stored.path.parts[-3:]))
    else:
        response = send_file(stored.path, mimetype=mimetype, conditional=True, etag=sha256)
    response.headers["Cache-Control"] = how_kept
    return response


def _how_kept(stored: StoredContent) -> str:
    """For whom, and for how long, an answer with it may be kept. Raises NotFound: for nobody who asks."""
    if _is_for_devices(stored):
        return _FOR_ONE
    with reading(context().engine) as session:
        is_heard = is_heard_sound(session, stored.sha256)
    if is_heard:
        # So long may it still be heard once it is withdrawn.
        return f"public, max-age={PAGE_S}"
    if is_heard is not None:
        visit.identify()
        if visit.visitor() is None:
            raise NotFound
    return _FOR_ONE


def _is_for_devices(stored: StoredContent) -> bool:
    with stored.path.open("rb") as file:
        return file.read(4).startswith((b"OggS", b"{", b"["))


@pages.get("/health")
def health() -> Response:
    """Answers when the process serves; says nothing else."""
    return jsonify(ok=True)
