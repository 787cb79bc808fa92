"""Language versions on the pages of a bulletin."""

from broadcast.bulletins.model import Bulletin
from cms.bulletins.service import language_versions
from cms.bulletins.service.language_versions import BulletinVersions
from cms.bulletins.views.bulletins import readable
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages


@pages.post("/bulletins/<bulletin_id>/version")
def settle_version(bulletin_id: str) -> Answer:
    found, _tree = readable(bulletin_id)
    language_versions.settle_version(new_unit(), found.id, call=call())
    return confirmed(_("Noted: it says the same as the others."), "web.bulletin", bulletin_id=found.id)


def versions_of(found: Bulletin) -> BulletinVersions | None:
    """Return the versions in other languages; None if there is none."""
    with request_context.context().uow.reading() as uow:
        return language_versions.versions_of(uow, found, request_context.actor(), messages.tree())


add_template_globals(versions_of=versions_of)
