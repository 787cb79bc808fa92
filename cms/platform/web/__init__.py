"""The console: server-rendered screens with htmx, Vietnamese first. ``register`` puts them on a Flask app."""

from collections.abc import Callable, Sequence
from typing import Final

from flask import Flask

from cms.platform.context import Context
from cms.platform.feature import Feature

LOOPS: Final = "loa.loops"
"""Key of the app's extensions: loops of threads that run beside its requests in each web process, by name."""


def register(
    app: Flask,
    context: Context,
    features: Sequence[Feature],
    *,
    is_queue_away: Callable[[], bool] = lambda: False,
    sync_s: Callable[[], float] = lambda: 0.0,
) -> None:
    """Register the features' screens, assets, languages, security and the content route on the app."""
    from cms.platform.web import application, server_state  # noqa: PLC0415 - the screens are only loaded where they are served

    application.install(app, context, features)
    server_state.watch(app, is_queue_away, sync_s)
