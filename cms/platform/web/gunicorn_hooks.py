"""Hooks of gunicorn, named on its command line as ``python:cms.platform.web.gunicorn_hooks``."""

import threading

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.web import LOOPS


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Watch the worker's main thread, which takes all connections, until the worker is told to stop."""
    del server
    ThreadWatch(lambda: {"MainThread"} if worker.alive else ()).start()


def post_worker_init(worker: Worker) -> None:
    """Start what the worker does beside its requests; nothing that runs before the fork would be there."""
    for name, loop in worker.wsgi.extensions[LOOPS].items():
        threading.Thread(target=loop, args=(threading.Event(),), name=name, daemon=True).start()
