"""Link to the central source system: its state, messages received, reports to send."""

from __future__ import annotations

from flask import render_template

from cms.store.central import SqlCentral
from cms.web import alert_seeing, central_labels, exchange_labels, request_context
from cms.web.exchange import enter, figures_of
from cms.web.request_context import pages

ROWS = 50


@pages.get("/exchange/central")
def exchange_central() -> str:
    enter()
    with alert_seeing.session() as session:
        store = SqlCentral(session)
        return render_template(
            "exchange_central.html",
            words=exchange_labels,
            central_words=central_labels,
            is_linked=bool(request_context.context().settings.central_url),
            link=store.link(),
            rows=store.recent(ROWS),
            kinds=store.kinds(),
            tabs=figures_of(session),
        )
