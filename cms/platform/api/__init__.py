"""REST API below ``/api/v1``: a Flask app of its own beside the console, without its cookie and form rules."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from cms.platform.context import Context

PREFIX = "/api/v1"
EXTENSION = "loa.api"


def register(app: Flask, context: Context) -> None:
    """Serve the API below ``/api/v1`` of ``app``; the API's own Flask app is ``app.extensions["loa.api"]``."""
    from cms.platform.api import application  # noqa: PLC0415 - only loaded where it is served

    api = application.make_api(context)
    app.extensions[EXTENSION] = api
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {PREFIX: api})  # type: ignore[method-assign]
