"""Past alerts: text, time and places. As pages by month, as a feed, and as open data."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Final

from flask import Response, render_template

from broadcast.alerts.model import AlertId
from broadcast.alerts.orders import Order
from cms.alert_reports.queries.published import published_reports
from cms.areas.repository import Places
from cms.exchange.service import feeds
from cms.platform.web import wording
from cms.platform.web.formats import LOCAL
from cms.platform.web.request_context import context, session
from cms.public.queries.published import first_alert_on, past_alerts, past_documents
from cms.public.views import caching, pages, request_context
from cms.public.views.months import Month
from cms.public.views.open_data import as_csv, as_json, line_of
from cms.public.views.request_context import public
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError

DOCUMENTS_MOST: Final = 200
FIELDS: Final = (
    *("id", "kind", "hazard", "level", "headline", "text", "issued_at", "expires_at", "ended_at"),
    *("areas", "except", "has_shape", "cap"),
)


@public.get("/canh-bao/")
def past() -> Response:
    """Show the past alerts of one month."""
    month, now = pages.asked_month(), context().now()
    with session() as found:
        places = Places(found)
        tree = places.tree()
        orders = past_alerts(found, pages.within(month), now)
        reports = published_reports(found, {each.alert_id for each in orders})
        oldest = Month.of(max(first_alert_on(found, now) or request_context.today(), pages.span().first_on))
        page = render_template(
            "public/past_alerts.html",
            rows=[(each, *where(each, tree)) for each in orders],
            reports=reports,
            month=month,
            before=month.before if oldest <= month.before else None,
            after=month.after if month.after <= Month.of(request_context.today()) else None,
            in_force=request_context.in_force(found, tree),
            wording=wording,
        )
    return caching.kept(page)


@public.get("/canh-bao/<alert_id>/ket-qua.json")
def past_report(alert_id: str) -> Response:
    """Return the published figures of an alert's report, without names of people and single loudspeakers."""
    with session() as found:
        report = published_reports(found, {AlertId(alert_id)}).get(AlertId(alert_id))
    if report is None:
        raise NotFoundError("report", alert_id)
    with context().content.local_file(report.public_sha256) as path:
        return caching.kept(path.read_bytes(), "application/json")


@public.get("/canh-bao/da-qua.atom")
def past_feed() -> Response:
    """Return a feed of signed CAP documents, which never change; the cancel of an alert is a document of its own."""
    settings, now = context().settings, context().now()
    since_at = datetime.combine(pages.span().first_on, time(), tzinfo=LOCAL)
    with session() as found:
        documents = past_documents(found, since_at, now, DOCUMENTS_MOST)
    body = feeds.atom_feed(
        documents,
        base=f"{settings.effective_public_url}/api/v1",
        sender=settings.effective_cap_sender,
        own=request_context.external("public.past_feed"),
    )
    return caching.kept(body, feeds.ATOM_TYPE)


@public.get("/du-lieu/canh-bao.json")
def past_json() -> Response:
    """Return the past alerts of the month ``thang``."""
    return as_json(_lines(), caching.PAGE_S)


@public.get("/du-lieu/canh-bao.csv")
def past_csv() -> Response:
    return as_csv(FIELDS, _lines(), caching.PAGE_S)


def where(order: Order, tree: AreaTree) -> tuple[list[str], list[str]]:
    """Return the names of the places addressed, and of those among them that were excluded."""
    targets = order.audience.targets
    return _names(targets.areas, tree), _names(targets.exclude, tree)


def _names(areas: Iterable[AreaId], tree: AreaTree) -> list[str]:
    return [tree.get(each).name for each in areas if each in tree]


def _lines() -> list[dict[str, object]]:
    with session() as found:
        tree = Places(found).tree()
        orders = past_alerts(found, pages.within(pages.asked_month()), context().now())
    base = f"{context().settings.effective_public_url}/api/v1/cap"
    lines = []
    for each in orders:
        values = (
            *(each.id, each.purpose.value, each.hazard.value, int(each.level), each.headline, each.text),
            *(each.issued_at.isoformat(), each.expires_at.isoformat()),
            None if each.ended_at is None else each.ended_at.isoformat(),
            *("; ".join(names) for names in where(each, tree)),
            *(each.audience.has_shape, f"{base}/{each.id}.xml"),
        )
        lines.append(line_of(FIELDS, values))
    return lines
