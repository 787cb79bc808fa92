"""Help pages: the manuals by task, searched, and the link to the task that belongs to each screen."""

from collections.abc import Sequence
from typing import Final

from flask import Response, current_app, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.exceptions import NotFound

from cms.help import labels
from cms.help.model import Manual
from cms.help.service import manuals
from cms.help.views.rendering import html_of
from cms.platform.web.request_context import add_template_globals, before_sign_in, pages, visitor
from cms.platform.web.search import WORDS_MAX, WORDS_MIN, SearchHit
from cms.translations import DEFAULT
from province.people import Role

_KEPT_S: Final = 3_600
_OF_ROLE: Final = {
    Role.TECHNICIAN: "technician",
    Role.ADMIN: "technician",
    Role.EMERGENCY_OFFICER: "disaster-response",
    Role.STATION: "station",
}
"""Manual that stands first for people of this role; for all others the official's does."""


@pages.get("/help")
@before_sign_in
def help_index() -> str:
    """Show the tasks of every manual, or those in which the words stand."""
    words = " ".join(request.args.get("q", "").split())[:WORDS_MAX]
    is_asked = len(words) >= WORDS_MIN
    return render_template(
        "help/index.html",
        manuals=_own_first(),
        q=words,
        is_asked=is_asked,
        hits=manuals.search(_language(), words) if is_asked else (),
    )


@pages.get("/help/<manual>/<task>")
@before_sign_in
def help_topic(manual: str, task: str) -> str:
    """Show one task, and the ways to the others of its manual."""
    found = manuals.topic(_language(), f"{manual}/{task}")
    if found is None:
        raise NotFound
    of, before, after = manuals.beside(_language(), found)
    return render_template("help/topic.html", topic=found, text=html_of(found), manual=of, before=before, after=after)


@pages.get("/help/pictures/<picture>")
@before_sign_in
def help_picture(picture: str) -> Response:
    """Send a picture of the manuals."""
    if picture not in manuals.pictures():
        raise NotFound
    answer = Response((manuals.DOCUMENTS / "img" / picture).read_bytes(), content_type="image/png")
    answer.cache_control.public, answer.cache_control.max_age = True, _KEPT_S
    return answer


def find(words: str) -> Sequence[SearchHit]:
    """Find tasks for the console's search."""
    titles = {each.name: each.title for each in manuals.manuals(_language())}
    hits = manuals.search(_language(), words)
    return [SearchHit(each.topic.title, page_of(each.topic.address), titles[each.topic.manual]) for each in hits]


def page_of(address: str) -> str:
    """Return the path of the page that shows the task of this address."""
    manual, _, task = address.partition("/")
    return url_for("web.help_topic", manual=manual, task=task)


def help_address() -> str:
    """Return the address of the help that belongs to the page of this request: a task, or the list of them."""
    endpoint = request.endpoint or ""
    module = getattr(current_app.view_functions.get(endpoint), "__module__", "")
    found = labels.topic_of(endpoint, module)
    return page_of(found) if found else url_for("web.help_index")


def _own_first() -> Sequence[Manual]:
    """Return the manuals, those of the reader's roles first."""
    reader = visitor()
    own = {_OF_ROLE.get(grant.role) for grant in reader.grants} if reader else set()
    return sorted(manuals.manuals(_language()), key=lambda each: each.name not in own)


def _language() -> str:
    locale = get_locale()
    return str(locale) if locale else DEFAULT


add_template_globals(help_address=help_address, help_page=page_of)
