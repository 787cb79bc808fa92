"""Answers that anybody on the way may keep: a mark of the very bytes, and since when they are so."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Final

from flask import Response, request

from cms.web.visit import context

PAGE_S: Final = 60
"""So long after an alert, a withdrawal or an airing may a page be old."""
ALERT_S: Final = 15
_KEPT_MOST: Final = 4096


class Marks:
    """Since when an address has answered with what it answers with now, as far as this process has seen."""

    def __init__(self, most: int = _KEPT_MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._lock = Lock()

    def since(self, address: str, mark: str, now: datetime) -> datetime:
        """``now`` where it answered otherwise before, or was not asked lately."""
        with self._lock:
            known = self._seen.pop(address, None)
            since = known[1] if known is not None and known[0] == mark else now
            self._seen[address] = (mark, since)
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return since


_marks = Marks()


def kept(body: str | bytes, mimetype: str = "text/html", seconds: int = PAGE_S) -> Response:
    """200 with the body, or 304 where whoever asks has it."""
    response = Response(body, mimetype=mimetype)
    mark = sha256(response.get_data()).hexdigest()[:32]
    response.set_etag(mark)
    response.last_modified = _marks.since(request.full_path, mark, context().now())
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    if mimetype != "text/html":
        # Whoever builds a page of their own on it may ask from there: nobody is signed in, and nothing is given away.
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response.make_conditional(request)  # type: ignore[return-value]


def not_kept(body: str, status: int = 200) -> Response:
    """For one reader only."""
    response = Response(body, status=status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response
