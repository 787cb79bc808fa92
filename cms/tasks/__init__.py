"""Celery workers: thin shells around :mod:`cms.tasks.running`."""

from cms.tasks.registration import Worker, register

__all__ = ["Worker", "register"]
