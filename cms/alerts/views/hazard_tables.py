"""Table of hazards in force, to be read: levels with their legal colours, and texts and siren of every stage."""

from flask import render_template

from broadcast.alerts.hazards import Hazard, HazardTable
from cms.alerts import labels
from cms.alerts.repository.alerts import HazardTables, table_in_force
from cms.alerts.views.alerts import rounds_line
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import pages
from province.people import Action

_VERSIONS_MOST = 20


@pages.get("/alerts/hazards")
def hazard_table() -> str:
    messages.tree_for(Action.ALERT_READ)
    with request_context.session() as session:
        versions = HazardTables(session).all()
    table = table_in_force(versions[0].text if versions else "")
    return render_template(
        "alerts/hazards.html",
        table=table,
        groups=_groups(table),
        current=versions[0] if versions and versions[0].text else None,
        versions=versions[:_VERSIONS_MOST],
        rounds_line=rounds_line,
        # A file that was valid once, and is refused by this version of the program.
        is_refused=bool(versions and versions[0].text and not table.source),
    )


def _groups(table: HazardTable) -> list[tuple[str, list[Hazard]]]:
    """Return the natural disasters of the Decision, by the first clause that names each, then all others."""
    natural = [hazard for hazard in Hazard if table.hazards[hazard].clauses]
    ordered = sorted(natural, key=lambda hazard: table.hazards[hazard].clauses)
    others = [hazard for hazard in Hazard if not table.hazards[hazard].clauses]
    return [(str(labels.NATURAL), ordered), (str(labels.OTHERS), others)]
