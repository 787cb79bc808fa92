"""Database migrations. ``upgrade`` is safe to call at every start and from several processes at once."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from cms.platform.store.engine import make_engine

log = logging.getLogger(__name__)

MIGRATION_LOCK = 0x10B


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to a revision, in one transaction: all of it or nothing."""
    engine = make_engine(url, is_patient=True)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            config = alembic_config()
            config.attributes["connection"] = connection
            if revision == "head" and _is_ahead(config, connection):
                log.warning("database.ahead: a later version has changed its tables, which this one can use")
                return
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def is_current(connection: Connection) -> bool:
    """Return whether the database has the tables of this program's version."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _is_ahead(config: Config, connection: Connection) -> bool:
    """Return whether the database has a revision that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return not known.issuperset(MigrationContext.configure(connection).get_current_heads())


def alembic_config() -> Config:
    """Build Alembic's configuration, for upgrades here and for writing a new migration."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
