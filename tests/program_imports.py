"""Imports of the programs that tests start, made once for all of them."""

from __future__ import annotations

import gc
from importlib import import_module

for name in (
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "cms.platform.cli.up",
    "cms.gateway",
    "cms.platform.scheduler.scheduler",
    "cms.platform.worker",
    "firmware_sim.__main__",
):
    import_module(name)
gc.freeze()
