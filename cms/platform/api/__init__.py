"""REST API below ``/api/v1``: a Flask app of its own beside the console, without its cookie and form rules."""

from collections.abc import Sequence

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from cms.platform.context import Context
from cms.platform.feature import Feature

PREFIX = "/api/v1"
EXTENSION = "loa.api"


def register(app: Flask, context: Context, features: Sequence[Feature]) -> None:
    """Serve the features' API below ``/api/v1`` of ``app``; its own Flask app is ``app.extensions["loa.api"]``."""
    from cms.platform.api import application  # noqa: PLC0415 - only loaded where it is served

    api = application.make_api(context, features)
    app.extensions[EXTENSION] = api
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {PREFIX: api})  # type: ignore[method-assign]
