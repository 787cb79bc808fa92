"""Bulletins, approvals, transmissions and plans."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "bulletins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(length=300), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("pen_name", sa.String(length=300), nullable=False),
        sa.Column("valid_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schedules", sa.Text(), nullable=False),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("submitter_id", sa.String(length=40), nullable=True),
        sa.Column("submitter_name", sa.String(length=200), nullable=False),
        sa.Column("approver_id", sa.String(length=40), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("sayings", sa.Text(), server_default="[]", nullable=False),
        sa.Column("changes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("proposal", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("editors", sa.Text(), server_default="[]", nullable=False),
        sa.Column("cues", sa.Text(), server_default="{}", nullable=False),
        sa.Column("is_handed_down", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=True),
        sa.Column("board", sa.Text(), nullable=True),
        sa.Column("relay", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletins")),
    )
    op.create_index("ix_bulletins_changed_at", "bulletins", ["changed_at"], unique=False)
    op.create_index(op.f("ix_bulletins_source_id"), "bulletins", ["source_id"], unique=False)
    op.create_index("ix_bulletins_status_changed_at", "bulletins", ["status", "changed_at"], unique=False)
    op.create_table(
        "board_plans",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("is_empty", sa.Boolean(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_board_plans_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_board_plans")),
    )
    op.create_table(
        "bulletin_areas",
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_bulletin_areas_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "area_id", name=op.f("pk_bulletin_areas")),
    )
    op.create_index(op.f("ix_bulletin_areas_area_id"), "bulletin_areas", ["area_id"], unique=False)
    op.create_table(
        "review_snapshots",
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_review_snapshots_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "user_id", "version", name=op.f("pk_review_snapshots")),
    )
    op.create_table(
        "bulletin_sounds",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_bulletin_sounds_bulletin_id_bulletins")
        ),
        sa.PrimaryKeyConstraint("sha256", "bulletin_id", name=op.f("pk_bulletin_sounds")),
    )
    op.create_table(
        "day_plans",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_day_plans_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", "on", name=op.f("pk_day_plans")),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("holder_id", sa.String(length=40), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.String(length=40), nullable=False),
        sa.Column("granted_by_name", sa.String(length=200), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_slots_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
    )
    op.create_index(op.f("ix_slots_area_id"), "slots", ["area_id"], unique=False)
    op.create_index(op.f("ix_slots_holder_id"), "slots", ["holder_id"], unique=False)
    op.create_table(
        "transmissions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("prio", sa.Integer(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("schedules", sa.Text(), nullable=False),
        sa.Column("rendition", sa.Text(), nullable=False),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("submitted_by", sa.String(length=40), nullable=False),
        sa.Column("submitted_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frames", sa.Text(), server_default="[]", nullable=False),
        sa.Column("make_good", sa.Text(), server_default="[]", nullable=False),
        sa.Column("topic", sa.String(length=80), server_default="", nullable=False),
        sa.Column("origin", sa.String(length=300), server_default="", nullable=False),
        sa.Column("board", sa.Text(), nullable=True),
        sa.Column("relay", sa.Text(), nullable=True),
        sa.Column("relay_source_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletins.id"], name=op.f("fk_transmissions_bulletin_id_bulletins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmissions")),
    )
    op.create_index(op.f("ix_transmissions_bulletin_id"), "transmissions", ["bulletin_id"], unique=False)
    op.create_index(op.f("ix_transmissions_ends_at"), "transmissions", ["ends_at"], unique=False)
    op.create_index(op.f("ix_transmissions_relay_source_id"), "transmissions", ["relay_source_id"], unique=False)
    op.create_table(
        "approval_documents",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_approval_documents_bulletin_id_bulletins")
        ),
        sa.ForeignKeyConstraint(
            ["transmission_id"], ["transmissions.id"], name=op.f("fk_approval_documents_transmission_id_transmissions")
        ),
        sa.PrimaryKeyConstraint("transmission_id", name=op.f("pk_approval_documents")),
    )
    op.create_index(op.f("ix_approval_documents_bulletin_id"), "approval_documents", ["bulletin_id"], unique=False)
    op.create_table(
        "plan_items",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("occurrence_id", sa.String(length=80), nullable=False),
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("only_devices", sa.Integer(), nullable=True),
        sa.Column("is_unsigned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id", "on"], ["day_plans.area_id", "day_plans.on"], name="fk_plan_items_day_plans"
        ),
        sa.PrimaryKeyConstraint("area_id", "on", "occurrence_id", name=op.f("pk_plan_items")),
    )
    op.create_index("ix_plan_items_bulletin_id_start_at", "plan_items", ["bulletin_id", "start_at"], unique=False)
    op.create_index(op.f("ix_plan_items_occurrence_id"), "plan_items", ["occurrence_id"], unique=False)
    op.create_index("ix_plan_items_start_at_area_id", "plan_items", ["start_at", "area_id"], unique=False)
    op.create_table(
        "transmission_areas",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["transmission_id"], ["transmissions.id"], name=op.f("fk_transmission_areas_transmission_id_transmissions")
        ),
        sa.PrimaryKeyConstraint("transmission_id", "area_id", name=op.f("pk_transmission_areas")),
    )
    op.create_index(op.f("ix_transmission_areas_area_id"), "transmission_areas", ["area_id"], unique=False)
    op.create_table(
        "approval_signatures",
        sa.Column("transmission_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("attached_by", sa.String(length=40), nullable=False),
        sa.Column("attached_by_name", sa.String(length=200), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transmission_id"],
            ["approval_documents.transmission_id"],
            name=op.f("fk_approval_signatures_transmission_id_approval_documents"),
        ),
        sa.PrimaryKeyConstraint("transmission_id", "sha256", name=op.f("pk_approval_signatures")),
    )
