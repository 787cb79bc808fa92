"""Kinds of items, transcripts, language versions, and royalties."""

import sqlalchemy as sa
from alembic import op

from cms.migrations.baseline.schema import big_integers, create, dates, indexes, instants, integers, strings, texts

revision = "0015"
down_revision = "0013"
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
    indexes("transmissions", "approved_at")
    create(
        "royalty_tables",
        integers("version"),
        strings(300, "source"),
        big_integers("unit_vnd"),
        texts("rates"),
        strings(40, "changed_by"),
        strings(200, "changed_by_name"),
        instants("changed_at"),
        key="version",
    )
    create(
        "royalties",
        strings(40, "bulletin_id genre grade recorded_by"),
        strings(200, "author recorded_by_name"),
        big_integers("amount_vnd"),
        integers("table_version version"),
        dates("approved_on"),
        instants("recorded_at"),
        key="bulletin_id",
        bulletin_id="bulletins.id",
    )
    indexes("royalties", "approved_on")
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
    op.drop_table("royalties")
    op.drop_table("royalty_tables")
    op.drop_index("ix_transmissions_approved_at", table_name="transmissions")
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
