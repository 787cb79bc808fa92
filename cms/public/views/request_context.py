"""Request context of the public pages: an anonymous reader, the places with a page, the alerts in force."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, has_request_context, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from broadcast.alerts.lifecycle import urgency
from broadcast.alerts.orders import Order
from broadcast.bulletins.targeting import reached
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.platform.web.languages import PUBLIC_PATH, choose, is_public
from cms.platform.web.request_context import context
from cms.translations import DEFAULT
from province.areas import Area, AreaId, AreaTree
from province.errors import NotFoundError
from province.wall_clock import DEFAULT_ZONE, local_date

LANGUAGE: Final = "lang"
"""Query parameter of the language; not a cookie, so that caches keep one answer for each URL."""

SENT_MAX_BYTES: Final = 64 * 1024

public = Blueprint("public", __name__, url_prefix=PUBLIC_PATH)


@dataclass(frozen=True)
class PublicArea:
    """Area of a public page. ``areas``: it and those below whose past is public; None: every area.

    ``communes`` are the places below it that have a page of their own; a commune has none.
    """

    area: Area
    areas: Collection[AreaId] | None
    communes: Sequence[Area]
    heirs: Sequence[Area]
    is_public: bool

    @property
    def is_open(self) -> bool:
        return self.area.valid_to is None

    @property
    def is_above_communes(self) -> bool:
        """Return whether its page is the list of the communes below it."""
        return self.is_open and bool(self.communes)


def today() -> date:
    return local_date(context().now())


def wall(at: datetime) -> datetime:
    """Return the instant as the province's clocks show it."""
    return at.astimezone(ZoneInfo(DEFAULT_ZONE))


def other_language(language: str) -> str:
    """Return the query for this page in that language."""
    return "?" + urlencode({**request.args.to_dict(), LANGUAGE: language})


@public.record
def _offer_other_language(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        other_language=other_language, public_address=external, this_address=this_address
    )


@public.before_request
def take_little() -> None:
    """Limit the size of requests: forms here hold some sentences; larger ones are refused before they are read."""
    request.max_content_length = SENT_MAX_BYTES


@public.app_url_defaults
def keep_language(endpoint: str, values: dict[str, object]) -> None:
    """Keep the language of the page in its links, unless it is the default one."""
    if endpoint.startswith("public.") and has_request_context() and is_public() and (language := choose()) != DEFAULT:
        values.setdefault(LANGUAGE, language)


def external(endpoint: str, **values: object) -> str:
    """Return the absolute URL for feeds and catalogues, always in the default language."""
    path = url_for(endpoint, **{LANGUAGE: None, **values})  # type: ignore[arg-type]
    return f"{context().settings.effective_public_url}{path}"


def this_address() -> str:
    """Return the absolute URL of the page itself, without its query; of a refusal that of the first page."""
    if request.endpoint is None or not request.endpoint.startswith("public."):
        return external("public.index")
    return external(request.endpoint, **(request.view_args or {}))


def communes_of(places: Places, on: date) -> list[Area]:
    """Return the areas in force whose kind runs a station; if no kind is marked so, those without subdivisions."""
    tree, kinds = places.tree(), places.commune_kinds()
    open_ = [area for area in tree if area.is_in_force(on)]
    found = [area for area in open_ if area.kind in kinds]
    parents = {area.parent_id for area in open_}
    return sorted(found or [area for area in open_ if area.id not in parents], key=lambda area: (area.name, area.id))


def root(places: Places) -> AreaId:
    """Return the province: the first area without a parent. Raises NotFoundError if there is no area yet."""
    top = [area for area in places.tree().children(None) if area.is_in_force(today())]
    if not top:
        raise NotFoundError("area", "")
    return top[0].id


def place(places: Places, area_id: str) -> PublicArea:
    """Return the place. Raises NotFoundError."""
    tree = places.tree()
    area, on = tree.get(tree.known(area_id)), today()
    below = [each.id for each in tree.subtree(area.id)]
    shown = [each for each in below if places.rules(each).is_public]
    communes = [each for each in communes_of(places, on) if each.id != area.id and tree.is_within(each.id, area.id)]
    heirs = [] if area.valid_to is None else [tree.get(each) for each in sorted(tree.heirs(area.id))]
    is_all = len(shown) == len(tree)
    return PublicArea(area, None if is_all else shown, communes, heirs, places.rules(area.id).is_public)


def commune(places: Places, area_id: str) -> PublicArea:
    """Return a place with past airings, a programme and feedback of its own: a commune. Raises NotFoundError."""
    found = place(places, area_id)
    if found.is_above_communes:
        raise NotFoundError("area", area_id)
    return found


def in_force(found: Session, tree: AreaTree, area_id: AreaId | None = None) -> list[Order]:
    """Return the alerts that address somebody there (None: anywhere), the most urgent first, then the newer."""
    now = context().now()
    below = None if area_id is None else [each.id for each in tree.subtree(area_id)]
    orders = [
        each
        for each in Orders(found).open()
        if each.is_in_force(now) and (below is None or reached(each.current_audience.targets, tree, below))
    ]
    return sorted(orders, key=lambda each: (urgency(each), -each.issued_at.timestamp(), each.id))
