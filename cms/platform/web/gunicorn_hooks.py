"""Hooks of gunicorn, named on its command line as ``python:cms.platform.web.gunicorn_hooks``."""

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from cms.platform.process.thread_watch import ThreadWatch


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Watch the worker's main thread, which takes all connections, until the worker is told to stop."""
    del server
    ThreadWatch(lambda: {"MainThread"} if worker.alive else ()).start()
