"""The only place that names concrete classes: builds the context and hands it to each entry point."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from celery import Celery
from flask import Flask
from ulid import ULID

from cms import api, celery_app, migrations, tasks, web, workers
from cms.accounts.policy import Policy
from cms.context import Context
from cms.keyring import Keyring
from cms.settings import Settings
from cms.store.engine import make_engine
from cms.store.uow import make_uow_factory
from media.storage import FolderContentStore


def prepare(settings: Settings) -> None:
    """Folders, keys and the database's tables; harmless when repeated."""
    os.umask(0o027)
    for folder in (settings.root, settings.content_dir, settings.keys_dir, settings.run_dir, settings.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    Keyring.ensure(settings)
    migrations.upgrade(settings.effective_database_url)


def build(settings: Settings | None = None) -> Context:
    """The wired parts; opens no connection yet."""
    settings = settings or Settings()
    engine = make_engine(settings.effective_database_url)
    return Context(
        settings=settings,
        engine=engine,
        uow=make_uow_factory(engine),
        content=FolderContentStore(settings.content_dir),
        authority=Policy(),
        keyring=Keyring.load(settings),
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(ULID()).lower(),
    )
