"""Number of registered devices, also where the database is older than this program or empty."""

from pathlib import Path

from sqlalchemy import Engine, func, inspect, select

from cms.fleet.tables.devices import DeviceRow
from cms.platform.store.engine import make_engine, reading


def registered_devices(url: str) -> int:
    """Count the devices that are not retired; 0 where there is no table yet.

    Raises:
        OperationalError: the database does not answer.
    """
    engine = make_engine(url)
    try:
        if _is_unmade(engine) or not inspect(engine.execution_options(loa_reads=True)).has_table(
            DeviceRow.__tablename__
        ):
            return 0
        in_service = select(func.count()).select_from(DeviceRow).where(DeviceRow.retired_at.is_(None))
        with reading(engine) as session:
            return session.scalar(in_service) or 0
    finally:
        engine.dispose()


def _is_unmade(engine: Engine) -> bool:
    """Return whether SQLite's file does not exist: looking for tables would create it."""
    return engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists()
