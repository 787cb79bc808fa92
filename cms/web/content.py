"""Content by hash, and the sign of life.

Devices and stations fetch without a sign-in, by the SHA-256 of bytes nobody outside has; the folder is never listed.
What a bulletin is heard by is theirs while an approval of it stands, and everybody's while it is on the public pages;
before and afterwards, and once it was replaced, it is for people who may read the bulletin. A recording that was sent
and is in nothing yet is for whoever is signed in.
"""

from __future__ import annotations

import re
from contextlib import suppress

from flask import Response, jsonify, request, send_file
from werkzeug.exceptions import NotFound

from cms.accounts.reading import require_readable
from cms.store.engine import reading
from cms.store.queries.sounds import SoundUse, is_offered, is_unused_recording, sound_use
from cms.web import sentences, visit
from cms.web.client_address import FRONT
from cms.web.public.caching import PAGE_S
from cms.web.visit import context, pages
from media.errors import ContentMissingError
from province.errors import NotFoundError

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
    how_kept = _how_kept(stored.sha256)
    mimetype = _TYPES.get(request.args.get("as", ""), "application/octet-stream")
    if request.environ.get(FRONT):
        # It sends the file itself: no thread here waits for a slow reader.
        response = Response(mimetype=mimetype)
        response.headers["X-Accel-Redirect"] = "/".join((_STORED, *stored.path.parts[-3:]))
    else:
        response = send_file(stored.path, mimetype=mimetype, conditional=True, etag=sha256)
    response.headers["Cache-Control"] = how_kept
    return response


def _how_kept(sha256: str) -> str:
    """For whom, and for how long, an answer with it may be kept. Raises NotFound: not for who asks."""
    with reading(context().engine) as session:
        use = sound_use(session, sha256)
        is_unused = use is None and is_unused_recording(session, sha256)
    if use is not None and use.is_public:
        # So long may it still be heard once it is withdrawn.
        return f"public, max-age={PAGE_S}"
    if is_unused or (use is not None and not use.is_on_air):
        visit.identify()
        if visit.visitor() is None or (use is not None and not _may_read(use, sha256)):
            raise NotFound
    return _FOR_ONE


def _may_read(use: SoundUse, sha256: str) -> bool:
    """Whether it is of a bulletin that the visitor may read, or on the shelf of stations' offers."""
    with context().uow.reading() as uow:
        tree = sentences.tree(uow)
        for bulletin_id in use.bulletin_ids:
            with suppress(NotFoundError):
                require_readable(visit.actor(), uow.bulletins.get(bulletin_id), tree)
                return True
        return is_offered(uow.session, sha256)


@pages.get("/health")
def health() -> Response:
    """Answers when the process serves; says nothing else."""
    return jsonify(ok=True)
