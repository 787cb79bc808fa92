"""Language versions on the pages of a bulletin."""

from dataclasses import dataclass

from broadcast.bulletins.model import Bulletin, BulletinStatus
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.repository.language_versions import LanguageVersions
from cms.bulletins.service import language_versions
from cms.bulletins.views.bulletins import readable
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from province.people import Action
from province.policy import visible_areas


@dataclass(frozen=True)
class ShownVersions:
    """The other versions that the user may read, each with whether it may be outdated; and whether this one may be."""

    others: tuple[tuple[Bulletin, bool], ...]
    is_outdated: bool


@pages.post("/bulletins/<bulletin_id>/version")
def settle_version(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    language_versions.settle_version(new_unit(), found.id, call=call())
    return confirmed(_("Noted: it says the same as the others."), "web.bulletin", bulletin_id=found.id)


def versions_of(found: Bulletin) -> ShownVersions | None:
    """Return the versions in other languages; None if there is none."""
    with request_context.context().uow.reading() as uow:
        own = uow[LanguageVersions].find(found.id)
        if own is None:
            return None
        beside = {each.bulletin_id: each for each in uow[LanguageVersions].beside(found.id)}
        bulletins = uow[Bulletins].get_many(beside)
    seen = visible_areas(request_context.actor(), Action.BULLETIN_READ, messages.tree())
    others = tuple(
        (bulletins[each], beside[each].outdated_at is not None)
        for each in beside
        if bulletins[each].status is not BulletinStatus.DELETED and not seen.isdisjoint(bulletins[each].targets.areas)
    )
    return ShownVersions(others, own.outdated_at is not None)


add_template_globals(versions_of=versions_of)
