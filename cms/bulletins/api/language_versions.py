"""Language versions: bulletins that say the same in several languages."""

from flask import Response
from pydantic import Field

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus
from cms.bulletins.api.bulletins import BulletinPath, readable
from cms.bulletins.service import language_versions
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output
from province.people import Action


class LanguageVersionOut(Output):
    """``is_outdated``: another version was changed since, and nobody has compared this one with it."""

    id: BulletinId
    language: str
    title: str
    status: BulletinStatus
    is_outdated: bool


class LanguageVersionsOut(Output):
    """``is_outdated``: the bulletin of the address may be; ``others``: the versions beside it that you may read."""

    is_outdated: bool = False
    others: list[LanguageVersionOut] = Field(default=[])


@routes.get(
    "/bulletins/<bulletin_id>/language-versions",
    summary="Its versions in other languages; write one with version_of",
    responses={200: LanguageVersionsOut},
)
def list_language_versions(path: BulletinPath) -> Response:
    return answer(_shown(readable(path.bulletin_id)))


@routes.post(
    "/bulletins/<bulletin_id>/language-versions/settle",
    summary="Note that it says the same as the others",
    responses={200: LanguageVersionsOut},
)
def settle_language_version(path: BulletinPath) -> Response:
    found = readable(path.bulletin_id)
    language_versions.settle_version(caller.context().uow(), found.id, call=caller.call())
    return answer(_shown(found))


def _shown(found: Bulletin) -> LanguageVersionsOut:
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        versions = language_versions.versions_of(uow, found, caller.actor(), tree)
    if versions is None:
        return LanguageVersionsOut()
    others = [LanguageVersionOut.of(each, is_outdated=is_outdated) for each, is_outdated in versions.others]
    return LanguageVersionsOut(is_outdated=versions.is_outdated, others=others)
