"""Celery workers: thin shells around :mod:`cms.platform.worker.running`."""

from cms.platform.worker.registration import Worker, register

__all__ = ["Worker", "register"]
