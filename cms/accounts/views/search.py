"""People with an account in the search of the console."""

from collections.abc import Sequence

from flask import url_for

from cms.accounts.repository import People
from cms.platform.clean_text import folded
from cms.platform.web import request_context, wording
from cms.platform.web.search import HITS, SearchHit
from province.people import Action


def found_people(words: str) -> Sequence[SearchHit]:
    """Find people by name or login, for users who may read what they did."""
    if not request_context.can_anywhere(Action.AUDIT_READ):
        return []
    wanted = folded(words)
    with request_context.context().uow.reading() as uow:
        found = [each for each in uow[People].all() if wanted in folded(each.name) or wanted in each.login][:HITS]
    return [
        SearchHit(
            each.name,
            url_for("web.audit_log", person=each.login),
            ", ".join(dict.fromkeys(wording.word(wording.ROLE, grant.role) for grant in each.grants)),
        )
        for each in found
    ]
