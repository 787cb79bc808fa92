"""Searches and checks of the event log, the cursor of its export, retention of personal data, reports as documents."""

import sqlalchemy as sa
from alembic import op

from cms.migrations.baseline.schema import big_integers, create, indexes, instants, integers, strings, texts

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    indexes("events", "at seq", "name at seq", "by name at seq")
    op.drop_index("ix_events_by_seq", "events")
    op.drop_index("ix_events_at", "events")
    create(
        "audit_checks",
        strings(40, "id asked_by"),
        strings(200, "asked_by_name"),
        instants("asked_at finished_at?"),
        big_integers("seq broken_seq?"),
        strings(64, "hash"),
        integers("anchors"),
        texts("lost"),
    )
    indexes("audit_checks", "asked_at")
    op.execute("INSERT INTO event_cursors (name, seq) VALUES ('syslog', 0)")
    create(
        "retention_rules",
        strings(32, "kind"),
        strings(40, "changed_by"),
        strings(200, "changed_by_name"),
        integers("days"),
        instants("changed_at"),
        key="kind",
    )
    op.add_column("reports", sa.Column("docx_sha256", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("reports", "docx_sha256")
    op.drop_table("retention_rules")
    op.execute("DELETE FROM event_cursors WHERE name = 'syslog'")
    op.drop_table("audit_checks")
    indexes("events", "at", "by seq")
    for name in ("ix_events_by_name_at_seq", "ix_events_name_at_seq", "ix_events_at_seq"):
        op.drop_index(name, "events")
