"""Kinds of items, transcripts, and language versions."""

import sqlalchemy as sa
from alembic import op

from cms.migrations.baseline.schema import create, indexes, instants, strings

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

_AIRTIME_KEY = ["grain", "on", "area_id", "topic", "origin", "priority"]


def upgrade() -> None:
    for table in ("bulletins", "transmissions"):
        op.add_column(table, _genre())
    transcript = sa.Column("transcript", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("bulletins", transcript)
    with op.batch_alter_table("report_airtime") as airtime:
        airtime.add_column(_genre())
        airtime.drop_constraint("pk_report_airtime", type_="primary")
        airtime.create_primary_key("pk_report_airtime", [*_AIRTIME_KEY, "genre"])
    create(
        "language_versions",
        strings(40, "bulletin_id group_id"),
        instants("outdated_at?"),
        key="bulletin_id",
        bulletin_id="bulletins.id",
    )
    indexes("language_versions", "group_id")


def downgrade() -> None:
    op.drop_table("language_versions")
    # Figures by kind cannot be kept: they are counted again by day, without kinds, where the days are still there.
    op.execute("DELETE FROM report_airtime WHERE genre != ''")
    with op.batch_alter_table("report_airtime") as airtime:
        airtime.drop_constraint("pk_report_airtime", type_="primary")
        airtime.create_primary_key("pk_report_airtime", _AIRTIME_KEY)
        airtime.drop_column("genre")
    op.drop_column("bulletins", "transcript")
    for table in ("transmissions", "bulletins"):
        op.drop_column(table, "genre")


def _genre() -> sa.Column[str]:
    return sa.Column("genre", sa.String(40), nullable=False, server_default=sa.text("''"))
