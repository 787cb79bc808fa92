"""Imports of the programs that tests start, made once for all of them."""

from __future__ import annotations

import gc
from importlib import import_module

from cms.features import FEATURES
from tests.branch_coverage import read_loaded
from tests.templates import keep_compiled

for name in (
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "cms.platform.cli.up",
    "cms.gateway",
    "cms.platform.scheduler.scheduler",
    "cms.platform.worker",
    "firmware_sim.__main__",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
):
    import_module(name)
for feature in FEATURES:
    feature.load_screens()
    feature.load_api()
keep_compiled()
read_loaded()
gc.freeze()
