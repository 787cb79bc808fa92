"""Chimes, phrase bank, pronunciations and sent recordings."""

import sqlalchemy as sa
from alembic import op


def create_tables() -> None:
    op.create_table(
        "chimes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("sound", sa.Text(), nullable=False),
        sa.Column("original_name", sa.String(length=300), nullable=False),
        sa.Column("candidate_sha256", sa.String(length=64), nullable=False),
        sa.Column("candidate_name", sa.String(length=300), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("refusal", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_chimes_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chimes")),
        sa.UniqueConstraint("area_id", "place", name=op.f("uq_chimes_area_id_place")),
    )
    op.create_table(
        "phrases",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=700), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("level_lufs", sa.Double(), nullable=True),
        sa.Column("floor_dbfs", sa.Double(), nullable=True),
        sa.Column("candidate_sha256", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("refusal", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_phrases_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrases")),
        sa.UniqueConstraint("area_id", "language", "key", name=op.f("uq_phrases_area_id_language_key")),
    )
    op.create_table(
        "pronunciations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("saying", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_pronunciations_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pronunciations")),
        sa.UniqueConstraint("area_id", "key", name=op.f("uq_pronunciations_area_id_key")),
    )
    op.create_table(
        "sent_recordings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_recordings")),
    )
    op.create_index("ix_sent_recordings_is_waiting_at", "sent_recordings", ["is_waiting", "at"], unique=False)
    op.create_index("ix_sent_recordings_owner_id_at", "sent_recordings", ["owner_id", "at"], unique=False)
