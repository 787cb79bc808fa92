"""Indexes for the exchange screens: messages by verdict, delivery of a document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATIONS = sa.text("kind = 'stations'")


def upgrade() -> None:
    op.create_index("ix_outbox_stations", "outbox", ["subject_id"], sqlite_where=_STATIONS, postgresql_where=_STATIONS)
    op.create_index("ix_cap_messages_verdict_received_at_id", "cap_messages", ["verdict", "received_at", "id"])
    op.create_index("ix_webhook_deliveries_document_id", "webhook_deliveries", ["document_id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_document_id", "webhook_deliveries")
    op.drop_index("ix_cap_messages_verdict_received_at_id", "cap_messages")
    op.drop_index("ix_outbox_stations", "outbox")
