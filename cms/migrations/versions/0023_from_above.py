"""Central system: sound files, known state of each device; templates, and shares down the tree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("central_bulletins") as table:
        table.add_column(sa.Column("sound_tries", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("sound_due_at", sa.DateTime(timezone=True), nullable=True))
        table.create_index(op.f("ix_central_bulletins_sound_due_at"), ["sound_due_at"])
    with op.batch_alter_table("central_link") as table:
        table.drop_column("devices_hash")
    op.create_table(
        "central_devices",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("told_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_central_devices")),
    )
    kinds = op.create_table(
        "area_kinds",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_commune", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_area_kinds")),
    )
    # The kinds that were communes in code until now.
    op.bulk_insert(
        kinds, [{"kind": kind, "is_commune": True} for kind in ("commune", "ward", "township", "special_zone")]
    )
    op.create_table(
        "bulletin_templates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_bulletin_templates_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_templates")),
    )
    op.create_index(op.f("ix_bulletin_templates_area_id"), "bulletin_templates", ["area_id"])
    op.create_table(
        "shares",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("origin_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_by", sa.String(length=40), nullable=False),
        sa.Column("shared_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_shares_area_id_areas")),
        sa.ForeignKeyConstraint(["origin_id"], ["areas.id"], name=op.f("fk_shares_origin_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shares")),
        sa.UniqueConstraint("kind", "subject_id", "area_id", name=op.f("uq_shares_kind_subject_id_area_id")),
    )
    op.create_index(op.f("ix_shares_area_id"), "shares", ["area_id"])


def downgrade() -> None:
    op.drop_table("shares")
    op.drop_table("bulletin_templates")
    op.drop_table("area_kinds")
    op.drop_table("central_devices")
    with op.batch_alter_table("central_link") as table:
        table.add_column(sa.Column("devices_hash", sa.String(length=64), server_default="", nullable=False))
    with op.batch_alter_table("central_bulletins") as table:
        table.drop_index(op.f("ix_central_bulletins_sound_due_at"))
        table.drop_column("sound_due_at")
        table.drop_column("sound_tries")
