"""Content by hash, and the sign of life.

``/content/{sha256}`` needs no sign-in: devices fetch without one, and what they fetch is broadcast in public. A draft's
sound lies there too, but its name is the SHA-256 of bytes nobody outside has, and the folder is never listed. Whoever
may not read a bulletin is never shown its hashes.
"""

from __future__ import annotations

import re

from flask import Response, jsonify, request, send_file
from werkzeug.exceptions import NotFound

from cms.web.client_address import FRONT
from cms.web.visit import context, pages
from media.errors import ContentMissingError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STORED = "/_stored"
"""The front's name for the folder of content, which nobody may ask for himself."""
_YEAR_S = 365 * 86_400
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
    mimetype = _TYPES.get(request.args.get("as", ""), "application/octet-stream")
    if request.environ.get(FRONT):
        # It sends the file itself: no thread here waits for a slow reader.
        response = Response(mimetype=mimetype)
        response.headers["X-Accel-Redirect"] = "/".join((_STORED, *stored.path.parts[-3:]))
    else:
        response = send_file(stored.path, mimetype=mimetype, conditional=True, etag=sha256, max_age=_YEAR_S)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


@pages.get("/health")
def health() -> Response:
    """Answers when the process serves; says nothing else."""
    return jsonify(ok=True)
