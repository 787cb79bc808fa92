"""Chimes, phrase bank, pronunciations and sent recordings."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import (
    booleans,
    create,
    doubles,
    indexes,
    instants,
    integers,
    strings,
    texts,
    unique,
)


def create_tables() -> None:
    create(
        "chimes",
        unique("area_id place"),
        strings(40, "id area_id changed_by job_id"),
        strings(32, "place"),
        instants("changed_at"),
        strings(200, "changed_by_name"),
        texts("sound"),
        strings(300, "original_name candidate_name"),
        strings(64, "candidate_sha256"),
        strings(80, "refusal"),
        area_id="areas.id",
    )
    create(
        "phrases",
        unique("area_id language key"),
        strings(40, "id area_id changed_by job_id"),
        strings(20, "language"),
        strings(700, "key"),
        texts("text"),
        instants("changed_at"),
        strings(200, "changed_by_name by_name"),
        strings(64, "sha256 candidate_sha256"),
        doubles("level_lufs? floor_dbfs?"),
        strings(80, "refusal"),
        area_id="areas.id",
    )
    create(
        "pronunciations",
        unique("area_id key"),
        strings(40, "id area_id changed_by"),
        strings(200, "key changed_by_name"),
        texts("saying"),
        instants("changed_at"),
        area_id="areas.id",
    )
    create(
        "sent_recordings",
        [sa.Column("id", sa.Integer(), autoincrement=True, nullable=False)],
        strings(40, "owner_id"),
        strings(64, "sha256"),
        integers("bytes"),
        instants("at"),
        booleans("is_waiting"),
    )
    indexes("sent_recordings", "is_waiting at", "owner_id at")
