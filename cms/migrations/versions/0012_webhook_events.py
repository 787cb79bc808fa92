"""Webhooks of events: kinds of a subscriber, and deliveries that hold an event instead of naming a document."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("webhooks") as table:
        table.add_column(sa.Column("kinds", sa.Text(), nullable=False, server_default='["cap"]'))
    with op.batch_alter_table("webhook_deliveries") as table:
        table.alter_column("document_id", existing_type=sa.String(60), nullable=True)
        table.add_column(sa.Column("event", sa.String(60), nullable=False, server_default=sa.text("''")))
        table.add_column(sa.Column("event_key", sa.String(160), nullable=True))
        table.add_column(sa.Column("body", sa.Text(), nullable=False, server_default=sa.text("''")))
        table.create_unique_constraint("uq_webhook_deliveries_webhook_id_event_key", ["webhook_id", "event_key"])
    # What happened before is sent to nobody.
    op.execute("INSERT INTO event_cursors (name, seq) SELECT 'webhooks', COALESCE(MAX(seq), 0) FROM events")
    op.execute("INSERT INTO event_cursors (name, seq) VALUES ('webhook_watch', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM event_cursors WHERE name IN ('webhooks', 'webhook_watch')")
    op.execute("DELETE FROM webhook_deliveries WHERE document_id IS NULL")
    with op.batch_alter_table("webhook_deliveries") as table:
        table.drop_constraint("uq_webhook_deliveries_webhook_id_event_key", type_="unique")
        for name in ("body", "event_key", "event"):
            table.drop_column(name)
        table.alter_column("document_id", existing_type=sa.String(60), nullable=False)
    with op.batch_alter_table("webhooks") as table:
        table.drop_column("kinds")
