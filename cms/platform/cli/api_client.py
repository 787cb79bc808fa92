"""Client of Loa's own API with retries, as any other system would use it: tokens, idempotency keys, ETags."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ulid import ULID

# The server is starting, restarting or shedding load: the same request may be sent again.
RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})


class ApiError(RuntimeError):
    """Error answer of the API; ``problem`` is its problem+json."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {json.dumps(problem, ensure_ascii=False)}")
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class ApiResponse:
    """Decoded body and the ETag to send as If-Match with a change."""

    body: Any
    etag: str


class ApiClient:
    """Client of ``{url}/api/v1`` with a bearer token; retries safe requests for ``patience_s``."""

    def __init__(self, url: str, token: str, *, patience_s: float = 30.0) -> None:
        self._url = f"{url}/api/v1"
        self._token = token
        self._patience_s = patience_s
        self._pause = threading.Event()

    def get(self, path: str) -> ApiResponse:
        """Get a resource. Raises ApiError, or the last connection error when patience ends."""
        return self._call("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any] | None = None, *, etag: str = "", key: str = "") -> ApiResponse:
        """Post a body. A retry carries the same idempotency key, so the server acts once. Raises as ``get``."""
        headers = {"Idempotency-Key": key or str(ULID())}
        if etag:
            headers["If-Match"] = etag
        return self._call("POST", path, body or {}, headers)

    def patch(self, path: str, body: dict[str, Any], *, etag: str) -> ApiResponse:
        """Change the version of ``etag``. A retry after a lost reply may get 412 for its own success, see ``_call``."""
        return self._call("PATCH", path, body, {"If-Match": etag})

    def all(self, path: str) -> list[Any]:
        """List all items of a paged list."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}?limit=500" + (f"&cursor={quote(cursor)}" if cursor else "")).body
            items += page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return items

    def _call(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> ApiResponse:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._once(method, path, body, headers)
            except ApiError as error:
                if error.status not in RETRY_STATUSES or time.monotonic() > deadline:
                    raise
            except (urllib.error.URLError, http.client.HTTPException, OSError):
                if time.monotonic() > deadline:
                    raise
            self._pause.wait(0.25)

    def _once(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> ApiResponse:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the address is a setting of ours
            self._url + path,
            data=data,
            method=method,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Accept-Language": "en",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return ApiResponse(json.loads(answer.read() or b"null"), answer.headers.get("ETag", ""))
        except urllib.error.HTTPError as error:
            raw = error.read()
            try:
                problem = json.loads(raw)
            except ValueError:
                problem = {"detail": raw[:500].decode(errors="replace")}
            raise ApiError(error.code, problem) from None
