"""Bulletins handed down, public pages and citizens' feedback."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import create, indexes, instants, integers, strings, texts, unique


def create_tables() -> None:
    create(
        "handed_down",
        unique("bulletin_id area_id"),
        strings(40, "id bulletin_id area_id approved_by placed_id? answered_by?"),
        strings(300, "title"),
        strings(32, "priority state"),
        strings(200, "approved_by_name seen_by_name answered_by_name"),
        instants("sent_at answer_by_at seen_at? answered_at?"),
        integers("version"),
        texts("reason"),
        area_id="areas.id",
        bulletin_id="bulletins.id",
    )
    indexes("handed_down", "area_id state sent_at", "placed_id", "state answer_by_at")
    create("inbox_rules", strings(40, "area_id"), texts("rules"), key="area_id", area_id="areas.id")
    create(
        "public_uses",
        [sa.Column("id", sa.Integer(), autoincrement=True, nullable=False)],
        strings(64, "mark"),
        instants("at"),
    )
    indexes("public_uses", "at", "mark")
    create(
        "hidden_bulletins",
        strings(40, "bulletin_id by"),
        strings(200, "by_name"),
        instants("at"),
        key="bulletin_id",
        bulletin_id="bulletins.id",
    )
    create(
        "feedback",
        strings(40, "id area_id taken_by bulletin_id? device_id? answered_by? closed_by? published_by?"),
        strings(32, "channel kind state"),
        texts("text answer"),
        instants("said_at taken_at answered_at? closed_at? published_at?"),
        strings(200, "taken_by_name contact device_name answered_by_name closed_by_name"),
        integers("version"),
        strings(300, "bulletin_title"),
        strings(64, "code_hash", default=""),
        texts("published_text", default=""),
        strings(200, "published_by_name", default=""),
        area_id="areas.id",
    )
    indexes("feedback", "answered_at", "area_id", "code_hash", "said_at id")
