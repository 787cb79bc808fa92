"""Areas, their kinds and settings; bulletin templates and shares."""

import sqlalchemy as sa
from alembic import op

from cms.migrations.baseline.schema import create, dates, indexes, instants, strings, texts, unique


def create_tables() -> None:
    kinds = op.create_table(
        "area_kinds",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_commune", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_area_kinds")),
    )
    create(
        "areas",
        strings(40, "id kind parent_id?"),
        strings(200, "name"),
        dates("valid_from valid_to?"),
        texts("codes point? predecessors"),
        parent_id="areas.id",
    )
    indexes("areas", "parent_id")
    create("area_contacts", strings(40, "area_id"), texts("people"), key="area_id", area_id="areas.id")
    create("area_outlines", strings(40, "area_id"), texts("rings"), key="area_id", area_id="areas.id")
    create("area_rules", strings(40, "area_id"), texts("rules"), key="area_id", area_id="areas.id")
    create(
        "exemptions",
        strings(40, "id area_id asked_by decided_by?"),
        dates("on"),
        strings(500, "reason"),
        strings(32, "state"),
        strings(200, "asked_by_name decided_by_name"),
        instants("asked_at decided_at?"),
        area_id="areas.id",
    )
    indexes("exemptions", "area_id")
    create(
        "bulletin_templates",
        strings(40, "id area_id changed_by language"),
        strings(300, "name title"),
        instants("changed_at"),
        strings(200, "changed_by_name"),
        texts("text"),
        strings(80, "topic"),
        strings(32, "priority"),
        area_id="areas.id",
    )
    indexes("bulletin_templates", "area_id")
    create(
        "shares",
        unique("kind subject_id area_id"),
        strings(40, "id subject_id origin_id area_id shared_by"),
        strings(32, "kind"),
        instants("shared_at"),
        strings(200, "shared_by_name"),
        area_id="areas.id",
        origin_id="areas.id",
    )
    indexes("shares", "area_id")
    op.bulk_insert(
        kinds, [{"kind": kind, "is_commune": True} for kind in ("commune", "ward", "township", "special_zone")]
    )
