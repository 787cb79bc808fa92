"""The console: server-rendered screens with htmx, Vietnamese first. ``register`` puts them on a Flask app."""

from __future__ import annotations

from flask import Flask

from cms.context import Context


def register(app: Flask, context: Context) -> None:
    """Screens, assets, languages, security and the content route."""
    from cms.web import application  # noqa: PLC0415 - the screens are only loaded where they are served

    application.install(app, context)
