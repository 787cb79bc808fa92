"""Link to the central source system: its state, messages received, reports to send."""

from flask import render_template

from cms.alerts.views import page
from cms.exchange.labels import central as central_labels
from cms.exchange.labels import exchange as exchange_labels
from cms.exchange.repository.central import CentralRecords
from cms.exchange.views.exchange import enter, figures_of
from cms.platform.web import request_context
from cms.platform.web.request_context import pages

ROWS = 50


@pages.get("/exchange/central")
def exchange_central() -> str:
    enter()
    with page.session() as session:
        store = CentralRecords(session)
        return render_template(
            "exchange/exchange_central.html",
            words=exchange_labels,
            central_words=central_labels,
            is_linked=bool(request_context.context().settings.central_url),
            link=store.link(),
            rows=store.recent(ROWS),
            kinds=store.kinds(),
            tabs=figures_of(session),
        )
