"""Bulletins, approvals, transmissions and plans."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import booleans, create, dates, indexes, instants, integers, strings, texts, times


def create_tables() -> None:
    create(
        "bulletins",
        strings(40, "id language author_id submitter_id? approver_id? source_id?"),
        strings(300, "title original_name origin pen_name"),
        texts("text targets schedules sound remarks folded proposal? board? relay?"),
        strings(80, "topic"),
        strings(32, "priority status after"),
        strings(200, "author_name submitter_name"),
        instants("created_at changed_at valid_from_at? valid_until_at?"),
        integers("version"),
        strings(64, "original_sha256"),
        texts("sayings changes notes editors", default="[]"),
        texts("cues", default="{}"),
        booleans("is_handed_down", default=sa.false()),
    )
    indexes("bulletins", "changed_at", "source_id", "status changed_at")
    create(
        "board_plans",
        strings(40, "area_id"),
        strings(64, "sha256"),
        integers("bytes"),
        booleans("is_empty"),
        instants("built_at sent_at?"),
        key="area_id",
        area_id="areas.id",
    )
    create("bulletin_areas", strings(40, "bulletin_id area_id"), key="bulletin_id area_id", bulletin_id="bulletins.id")
    indexes("bulletin_areas", "area_id")
    create(
        "review_snapshots",
        strings(40, "bulletin_id user_id"),
        integers("version"),
        instants("at"),
        texts("shown"),
        key="bulletin_id user_id version",
        bulletin_id="bulletins.id",
    )
    create(
        "bulletin_sounds",
        strings(64, "sha256"),
        strings(40, "bulletin_id"),
        key="sha256 bulletin_id",
        bulletin_id="bulletins.id",
    )
    create(
        "day_plans",
        strings(40, "area_id"),
        dates("on"),
        texts("plan"),
        strings(64, "sha256"),
        integers("bytes version"),
        instants("built_at sent_at?"),
        key="area_id on",
        area_id="areas.id",
    )
    create(
        "slots",
        strings(40, "id holder_id area_id granted_by"),
        strings(200, "holder_name granted_by_name"),
        texts("weekdays classes"),
        times("starts ends"),
        dates("last_on"),
        instants("granted_at revoked_at?"),
        area_id="areas.id",
    )
    indexes("slots", "area_id", "holder_id")
    create(
        "transmissions",
        strings(40, "id bulletin_id submitted_by approved_by relay_source_id?"),
        integers("bulletin_version prio"),
        strings(300, "title"),
        strings(32, "priority after"),
        texts("targets schedules rendition board? relay?"),
        strings(200, "submitted_by_name approved_by_name"),
        instants("approved_at valid_from_at? valid_until_at? withdrawn_at? ends_at?"),
        texts("frames make_good", default="[]"),
        strings(80, "topic", default=""),
        strings(300, "origin", default=""),
        bulletin_id="bulletins.id",
    )
    indexes("transmissions", "bulletin_id", "ends_at", "relay_source_id")
    create(
        "approval_documents",
        strings(40, "transmission_id bulletin_id approved_by"),
        instants("approved_at"),
        texts("text"),
        strings(64, "sha256"),
        key="transmission_id",
        bulletin_id="bulletins.id",
        transmission_id="transmissions.id",
    )
    indexes("approval_documents", "bulletin_id")
    create(
        "plan_items",
        [
            sa.ForeignKeyConstraint(
                ["area_id", "on"], ["day_plans.area_id", "day_plans.on"], name="fk_plan_items_day_plans"
            )
        ],
        strings(40, "area_id transmission_id bulletin_id"),
        dates("on"),
        strings(80, "occurrence_id"),
        strings(300, "title"),
        instants("start_at end_at"),
        booleans("placed"),
        integers("only_devices?"),
        booleans("is_unsigned", default=sa.false()),
        key="area_id on occurrence_id",
    )
    indexes("plan_items", "bulletin_id start_at", "occurrence_id", "start_at area_id")
    create(
        "transmission_areas",
        strings(40, "transmission_id area_id"),
        key="transmission_id area_id",
        transmission_id="transmissions.id",
    )
    indexes("transmission_areas", "area_id")
    create(
        "approval_signatures",
        strings(40, "transmission_id attached_by"),
        strings(64, "sha256"),
        texts("signer"),
        strings(200, "attached_by_name"),
        instants("attached_at"),
        key="transmission_id sha256",
        transmission_id="approval_documents.transmission_id",
    )
