"""Live addresses, relay sources and missed airings."""

from cms.migrations.baseline.schema import booleans, create, indexes, instants, integers, strings, texts, times


def create_tables() -> None:
    create(
        "live_sessions",
        strings(40, "id owner_id"),
        texts("areas recording? sound?"),
        strings(200, "topic owner_name ended_by_name"),
        instants("prepared_at until_at on_air_at? ended_at?"),
        strings(32, "state end?"),
        integers("version"),
        strings(200, "released_by_name", default=""),
    )
    indexes("live_sessions", "prepared_at id", "state")
    create("live_places", strings(40, "area_id live_id"), key="area_id", area_id="areas.id", live_id="live_sessions.id")
    indexes("live_places", "live_id")
    create(
        "relay_sources",
        strings(40, "id area_id written_by approved_by?"),
        strings(200, "name owner written_by_name approved_by_name suspended_by_name"),
        strings(32, "kind form state"),
        texts("urls licence editors suspended_why"),
        instants("changed_at approved_at?"),
        integers("version"),
        area_id="areas.id",
    )
    create(
        "relay_source_health",
        strings(40, "source_id"),
        strings(32, "health"),
        instants("checked_at since_at"),
        strings(300, "detail"),
        key="source_id",
        source_id="relay_sources.id",
    )
    create(
        "missed_airings",
        strings(80, "occurrence_id item_id"),
        strings(40, "device_id area_id transmission_id bulletin_id reason"),
        strings(200, "device_name decided_by_name"),
        strings(300, "title"),
        instants("missed_at not_before_at not_after_at reported_at decided_at?"),
        strings(20, "result"),
        strings(32, "mode remedy left_because?"),
        key="occurrence_id device_id",
    )
    indexes("missed_airings", "device_id remedy", "item_id", "missed_at remedy", "transmission_id")
    create(
        "make_good_rules",
        strings(40, "area_id"),
        strings(32, "priority mode"),
        times("until"),
        booleans("cuts"),
        key="area_id priority",
        area_id="areas.id",
    )
