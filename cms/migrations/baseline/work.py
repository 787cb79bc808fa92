"""Audit log, outbox, jobs and idempotency keys."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import create, index, indexes, instants, integers, strings, texts


def create_tables() -> None:
    create(
        "events",
        [sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False)],
        instants("at"),
        strings(80, "name subject_id"),
        strings(40, "by"),
        strings(200, "by_name"),
        texts("detail"),
        strings(64, "previous_hash hash"),
        key="seq",
    )
    indexes("events", "at", "by seq", "subject_id seq")
    create(
        "idempotency_keys",
        strings(40, "user_id"),
        strings(200, "key"),
        strings(64, "request_hash"),
        integers("status"),
        texts("headers body"),
        instants("created_at"),
        key="user_id key",
    )
    indexes("idempotency_keys", "created_at")
    create(
        "jobs",
        strings(40, "id subject_id step lease"),
        strings(32, "kind"),
        texts("payload error"),
        strings(20, "state"),
        integers("progress_pct attempts"),
        instants("lease_until_at created_at started_at? finished_at?"),
    )
    indexes("jobs", "state lease_until_at", "subject_id")
    create(
        "outbox",
        [sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)],
        strings(32, "kind"),
        strings(40, "subject_id"),
        texts("payload error"),
        instants("created_at due_at sent_at?"),
        integers("attempts"),
    )
    index("ix_outbox_stations", "outbox", "subject_id", where="kind = 'stations'")
    index("ix_outbox_unsent", "outbox", "id", where="sent_at IS NULL")
