"""The console: server-rendered screens with htmx, Vietnamese first. ``register`` puts them on a Flask app."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from cms.platform.context import Context


def register(app: Flask, context: Context, *, is_queue_away: Callable[[], bool] = lambda: False) -> None:
    """Register screens, assets, languages, security and the content route on the app."""
    from cms.platform.web import application, server_state  # noqa: PLC0415 - the screens are only loaded where they are served

    application.install(app, context)
    server_state.watch_queue(app, is_queue_away)
