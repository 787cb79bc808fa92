"""Content by hash.

Devices and stations fetch without a session, by the SHA-256 of bytes that outsiders do not have; the folder is never
listed. The sound of a bulletin is open to them while an approval of it stands, and to everybody while it is on the
public pages; before and afterwards, and once replaced, only to people who may read the bulletin. An uploaded recording
that is not in use yet is open to every signed-in user.
"""

import re
from contextlib import suppress

from flask import Response, request, send_file
from werkzeug.exceptions import NotFound

from cms.accounts.service.read_access import require_readable
from cms.bulletins.queries.sounds import SoundUse, is_offered, is_unused_recording, sound_use
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.engine import reading
from cms.platform.web import messages, request_context
from cms.platform.web.client_address import FRONT
from cms.platform.web.request_context import context, pages
from cms.public.views.caching import PAGE_S
from media.errors import ContentMissingError
from province.errors import NotFoundError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STORED = "/_stored"
"""The reverse proxy's internal location of the content folder; clients cannot request it."""
_YEAR_S = 365 * 86_400
_FOR_ONE = f"private, max-age={_YEAR_S}, immutable"
# The store keeps bytes without types; the URL of a rendition names its type.
_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "flac": "audio/flac", "json": "application/json"} | {
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
}


@pages.get("/content/<sha256>")
@request_context.sessionless
def content(sha256: str) -> Response:
    """Send the bytes with that hash: with ranges, an ETag and a max-age; the bytes of a name never change."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    store, how_kept = context().content, _how_kept(sha256)
    mimetype = _TYPES.get(request.args.get("as", ""), "application/octet-stream")
    try:
        if request.environ.get(FRONT):
            # The reverse proxy sends the file, so that no thread here waits for a slow client.
            response = Response(mimetype=mimetype)
            response.headers["X-Accel-Redirect"] = f"{_STORED}/{store.address(sha256)}"
        else:
            with store.local_file(sha256) as path:
                response = send_file(path, mimetype=mimetype, conditional=True, etag=sha256)
    except ContentMissingError:
        raise NotFound from None
    response.headers["Cache-Control"] = how_kept
    return response


def _how_kept(sha256: str) -> str:
    """Return the Cache-Control header of the answer. Raises NotFound if this client may not have it."""
    with reading(context().engine) as session:
        use = sound_use(session, sha256)
        is_unused = use is None and is_unused_recording(session, sha256)
    if use is not None and use.is_public:
        # The longest time for which it may still be heard after a withdrawal.
        return f"public, max-age={PAGE_S}"
    if is_unused or (use is not None and not use.is_on_air):
        request_context.identify()
        if request_context.visitor() is None or (use is not None and not _may_read(use, sha256)):
            raise NotFound
    return _FOR_ONE


def _may_read(use: SoundUse, sha256: str) -> bool:
    """Return whether the user may read a bulletin with this sound, or it is among the offers of stations."""
    with context().uow.reading() as uow:
        tree = messages.tree(uow)
        for bulletin_id in use.bulletin_ids:
            with suppress(NotFoundError):
                require_readable(request_context.actor(), uow[Bulletins].get(bulletin_id), tree)
                return True
        return is_offered(uow.session, sha256)
