"""Public pages for other programs: pictures beside a link, transcripts, what search engines and telephones ask for."""

from typing import Final

import msgspec
from flask import Response, url_for
from lxml import etree
from lxml.builder import ElementMaker
from werkzeug.exceptions import NotFound

from cms.areas.repository import Places
from cms.platform.clean_text import clean
from cms.platform.web.languages import PUBLIC_PATH, _
from cms.platform.web.request_context import context, pages, session, sessionless
from cms.public.documents.share_image import MEDIA_TYPE, share_image
from cms.public.queries.public import PublicBulletin
from cms.public.views import caching, request_context
from cms.public.views.pages import seen_bulletin
from cms.public.views.request_context import public
from cms.translations import DEFAULT

DAY_S: Final = 86_400
DESCRIBED_MOST: Final = 200
_SITEMAP: Final = ElementMaker(
    namespace="http://www.sitemaps.org/schemas/sitemap/0.9",
    nsmap={None: "http://www.sitemaps.org/schemas/sitemap/0.9"},
)


@public.get("/anh.png")
def image() -> Response:
    """Return the picture of the pages of no place: the province's."""
    with session() as found:
        top = request_context.root(Places(found))
    return place_image(top)


@public.get("/<area_id>/anh.png")
def place_image(area_id: str) -> Response:
    """Return the picture of a place's page."""
    with session() as found:
        places = Places(found)
        here = request_context.place(places, area_id)
        top = places.tree().get(request_context.root(places))
    above = _("Grassroots broadcasting") if top.id == here.area.id else top.name
    return _image(above, here.area.name, _("What the loudspeakers said, to read and hear again"))


@public.get("/<area_id>/tin/<bulletin_id>/anh.png")
def bulletin_image(area_id: str, bulletin_id: str) -> Response:
    """Return the picture of a bulletin's page."""
    with session() as found:
        here, row = seen_bulletin(found, area_id, bulletin_id)
    heard = _("Heard at %(at)s", at=f"{request_context.wall(row.last_at):%H:%M %d/%m/%Y}")
    return _image(here.area.name, row.title, heard)


@public.get("/<area_id>/tin/<bulletin_id>/loi.txt")
def transcript(area_id: str, bulletin_id: str) -> Response:
    """Return the words of a bulletin, for podcast players. 404 for one without a text."""
    with session() as found:
        _here, row = seen_bulletin(found, area_id, bulletin_id)
    if not row.text:
        raise NotFound
    return caching.kept(clean(row.text), "text/plain")


@public.get("/sitemap.xml")
def sitemap() -> Response:
    """Return the pages for search engines: the list, and each place that publishes."""
    with session() as found:
        places = Places(found)
        communes = request_context.communes_of(places, request_context.today())
        shown = [each for each in communes if places.rules(each.id).is_public]
    addresses = [
        request_context.external("public.index"),
        *(request_context.external("public.place", area_id=each.id) for each in shown),
        request_context.external("public.past"),
        request_context.external("public.data"),
    ]
    urls = _SITEMAP.urlset(*(_SITEMAP.url(_SITEMAP.loc(each)) for each in addresses))
    return caching.kept(etree.tostring(urls, encoding="UTF-8", xml_declaration=True), "application/xml", DAY_S)


@public.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return what a telephone needs to keep the pages on its home screen."""
    body = {
        "name": f"{context().settings.province_name or 'Loa'} · {_('Grassroots broadcasting')}",
        "short_name": "Loa",
        "lang": DEFAULT,
        "start_url": url_for("public.index", lang=None),
        "scope": f"{PUBLIC_PATH}/",
        "display": "minimal-ui",
        "background_color": "#f4f6f8",
        "theme_color": "#0a3860",
        "icons": [{"src": url_for("web.static", filename="loa.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return caching.kept(msgspec.json.encode(body), "application/manifest+json", DAY_S)


@pages.get("/robots.txt")
@sessionless
def robots() -> Response:
    """Tell search engines to read the public pages alone, and what these look like."""
    sitemap_address = request_context.external("public.sitemap")
    lines = (
        "User-agent: *",
        f"Allow: {PUBLIC_PATH}/",
        "Allow: /assets/",
        "Disallow: /",
        "",
        f"Sitemap: {sitemap_address}",
    )
    return caching.kept("\n".join(lines) + "\n", "text/plain", DAY_S)


@public.app_template_global("describe")
def description(row: PublicBulletin) -> str:
    """Return the sentence that stands below a shared link."""
    text = " ".join(row.text.split())
    return text if len(text) <= DESCRIBED_MOST else f"{text[:DESCRIBED_MOST].rpartition(' ')[0]}…"


def _image(above: str, title: str, below: str) -> Response:
    try:
        return caching.kept(share_image(clean(above), clean(title), clean(below)), MEDIA_TYPE, DAY_S)
    except OSError as error:
        raise NotFound from error
