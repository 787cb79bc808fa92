"""Areas, their kinds and settings; bulletin templates and shares."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    kinds = op.create_table(
        "area_kinds",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_commune", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_area_kinds")),
    )
    op.create_table(
        "areas",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("point", sa.Text(), nullable=True),
        sa.Column("predecessors", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["areas.id"], name=op.f("fk_areas_parent_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_parent_id"), "areas", ["parent_id"], unique=False)
    op.create_table(
        "area_contacts",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_contacts_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_contacts")),
    )
    op.create_table(
        "area_outlines",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("rings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_outlines_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_outlines")),
    )
    op.create_table(
        "area_rules",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_rules_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_rules")),
    )
    op.create_table(
        "exemptions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_exemptions_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemptions")),
    )
    op.create_index(op.f("ix_exemptions_area_id"), "exemptions", ["area_id"], unique=False)
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
    op.create_index(op.f("ix_bulletin_templates_area_id"), "bulletin_templates", ["area_id"], unique=False)
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
    op.create_index(op.f("ix_shares_area_id"), "shares", ["area_id"], unique=False)
    op.bulk_insert(
        kinds, [{"kind": kind, "is_commune": True} for kind in ("commune", "ward", "township", "special_zone")]
    )
