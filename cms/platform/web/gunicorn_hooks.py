"""Hooks of gunicorn, named on its command line as ``python:cms.platform.web.gunicorn_hooks``."""

import sys
import threading
from typing import Final

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.web import LOOPS

SWITCH_S: Final = 0.0003
"""A page gives the interpreter away at each of its queries, and gets it back from a thread that computes after this
long: by default 5 ms, so 150 ms for a page of 30 queries beside one look ahead over the province."""


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Watch the worker's main thread, which takes all connections, until the worker is told to stop."""
    del server
    sys.setswitchinterval(SWITCH_S)
    ThreadWatch(lambda: {"MainThread"} if worker.alive else ()).start()


def post_worker_init(worker: Worker) -> None:
    """Start what the worker does beside its requests; nothing that runs before the fork would be there."""
    for name, loop in worker.wsgi.extensions[LOOPS].items():
        threading.Thread(target=loop, args=(threading.Event(),), name=name, daemon=True).start()
