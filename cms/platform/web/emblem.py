"""The province's emblem and name in the head of every page, from the settings."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, url_for

from cms.platform.settings import Settings
from cms.platform.web.request_context import pages, sessionless

log = logging.getLogger(__name__)
EXTENSION = "loa-emblem"
MAX_BYTES = 200_000
"""An emblem is loaded with every first page, on a telephone too."""
_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_OURS = Path(__file__).parent / "static" / "loa.svg"
_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Emblem:
    """Picture as it is sent; ``mark`` is in its address, so that browsers keep it until it changes."""

    content: bytes
    media_type: str
    mark: str


def read(path: Path) -> Emblem | None:
    """Read the picture; None if it is none, with a warning: a page without emblem is better than none."""
    media_type = _TYPES.get(path.suffix.lower())
    try:
        content = path.read_bytes() if media_type and path.stat().st_size <= MAX_BYTES else b""
    except OSError as error:
        log.warning("emblem.unreadable %s: %s", path, error)
        return None
    if not media_type or not content:
        log.warning("emblem.unreadable %s: SVG, PNG or WebP of 1 to %d bytes is needed", path, MAX_BYTES)
        return None
    return Emblem(content, media_type, sha256(content).hexdigest()[:12])


def install(app: Flask, settings: Settings) -> None:
    """Take the settings' emblem, else our own mark."""
    chosen = read(Path(settings.province_emblem)) if settings.province_emblem else None
    found = app.extensions[EXTENSION] = chosen or read(_OURS)
    app.jinja_env.globals.update(
        province_name=settings.province_name,
        emblem_url=lambda: url_for("web.emblem", v=found.mark if found else None),
    )


@pages.get("/emblem")
@sessionless
def emblem() -> Response:
    """Return the emblem: public, as it stands above the sign-in."""
    found: Emblem = current_app.extensions[EXTENSION]
    answer = Response(found.content, content_type=found.media_type)
    answer.cache_control.public, answer.cache_control.max_age = True, _YEAR_S
    answer.cache_control.immutable = True
    return answer
