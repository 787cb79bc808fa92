"""Tickets, their entries and faults."""

from cms.migrations.baseline.schema import booleans, create, index, indexes, instants, integers, strings, texts


def create_tables() -> None:
    create(
        "tickets",
        strings(40, "id area_id opened_by device_id? fault_id incident_id feedback_id holder"),
        strings(120, "subject"),
        strings(32, "origin fault_kind? state"),
        instants("opened_at held_since_at? over_at? ended_at?"),
        strings(200, "opened_by_name device_name holder_name ended_by_name"),
        texts("text"),
        integers("version"),
        area_id="areas.id",
        device_id="devices.id",
    )
    indexes("tickets", "device_id", "fault_id", "feedback_id", "incident_id", "state opened_at")
    index("uq_tickets_living", "tickets", "subject", is_unique=True, where="state IN ('open', 'taken', 'waiting')")
    create(
        "ticket_entries",
        strings(40, "id ticket_id by feedback_id"),
        strings(32, "step check?"),
        instants("at done_at"),
        strings(200, "by_name"),
        texts("text"),
        strings(64, "photo_sha256"),
        booleans("is_good?"),
        ticket_id="tickets.id",
    )
    indexes("ticket_entries", "feedback_id", "ticket_id at")
    create("ticket_faults", strings(40, "ticket_id fault_id"), key="ticket_id fault_id", ticket_id="tickets.id")
    indexes("ticket_faults", "fault_id")
