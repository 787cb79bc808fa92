"""Remote commands, their batches and results; maintenance windows."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import binaries, create, index, indexes, instants, integers, strings, texts, times


def create_tables() -> None:
    create(
        "command_batches",
        strings(40, "id asked_by agreed_by?"),
        strings(32, "kind state"),
        texts("arguments reason device_ids area_ids left_out dangers ended_why"),
        strings(200, "asked_by_name agreed_by_name ended_by_name"),
        instants("asked_at agreed_at? ended_at?"),
        integers("version"),
    )
    indexes("command_batches", "state asked_at")
    create(
        "remote_commands",
        strings(40, "id batch_id device_id area_id"),
        strings(200, "device_name"),
        strings(32, "kind state"),
        texts("arguments test?"),
        instants("queued_at expires_at sent_at? received_at? ended_at?"),
        integers("sends log_bytes"),
        strings(64, "code log_sha256"),
        strings(80, "boot"),
        batch_id="command_batches.id",
    )
    indexes("remote_commands", "batch_id state", "device_id queued_at")
    index("ix_remote_commands_open", "remote_commands", "id", where="state IN ('queued', 'sent', 'received')")
    create(
        "self_test_hours",
        strings(40, "area_id asked_by agreed_by?"),
        times("at?"),
        texts("reason"),
        strings(200, "asked_by_name agreed_by_name"),
        instants("asked_at agreed_at?"),
        integers("version"),
        key="area_id",
        area_id="areas.id",
    )
    create(
        "device_log_parts",
        [sa.Column("n", sa.Integer(), autoincrement=False, nullable=False)],
        strings(40, "command_id"),
        integers("of"),
        strings(64, "sha256"),
        binaries("data"),
        key="command_id n",
        command_id="remote_commands.id",
    )
    create(
        "maintenance_windows",
        strings(40, "id device_id? area_id by"),
        instants("from_at until_at at ended_at?"),
        texts("reason"),
        strings(200, "by_name ended_by_name"),
        area_id="areas.id",
        device_id="devices.id",
    )
    indexes("maintenance_windows", "until_at")
