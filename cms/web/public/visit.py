"""A reader of the public pages: nobody. Which places have a page, and what is in force there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, has_request_context, request, url_for
from sqlalchemy.orm import Session

from broadcast.alerting import urgency
from broadcast.model.orders import Order
from broadcast.targeting import reached
from cms.store.engine import reading
from cms.store.orders import SqlOrders
from cms.store.places import SqlPlaces
from cms.web.languages import PUBLIC_PATH, choose, is_public
from cms.web.visit import context
from province.areas import Area, AreaId, AreaTree
from province.errors import NotFoundError
from province.wall_clock import local_date

LANGUAGE: Final = "lang"
"""In the address and not in a cookie: who keeps an answer for others keeps one for each address."""

SENT_MAX_BYTES: Final = 64 * 1024

public = Blueprint("public", __name__, url_prefix=PUBLIC_PATH)


@dataclass(frozen=True)
class Place:
    """An area as readers see it: ``areas`` are those of it and below whose past is public; None: all that there are.

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
        """Its page is the list of them."""
        return self.is_open and bool(self.communes)


@contextmanager
def session() -> Iterator[Session]:
    with reading(context().engine) as found:
        yield found


def today() -> date:
    return local_date(context().now())


def other_language(language: str) -> str:
    """The query that asks for this very page in that language."""
    return "?" + urlencode({**request.args.to_dict(), LANGUAGE: language})


@public.before_request
def take_little() -> None:
    """Nobody sends more than some sentences here; what is larger is refused before it is read."""
    request.max_content_length = SENT_MAX_BYTES


@public.app_url_defaults
def keep_language(endpoint: str, values: dict[str, object]) -> None:
    """Whoever reads English is led on in English."""
    if endpoint.startswith("public.") and has_request_context() and is_public() and choose() == "en":
        values.setdefault(LANGUAGE, "en")


def external(endpoint: str, **values: object) -> str:
    """The address for feeds and catalogues, always in the source's language."""
    path = url_for(endpoint, **{LANGUAGE: None, **values})  # type: ignore[arg-type]
    return f"{context().settings.effective_public_url}{path}"


def communes_of(places: SqlPlaces, on: date) -> list[Area]:
    """Those in force that run a station of their own; where no kind is said to, all that have nothing below them."""
    tree, kinds = places.tree(), places.commune_kinds()
    open_ = [area for area in tree if area.is_in_force(on)]
    found = [area for area in open_ if area.kind in kinds]
    parents = {area.parent_id for area in open_}
    return sorted(found or [area for area in open_ if area.id not in parents], key=lambda area: (area.name, area.id))


def root(places: SqlPlaces) -> AreaId:
    """The province: the first that lies below nothing. Raises NotFoundError where there is no place yet."""
    top = [area for area in places.tree().children(None) if area.is_in_force(today())]
    if not top:
        raise NotFoundError("area", "")
    return top[0].id


def place(places: SqlPlaces, area_id: str) -> Place:
    """Raises NotFoundError."""
    tree = places.tree()
    if area_id not in tree:
        raise NotFoundError("area", area_id)
    area, on = tree.get(AreaId(area_id)), today()
    below = [each.id for each in tree.subtree(area.id)]
    shown = [each for each in below if places.rules(each).is_public]
    communes = [each for each in communes_of(places, on) if each.id != area.id and tree.is_within(each.id, area.id)]
    heirs = [] if area.valid_to is None else [tree.get(each) for each in sorted(tree.heirs(area.id))]
    is_all = len(shown) == len(tree)
    return Place(area, None if is_all else shown, communes, heirs, places.rules(area.id).is_public)


def commune(places: SqlPlaces, area_id: str) -> Place:
    """What has a past, a programme and an ear of its own: no place above communes. Raises NotFoundError."""
    found = place(places, area_id)
    if found.is_above_communes:
        raise NotFoundError("area", area_id)
    return found


def in_force(found: Session, tree: AreaTree, area_id: AreaId | None = None) -> list[Order]:
    """Alerts that mean somebody there (None: anywhere), the most urgent first, then the newer."""
    now = context().now()
    below = None if area_id is None else [each.id for each in tree.subtree(area_id)]
    orders = [
        each
        for each in SqlOrders(found).open()
        if each.may_be_sent(now) and (below is None or reached(each.current_audience.targets, tree, below))
    ]
    return sorted(orders, key=lambda each: (urgency(each), -each.issued_at.timestamp(), each.id))
