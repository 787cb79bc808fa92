"""Entry point of the servers: the Flask app and the Celery app, created. No other module imports it."""

from __future__ import annotations

from cms import bootstrap
from cms.platform.process.gc_tuning import set_loaded_aside
from cms.platform.process.logs import fold, fold_root

context = bootstrap.build()
flask_app = bootstrap.make_web(context)
celery_app = bootstrap.make_worker(context)
fold_root()
fold(flask_app.logger.handlers)
set_loaded_aside()
