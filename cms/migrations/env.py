"""Alembic environment: migrates over the connection that ``cms.migrations`` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from cms.tables import Base


def render_plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Render a column as the database's plain type, not our class, which may change later."""
    del autogen
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_plain_types,
    transactional_ddl=True,
)
context.run_migrations()
