"""Index of the content of bulletins, by its hash."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_AT_ONCE = 500


def upgrade() -> None:
    sounds = op.create_table(
        "bulletin_sounds",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_bulletin_sounds_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("sha256", "bulletin_id", name=op.f("pk_bulletin_sounds")),
    )
    bulletins = sa.table(
        "bulletins",
        sa.column("id", sa.String()),
        sa.column("original_sha256", sa.String()),
        sa.column("sound", sa.Text()),
    )
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(bulletins).where(bulletins.c.id > last).order_by(bulletins.c.id).limit(_AT_ONCE)
        found = connection.execute(query).all()
        if not found:
            break
        last = found[-1].id
        rows = [{"sha256": sha256, "bulletin_id": each.id} for each in found for sha256 in _content(each)]
        if rows:
            op.bulk_insert(sounds, rows)


def _content(row: sa.Row[tuple[str, str, str]]) -> list[str]:
    made = json.loads(row.sound).get("renditions", [])
    return sorted({row.original_sha256, *(str(each["sha256"]) for each in made)} - {""})


def downgrade() -> None:
    op.drop_table("bulletin_sounds")
