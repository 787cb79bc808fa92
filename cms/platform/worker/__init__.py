"""Celery workers: thin shells around :mod:`cms.platform.worker.runner`."""

from cms.platform.worker.registration import Worker, register

__all__ = ["Worker", "register"]
