"""Open data: JSON and CSV of past airings, of loudspeakers and of monthly figures, and their catalogue."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from flask import Response, render_template

from broadcast.reports.figures import Figures
from broadcast.reports.model import Span
from cms.areas.repository import Places
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, session
from cms.public.queries.public import PublicBulletin, loudspeakers, loudspeakers_at
from cms.public.views import caching, pages, request_context
from cms.public.views.feeds import sound_address
from cms.public.views.months import Month
from cms.public.views.request_context import PublicArea, public
from cms.relays import labels as relay_labels
from cms.reports.queries import airtime_by_place
from province.areas import Area

FIGURES_S: Final = 3600
_JSON, _CSV = "application/json", "text/csv"
Lines = Sequence[dict[str, object]]
AIRED_FIELDS: Final = (
    *("id", "title", "text", "topic", "source", "pen_name", "language", "page", "sound", "duration_s"),
    *("aired", "first_at", "last_at", "loudspeakers", "genre"),
)
PLACE_FIELDS: Final = ("area", "name", "kind", "code", "lat", "lon", "loudspeakers", "as_of")
MONTH_FIELDS: Final = ("month", "area", "name", "airings", "airtime_min", "played_pct")


@public.get("/du-lieu/")
def data() -> Response:
    """Show the data sets with the meaning of their fields and the licence."""
    with session() as found:
        places = Places(found)
        here = request_context.place(places, request_context.root(places))
        in_force = request_context.in_force(found, places.tree())
    return caching.kept(
        render_template(
            "public/data.html",
            here=here,
            example=here.communes[0] if here.communes else here.area,
            licence=context().settings.public_licence,
            in_force=in_force,
        )
    )


@public.get("/du-lieu/catalog.json")
def catalogue() -> Response:
    """Return the catalogue for programs, as DCAT in JSON-LD."""
    with session() as found:
        places = Places(found)
        here = request_context.place(places, request_context.root(places))
    return as_json(_catalogue(here), caching.PAGE_S)


@public.get("/<area_id>/tin.json")
def aired_json(area_id: str) -> Response:
    """Return the airings there in the month ``thang``."""
    return as_json(_aired(area_id), caching.PAGE_S)


@public.get("/<area_id>/tin.csv")
def aired_csv(area_id: str) -> Response:
    return as_csv(AIRED_FIELDS, _aired(area_id), caching.PAGE_S)


@public.get("/du-lieu/loa.json")
def loudspeakers_json() -> Response:
    """Return the number of loudspeakers in each commune, now or as counted at the end of the month ``thang``.

    Their positions are not published: a count is enough.
    """
    return as_json(_loudspeakers(), FIGURES_S)


@public.get("/du-lieu/loa.csv")
def loudspeakers_csv() -> Response:
    return as_csv(PLACE_FIELDS, _loudspeakers(), FIGURES_S)


@public.get("/du-lieu/thang.json")
def months_json() -> Response:
    """Return the figures of each commune in the month ``thang``, as the reports count them."""
    return as_json(_monthly(), FIGURES_S)


@public.get("/du-lieu/thang.csv")
def months_csv() -> Response:
    return as_csv(MONTH_FIELDS, _monthly(), FIGURES_S)


def _aired(area_id: str) -> Lines:
    with session() as found:
        here = request_context.commune(Places(found), area_id)
        rows = pages.heard_in(found, here, pages.asked_month())
    return [_aired_line(here, row) for row in rows]


def _aired_line(here: PublicArea, row: PublicBulletin) -> dict[str, object]:
    length_ms = None if row.sound is None else row.sound.duration_ms
    text = row.text
    if row.relay is not None:
        text, length_ms = relay_labels.public_sentence(row.relay), row.relay.length_ms
    values = (
        *(row.id, row.title, text, row.topic, row.origin, row.pen_name, row.language),
        request_context.external("public.bulletin", area_id=here.area.id, bulletin_id=row.id),
        sound_address(row),
        None if length_ms is None else round(length_ms / 1000),
        *(len(row.airings), row.airings[-1].start_at.isoformat(), row.last_at.isoformat(), row.devices),
        row.genre,
    )
    return line_of(AIRED_FIELDS, values)


def _loudspeakers() -> Lines:
    """Return the counts; of a past month those of its last day, unaffected by later moves, and none if it has none."""
    month, on = pages.asked_month(), request_context.today()
    with session() as found:
        places = Places(found)
        if month < Month.of(on):
            counted = loudspeakers_at(found, pages.within(month))
            if counted is None:
                return []
            on, counts = counted
        else:
            counts = loudspeakers(found)
        tree = places.tree()
        return [
            _place_line(area, sum(counts.get(each.id, 0) for each in tree.subtree(area.id)), on)
            for area in request_context.communes_of(places, on)
        ]


def _place_line(area: Area, count: int, on: date) -> dict[str, object]:
    point = area.point
    where = (None, None) if point is None else (point.lat, point.lon)
    values = (area.id, area.name, area.kind, next(iter(area.codes.values()), ""), *where, count, on.isoformat())
    return line_of(PLACE_FIELDS, values)


def _monthly() -> Lines:
    month = pages.asked_month()
    with session() as found:
        places = Places(found)
        tree = places.tree()
        communes = [
            each
            for each in request_context.communes_of(places, request_context.today())
            if places.rules(each.id).is_public
        ]
        below = {area.id: [each.id for each in tree.subtree(area.id)] for area in communes}
        all_ = [each for ids in below.values() for each in ids]
        counted = airtime_by_place(found, all_, Span(month.first_on, month.last_on))
    lines: list[dict[str, object]] = []
    for area in communes:
        sums = sum((counted[each] for each in below[area.id] if each in counted), Figures())
        values = (str(month), area.id, area.name, sums.airings, sums.airtime_min, sums.played_pct)
        lines.append(line_of(MONTH_FIELDS, values))
    return lines


def line_of(fields: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    return dict(zip(fields, values, strict=True))


def as_json(body: object, seconds: int) -> Response:
    return caching.kept(msgspec.json.encode(body), _JSON, seconds)


def as_csv(fields: Sequence[str], lines: Lines, seconds: int) -> Response:
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in line.items()} for line in lines)
    # A spreadsheet recognises UTF-8 by the byte order mark.
    return caching.kept("\ufeff" + out.getvalue(), _CSV, seconds)


def _cell(value: object) -> object:
    """Prefix text that a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _catalogue(here: PublicArea) -> dict[str, object]:
    example = (here.communes[0] if here.communes else here.area).id
    sets = [
        (
            "aired",
            _("Bulletins heard, by commune and month"),
            _("Title, text, sound and times of each bulletin that loudspeakers reported, and how many did."),
            "public.aired_json",
            "public.aired_csv",
            {"area_id": example},
        ),
        (
            "loudspeakers",
            _("Loudspeakers by commune"),
            _("Number of loudspeakers of each commune, without their positions."),
            "public.loudspeakers_json",
            "public.loudspeakers_csv",
            {},
        ),
        (
            "alerts",
            _("Past alerts, by month"),
            _("Headline, text, time and places of each alert that has ended; no drills."),
            "public.past_json",
            "public.past_csv",
            {},
        ),
        (
            "months",
            _("Monthly figures of broadcasting"),
            _("Airings and airtime of each commune in a month, as the reports count them."),
            "public.months_json",
            "public.months_csv",
            {},
        ),
    ]
    return {
        "@context": "https://www.w3.org/ns/dcat.jsonld",
        "@id": request_context.external("public.catalogue"),
        "@type": "dcat:Catalog",
        "dct:title": _("Open data of grassroots broadcasting: %(area)s", area=here.area.name),
        "dct:description": _("Bulletins, alerts, loudspeakers and monthly figures, as JSON and CSV, without sign-in."),
        "dct:publisher": here.area.name,
        "dct:license": context().settings.public_licence,
        "dct:language": "vi",
        "dcat:dataset": [
            {
                "@type": "dcat:Dataset",
                "dct:identifier": name,
                "dct:title": title,
                "dct:description": description,
                "dct:license": context().settings.public_licence,
                "dcat:landingPage": request_context.external("public.data"),
                "dcat:distribution": [
                    {
                        "@type": "dcat:Distribution",
                        "dcat:mediaType": media_type,
                        "dcat:accessURL": request_context.external("public.data"),
                        "dcat:downloadURL": request_context.external(endpoint, **values),
                    }
                    for media_type, endpoint in ((_JSON, json_at), (_CSV, csv_at))
                ],
            }
            for name, title, description, json_at, csv_at, values in sets
        ],
    }
