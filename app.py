"""Entry point of the servers: the Flask app or the Celery app, created when its server asks. Nobody else imports it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cms import bootstrap
from cms.platform.process.logs import fold, fold_root
from cms.platform.process.process import set_loaded_aside

if TYPE_CHECKING:
    from celery import Celery
    from flask import Flask


def __getattr__(name: str) -> Flask | Celery:
    """Create the app of that name: a worker loads no screens, which take as long as all else of its start."""
    if name not in {"flask_app", "celery_app"}:
        raise AttributeError(name)
    context = bootstrap.build()
    made: Flask | Celery
    if name == "flask_app":
        made = flask_app = bootstrap.make_web(context)
        fold([*flask_app.logger.handlers, *logging.getLogger("gunicorn.error").handlers])
    else:
        made = bootstrap.make_worker(context)
    globals()[name] = made
    fold_root()
    set_loaded_aside()
    return made
