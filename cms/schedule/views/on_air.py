"""On-air lamp of every page: what sounds at this moment where the reader follows the programme."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError

from cms.platform.context import Context
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import add_template_globals, pages
from cms.schedule.queries.day_line import Sounding, sounding_now
from province.areas import AreaId, AreaTree
from province.people import Action
from province.policy import may

FRESH_FOR: Final = timedelta(seconds=2)
"""The lamp is on every page: so long one look at the store serves all of them."""
_CACHE: Final = "loa.on-air"


@dataclass(frozen=True, slots=True)
class OnAirMoment:
    """Sounds of the province at an instant, with the tree by which a reader's places are found."""

    at: datetime
    sounding: Sequence[Sounding]
    tree: AreaTree


@dataclass(frozen=True, slots=True)
class OnAirLamp:
    """Lamp as one reader sees it: the first of what sounds, and the number of the others; dark without a title."""

    title: str = ""
    is_live: bool = False
    more: int = 0


class OnAirCache:
    """The last moment of one process; a request that finds it being renewed takes the old one."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._lock = Lock()
        self._moment: OnAirMoment | None = None

    def moment(self) -> OnAirMoment | None:
        """Return what sounds now, at most ``FRESH_FOR`` old; what was known last where the store does not answer."""
        now, known = self.context.now(), self._moment
        is_fresh = known is not None and known.at <= now < known.at + FRESH_FOR
        if is_fresh or not self._lock.acquire(blocking=False):
            return known
        try:
            with self.context.uow.reading() as uow:
                self._moment = OnAirMoment(now, sounding_now(uow.session, now), messages.tree(uow))
        except SQLAlchemyError:
            # A page about the fault of the store carries the lamp too: it says nothing then.
            self._moment = None
        finally:
            self._lock.release()
        return self._moment


def lamp() -> OnAirLamp | None:
    """Return the reader's lamp; None for people who follow no programme."""
    if not request_context.can_anywhere(Action.DELIVERY_READ):
        return None
    context, parts = request_context.context(), current_app.extensions
    held: OnAirCache | None = parts.get(_CACHE)
    if held is None or held.context is not context:
        held = parts[_CACHE] = OnAirCache(context)
    moment = held.moment()
    seen = [each for each in moment.sounding if _is_followed(each.areas, moment.tree)] if moment else []
    return OnAirLamp(seen[0].title, seen[0].is_live, len(seen) - 1) if seen else OnAirLamp()


@pages.get("/on-air")
def on_air_lamp() -> str:
    """Render the lamp, which open pages poll."""
    return render_template("schedule/_on_air.html")


def _is_followed(areas: Collection[AreaId], tree: AreaTree) -> bool:
    """Return whether the reader follows one of these areas, or one below them: a live address may name a district."""
    actor, below = request_context.actor(), (area.id for each in areas if each in tree for area in tree.subtree(each))
    return any(may(actor, Action.DELIVERY_READ, area_id, tree) for area_id in below)


add_template_globals(on_air=lamp)
