"""Cacheable answers: an ETag of the exact bytes, and the time since when they are unchanged."""

from collections import OrderedDict
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Final

from flask import Response, request

from cms.platform.web.request_context import context

PAGE_S: Final = 60
"""Maximum age of a page after an alert, a withdrawal or an airing."""
ALERT_S: Final = 15
_KEPT_MOST: Final = 4096


class Marks:
    """Times since when each URL has given its present answer, as far as this process has seen."""

    def __init__(self, most: int = _KEPT_MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._lock = Lock()

    def since(self, address: str, mark: str, now: datetime) -> datetime:
        """Return the time of the last change; ``now`` if the answer differs, or the URL was not requested recently."""
        with self._lock:
            known = self._seen.pop(address, None)
            since = known[1] if known is not None and known[0] == mark else now
            self._seen[address] = (mark, since)
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return since


_marks = Marks()


def kept(body: str | bytes, mimetype: str = "text/html", seconds: int = PAGE_S) -> Response:
    """Return 200 with the body, or 304 if the client has it."""
    response = Response(body, mimetype=mimetype)
    mark = sha256(response.get_data()).hexdigest()[:32]
    response.set_etag(mark)
    response.last_modified = _marks.since(request.full_path, mark, context().now())
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    if mimetype != "text/html":
        # Any origin may read it by script: there is no session, and so nothing to protect.
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response.make_conditional(request)  # type: ignore[return-value]


def not_kept(body: str, status: int = 200) -> Response:
    """Return an answer for one reader only, not to be cached."""
    response = Response(body, status=status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response
