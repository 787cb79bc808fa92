"""Users, grants, sign-ins and tokens; calendar feeds and date sets."""

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
        "sign_in_tallies",
        strings(120, "key"),
        integers("failures"),
        instants("began_at last_at locked_until_at?"),
        key="key",
    )
    indexes("sign_in_tallies", "last_at")
    create(
        "users",
        unique("login"),
        strings(40, "id"),
        strings(80, "login"),
        strings(200, "name"),
        texts("password_hash"),
        instants("created_at disabled_at? password_set_at?"),
        booleans("must_change_password", default=sa.false()),
    )
    create(
        "grants",
        strings(40, "user_id area_id"),
        strings(32, "role"),
        key="user_id role area_id",
        area_id="areas.id",
        user_id="users.id",
    )
    indexes("grants", "area_id")
    create(
        "recovery_codes",
        strings(40, "user_id"),
        strings(64, "code_hash"),
        instants("used_at?"),
        key="user_id code_hash",
        user_id="users.id",
    )
    create(
        "second_factors",
        strings(40, "user_id"),
        texts("sealed"),
        instants("enrolled_at locked_until_at?"),
        big_integers("last_step"),
        integers("failures"),
        key="user_id",
        user_id="users.id",
    )
    create(
        "sessions",
        unique("secret_hash"),
        strings(40, "id user_id"),
        strings(64, "secret_hash"),
        instants("created_at expires_at revoked_at? second_factor_at? last_seen_at?"),
        texts("offered?"),
        strings(64, "source", default=""),
        strings(200, "agent", default=""),
        user_id="users.id",
    )
    indexes("sessions", "user_id")
    create(
        "tokens",
        unique("secret_hash"),
        strings(40, "id user_id"),
        strings(200, "name"),
        strings(64, "secret_hash"),
        instants("created_at expires_at revoked_at?"),
        texts("scopes", default='["read"]'),
        user_id="users.id",
    )
    indexes("tokens", "user_id")
    create(
        "calendar_feeds",
        unique("secret_hash"),
        strings(40, "id user_id area_id"),
        strings(64, "secret_hash"),
        instants("created_at"),
        area_id="areas.id",
        user_id="users.id",
    )
    indexes("calendar_feeds", "user_id")
    create(
        "date_sets",
        unique("area_id name"),
        strings(40, "id area_id changed_by"),
        strings(80, "name"),
        texts("dates"),
        instants("changed_at"),
        strings(200, "changed_by_name"),
        area_id="areas.id",
    )
