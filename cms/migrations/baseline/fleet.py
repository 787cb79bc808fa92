"""Devices and their status, life cycle, certificates and firmware."""

import sqlalchemy as sa

from cms.migrations.baseline.schema import (
    big_integers,
    booleans,
    create,
    indexes,
    instants,
    integers,
    strings,
    texts,
    unique,
)


def create_tables() -> None:
    create(
        "devices",
        unique("serial"),
        strings(40, "id area_id"),
        strings(80, "serial"),
        strings(200, "name"),
        strings(32, "kind"),
        instants("enrolled_at retired_at?"),
        texts("point? groups screen?"),
        integers("volume_pct desired_version"),
        booleans("quarantined revoked alerts_pass", default=sa.false()),
        area_id="areas.id",
    )
    indexes("devices", "area_id")
    create(
        "saved_filters",
        [sa.UniqueConstraint("user_id", "name", name="uq_saved_filters_user_id")],
        strings(40, "id user_id"),
        strings(60, "name"),
        texts("query"),
        instants("kept_at"),
        user_id="users.id",
    )
    create(
        "device_status",
        strings(40, "device_id"),
        booleans("online"),
        integers("conn clock_offset_ms?"),
        instants("seen_at"),
        strings(80, "firmware boot"),
        texts("plan_versions"),
        key="device_id",
        device_id="devices.id",
    )
    create(
        "device_certificates",
        strings(40, "number device_id"),
        strings(32, "state"),
        instants("issued_at ends_at ended_at?"),
        texts("pem"),
        strings(64, "csr"),
        key="number",
        device_id="devices.id",
    )
    indexes("device_certificates", "device_id", "state")
    create(
        "device_lifecycle",
        strings(40, "serial area_id registered_by device_id?"),
        strings(32, "kind state"),
        strings(200, "name registered_by_name claimed_by_name"),
        strings(43, "claim_x"),
        instants("registered_at since_at claimed_at? locked_until_at?"),
        strings(64, "photo_sha256 enrolled_csr"),
        integers("failures version"),
        key="serial",
        area_id="areas.id",
        device_id="devices.id",
    )
    indexes("device_lifecycle", "device_id", "state")
    create(
        "firmware_images",
        [sa.UniqueConstraint("model", "number", name="uq_firmware_images_model")],
        strings(64, "id sha256"),
        strings(40, "model uploaded_by"),
        big_integers("number floor"),
        strings(80, "version"),
        integers("bytes"),
        texts("notes manifest"),
        instants("uploaded_at"),
        strings(200, "uploaded_by_name"),
    )
    create(
        "firmware_rollouts",
        strings(40, "id area_id created_by started_by"),
        texts("image_ids stop_why"),
        strings(200, "title created_by_name started_by_name released_by_name"),
        instants("created_at wave_at? paused_at? changed_at?"),
        strings(32, "state stop_code"),
        integers("wave version"),
        area_id="areas.id",
    )
    create(
        "device_firmware",
        strings(40, "device_id model"),
        big_integers("number"),
        strings(80, "version"),
        instants("heard_at installed_at?"),
        key="device_id",
        device_id="devices.id",
    )
    create(
        "firmware_members",
        strings(40, "rollout_id device_id commune_id code"),
        strings(200, "device_name"),
        strings(64, "image_id"),
        booleans("is_cluster"),
        integers("wave attempt"),
        strings(32, "state"),
        instants("sent_at? again_at? changed_at?"),
        key="rollout_id device_id",
        device_id="devices.id",
        image_id="firmware_images.id",
        rollout_id="firmware_rollouts.id",
    )
    indexes("firmware_members", "device_id state")
