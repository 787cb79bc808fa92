"""Fleet overview: availability by place and month, the worst devices, and the firmware in use."""

from datetime import date, timedelta
from typing import Final

from flask import render_template

from cms.fleet.labels import devices as device_labels
from cms.fleet.queries.devices import firmware_spread
from cms.fleet.queries.presence import by_month, longest_away, most_reconnected
from cms.health.queries.telemetry import outcomes
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import pages
from cms.schedule.views.dashboard import where
from province.people import Action

MONTHS: Final = 6
PLACES_SHOWN: Final = 200
GOOD, FAIR = 0.99, 0.95
"""Shares that equal about seven hours and a day and a half offline a month."""
LATELY: Final = timedelta(days=1)


@pages.get("/fleet")
def fleet() -> str:
    tree, now = messages.tree_for(Action.DEVICE_READ), request_context.context().now()
    areas = where(messages.held(Action.DEVICE_READ), tree)
    months = _months(request_context.today())
    with request_context.session() as session:
        shares = by_month(session, areas, months[0])
        away = longest_away(session, areas)
        reconnected = most_reconnected(session, areas, int((now - LATELY).timestamp() * 1000))
        spread = firmware_spread(session, areas)
        taken = outcomes(session)
    places = sorted(shares, key=lambda area_id: (shares[area_id][max(shares[area_id])], messages.area_name(area_id)))
    return render_template(
        "fleet/fleet.html",
        months=months,
        shares=shares,
        places=places[:PLACES_SHOWN],
        places_left=max(0, len(places) - PLACES_SHOWN),
        away=away,
        reconnected=reconnected,
        spread=spread,
        devices=sum(count for _firmware, count in spread),
        outcomes=device_labels.outcomes(taken),
        tone=_tone,
    )


def _months(today: date) -> list[date]:
    """Return the first days of the last months, the current one last."""
    place = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(place - MONTHS + 1, place + 1)]


def _tone(share: float) -> str:
    if share >= GOOD:
        return "good"
    return "wait" if share >= FAIR else "bad"
