"""Content of a bulletin for the browser: its sounds and their pages."""

import re
from contextlib import suppress

from flask import Response, render_template, request, send_file
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound

from broadcast.bulletins.model import BulletinStatus, Sound, SoundState
from cms.accounts.service.read_access import require_readable
from cms.alerts.views import plot
from cms.bulletins.queries import SoundUse, is_offered, is_unused_recording, sound_use
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.views import bulletin_parts
from cms.bulletins.views.bulletins import is_stale, rights, see
from cms.platform.web import messages, request_context
from cms.platform.web.client_address import FRONT
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages
from cms.public.views.caching import PAGE_S
from media import picture
from media.errors import ContentMissingError
from media.loudness import TARGET_LUFS
from media.picture import LoudnessPicture
from province.errors import NotFoundError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_STORED = "/_stored"
"""The reverse proxy's internal location of the content folder; clients cannot request it."""
_YEAR_S = 365 * 86_400
_PERMIT_S = 5
"""The reverse proxy sends a blob that is for anyone without asking again; a withdrawal has its effect after that."""
_FOR_ONE = f"private, max-age={_YEAR_S}, immutable"
# The store keeps bytes without types; the URL of a rendition names its type.
_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "flac": "audio/flac", "json": "application/json"} | {
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
}
_MS = 1000


@pages.get("/content/<sha256>")
@request_context.sessionless
def content(sha256: str) -> Response:
    """Send the bytes with that hash: with ranges, an ETag and a max-age; the bytes of a name never change."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound
    try:
        return _sent(sha256)
    except NotFound:
        if "permit" in request.args:
            # The reverse proxy keeps this answer for all who tell nothing of themselves.
            raise Forbidden from None
        raise


def _sent(sha256: str) -> Response:
    """Return the answer with the bytes, or where the reverse proxy finds them. Raises NotFound."""
    store = context().content
    how_kept, is_for_anyone = _how_kept(sha256)
    mimetype = _TYPES.get(request.args.get("as", ""), "application/octet-stream")
    try:
        if request.environ.get(FRONT):
            # The reverse proxy sends the file, so that no thread here waits for a slow client.
            response = Response(mimetype=mimetype)
            response.headers["X-Accel-Redirect"] = f"{_STORED}/{store.address(sha256)}"
            response.headers["X-Accel-Expires"] = _PERMIT_S if is_for_anyone else 0
        else:
            with store.local_file(sha256) as path:
                response = send_file(path, mimetype=mimetype, conditional=True, etag=sha256)
    except ContentMissingError:
        raise NotFound from None
    response.headers["Cache-Control"] = how_kept
    return response


def _how_kept(sha256: str) -> tuple[str, bool]:
    """Return the Cache-Control header of the answer, and whether anyone may have the blob.

    Raises NotFound if this client may not.
    """
    with request_context.session() as session:
        use = sound_use(session, sha256)
        is_unused = use is None and is_unused_recording(session, sha256)
    if use is not None and use.is_public:
        # The longest time for which it may still be heard after a withdrawal.
        return f"public, max-age={PAGE_S}", True
    is_kept_back = is_unused or (use is not None and not use.is_on_air)
    if is_kept_back:
        request_context.identify()
        if request_context.visitor() is None or (use is not None and not _may_read(use, sha256)):
            raise NotFound
    return _FOR_ONE, not is_kept_back


def _may_read(use: SoundUse, sha256: str) -> bool:
    """Return whether the user may read a bulletin with this sound, or it is among the offers of stations."""
    with context().uow.reading() as uow:
        tree = messages.tree(uow)
        for bulletin_id in use.bulletin_ids:
            with suppress(NotFoundError):
                require_readable(request_context.actor(), uow[Bulletins].get(bulletin_id), tree)
                return True
        return is_offered(uow.session, sha256)


@pages.get("/bulletins/<bulletin_id>/sound")
def sound(bulletin_id: str) -> Response:
    """Render the player or the progress, which the page polls until the sound is made.

    Where a submission waited for the sound the page is read again: all of it has changed.
    """
    seen = see(bulletin_id)
    found = seen.bulletin
    awaited = None if found.sound.state is SoundState.MAKING else bulletin_parts.awaited_submission(found)
    is_sent = found.status is BulletinStatus.SUBMITTED and found.sound.state is SoundState.READY
    is_settled = is_sent or (awaited is not None and awaited.failed_at is not None)
    html = render_template(
        "bulletins/_sound_news.html",
        bulletin=found,
        sound=found.sound,
        is_stale=is_stale(found),
        job=seen.job,
        failure=messages.failure(found.sound.error),
        can_edit=rights(seen)["can_edit"],
    )
    return Response(html, headers={"HX-Refresh": "true"} if is_settled else {})


@pages.app_template_global()
def picture_of(sound: Sound) -> LoudnessPicture | None:
    """Return the drawing of the sound; None for a sound made before there were any."""
    drawn = sound.rendition(picture.KIND)
    if drawn is None:
        return None
    try:
        return picture.decoded(context().content.read_bytes(drawn.sha256))
    except ContentMissingError:
        return None


@pages.app_template_global()
def loudness_plot(shown: LoudnessPicture) -> Markup:
    """Plot loudness over time, before and after."""
    sides = {"before": shown.before, "after": shown.after}
    return plot.levels_over_time(
        {name: (side.duration_ms / _MS, side.short_term_lufs) for name, side in sides.items()},
        TARGET_LUFS,
        _("Loudness over time, before and after levelling. The figures are in the table."),
    )
