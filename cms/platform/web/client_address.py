"""Client address and scheme behind our own proxies, put into the request before anything reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FRONT: Final = "loa.front"
"""Key in the WSGI environment of a request that came by the reverse proxy's socket: the proxy sends stored files."""
_ADDRESS_MAX: Final = 64


class ClientAddress:
    """WSGI middleware. The reverse proxy's socket is trusted; beyond it, ``proxy_hops`` further proxies are.

    A request by TCP is trusted for at most ``proxy_hops``.
    """

    def __init__(self, app: WSGIApplication, proxy_hops: int, *, is_always_tls: bool) -> None:
        self._app = app
        self._hops = proxy_hops
        self._is_always_tls = is_always_tls

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        is_by_front = not peer
        environ[FRONT] = is_by_front
        if is_by_front or self._hops:
            environ["REMOTE_ADDR"] = client_address(environ.get("HTTP_X_FORWARDED_FOR", ""), peer, self._hops)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
        if self._is_always_tls:
            environ["wsgi.url_scheme"] = "https"
        return self._app(environ, start_response)


def client_address(forwarded: str, peer: str, hops: int) -> str:
    """Return the address that the outermost of ``hops`` proxies before ``peer`` saw.

    Without ``peer``, every address in the header comes from our own proxies.
    """
    route = [each.strip() for each in forwarded.split(",") if each.strip()]
    route += [peer] if peer else []
    return route[max(len(route) - 1 - hops, 0)][:_ADDRESS_MAX] if route else ""
