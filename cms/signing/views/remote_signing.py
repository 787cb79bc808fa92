"""Remote signing of one's approval: the order, how far it is, and the choice of a certificate."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.service.vault import vault_of
from cms.bulletins.views.bulletins import readable
from cms.bulletins.views.remarks import paper_to_sign
from cms.platform.web import messages
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, context, new_unit, pages
from cms.signing import labels
from cms.signing.model import SigningSecrets
from cms.signing.service import remote_signing as signing
from province.areas import AreaTree
from province.errors import InvalidError, Problem

_LETTERS_MOST = 300


def has_remote_signing() -> bool:
    """Return whether a service is set; a training world reaches none."""
    return bool(context().settings.csc_url) and not context().settings.is_practice


def signing_service() -> str:
    """Return the name of the service, as the page says it."""
    return context().settings.csc_name or _("the remote signing service")


@pages.get("/bulletins/<bulletin_id>/approvals/<transmission_id>/remote-signing")
def remote_signing(bulletin_id: str, transmission_id: str) -> str:
    return _page(_found(bulletin_id)[0], TransmissionId(transmission_id), {})


@pages.post("/bulletins/<bulletin_id>/approvals/<transmission_id>/remote-signing")
def order_remote_signing(bulletin_id: str, transmission_id: str) -> Answer:
    """Make the paper, keep it, and order its signature."""
    (found, tree), sent, approval = _found(bulletin_id), request.form, TransmissionId(transmission_id)
    with context().uow.reading() as uow:
        signing.latest(uow, found.id, approval, call=call())  # refused before a paper is made
    try:
        signing.order(
            new_unit(),
            vault_of(context()),
            found.id,
            approval,
            paper_sha256=context().content.put_bytes(paper_to_sign(found, approval, tree)),
            account=sent.get("account", "")[:_LETTERS_MOST],
            secrets=SigningSecrets(sent.get("pin", "")[:_LETTERS_MOST], sent.get("code", "")[:_LETTERS_MOST]),
            call=call(),
        )
    except InvalidError as error:
        return _page(found, approval, sent, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return _back(found, approval)


@pages.post("/bulletins/<bulletin_id>/approvals/<transmission_id>/remote-signing/certificate")
def choose_certificate(bulletin_id: str, transmission_id: str) -> Answer:
    found, approval = _found(bulletin_id)[0], TransmissionId(transmission_id)
    try:
        signing.choose(new_unit(), found.id, approval, request.form.get("credential", ""), call=call())
    except InvalidError as error:
        return _page(found, approval, {}, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return _back(found, approval)


def _found(bulletin_id: str) -> tuple[Bulletin, AreaTree]:
    if not has_remote_signing():
        raise NotFound
    return readable(bulletin_id)


def _back(found: Bulletin, approval: TransmissionId) -> Response:
    return redirect(url_for("web.remote_signing", bulletin_id=found.id, transmission_id=approval))


def _page(found: Bulletin, approval: TransmissionId, typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    with context().uow.reading() as uow:
        known = signing.latest(uow, found.id, approval, call=call())
    is_running = known is not None and known.is_running(context().now())
    failure = messages.problem_sentence(Problem("signature", known.failure)) if known and known.failure else ""
    return render_template(
        "signing/remote_signing.html",
        bulletin=found,
        approval=approval,
        signing=known,
        is_running=is_running,
        failure=failure,
        states=labels.STATE,
        typed=typed,
        problems=messages.by_field(problems),
        letters=signing.ACCOUNT_MOST,
    )


add_template_globals(has_remote_signing=has_remote_signing, signing_service=signing_service)
