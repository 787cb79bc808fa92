"""Requests for a second administrator: rights that reach alerts or accounts, and the reset of a person's sign-in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from broadcast.alerts.orders import DeclarationRight
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from cms.accounts.model import AccessKind, AccessRequest, User
from cms.accounts.repository import AccessRequests, People
from cms.accounts.service import account_news, invitations
from cms.accounts.service.vault import Vault
from cms.alerts.service import declaration_rights
from cms.areas.repository import Places
from cms.notifications.service.news import News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError, NotPossibleError
from province.people import Action, Grant
from province.policy import ROLE_ACTIONS, may

LASTS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Confirmed request; of a reset the link to hand over, to be shown once."""

    request: AccessRequest
    link: str = ""


def ask_within(
    unit: UnitOfWork,
    user: User,
    kind: AccessKind,
    *,
    call: Call,
    writer: NotificationWriter,
    grants: Sequence[Grant] = (),
    levels: Sequence[DeclarationRight] = (),
    managers: Sequence[User] | None = None,
) -> AccessRequest:
    """Ask a second administrator, and notify those who can confirm. Within a unit of a caller that checked rights.

    ``managers``: as ``managers_of``, where many requests are made at once.
    """
    asked_by = call.actor
    request = AccessRequest(
        call.new_id(),
        user.id,
        kind,
        tuple(grants),
        tuple(levels),
        asked_by.user_id,
        asked_by.name,
        call.now,
        call.now + LASTS,
    )
    unit[AccessRequests].add(request)
    detail = {
        "request": request.id,
        "grants": said(grants),
        "levels": [f"{each.level:d}@{each.area_id}" for each in levels],
    }
    unit.record(call.event(f"user.{kind}_asked", user.id, **detail))
    tree = unit[Places].tree()
    able = [
        each.id
        for each in (managers_of(unit) if managers is None else managers)
        if _may_decide(request, each, areas_of(user, request), tree)
    ]
    title, text = account_news.asked(kind, user.name, asked_by.name)
    urgency = NotificationUrgency.NORMAL
    news = News(f"access:{request.id}", NotificationKind.ACCESS, urgency, title, text, "/people", request.expires_at)
    writer.notify(unit, able, news, call.now)
    return request


def managers_of(unit: UnitOfWork) -> Sequence[User]:
    """List the people who manage people anywhere and may sign in."""
    able = {role for role, actions in ROLE_ACTIONS.items() if Action.USER_MANAGE in actions}
    return [
        user
        for user in unit[People].all()
        if user.disabled_at is None and any(grant.role in able for grant in user.grants)
    ]


def confirm(uow: UnitOfWork, request_id: str, *, vault: Vault, call: Call, writer: NotificationWriter) -> Confirmed:
    """Confirm the request: rights are given; a reset makes a link, and ends the sessions. The person is told.

    Raises:
        NotAllowedError: it is the actor's own request, or about them, or they do not manage all of its places.
        NotPossibleError: decided already, or lapsed.
    """
    with uow:
        request, user = _decidable(uow, request_id, call)
        if request.asked_by == call.actor.user_id:
            raise NotAllowedError(Action.USER_MANAGE, "OWN_REQUEST")
        if user.disabled_at is not None:
            raise NotPossibleError("blocked", "confirm")
        _decide(uow, request, call, is_confirmed=True)
        link = ""
        urgency, until_at = NotificationUrgency.URGENT, call.now + invitations.RESET_FOR
        match request.kind:
            case AccessKind.RIGHTS:
                uow[People].grant(user.id, request.grants)
                for right in request.levels:
                    declaration_rights.give_within(uow, right, call)
                title, text = account_news.rights_given(call.actor.name)
                key, kind, path = f"account:{request.id}", NotificationKind.ACCOUNT, "/account"
            case AccessKind.RESET:
                made = invitations.make_within(uow, user.id, call, is_reset=True)
                uow[People].revoke_sessions(user.id, call.now)
                link = invitations.path_of(vault, made.id)
                title, text = account_news.invited(call.actor.name, made, call.now)
                kind, path = NotificationKind.INVITATION, f"{invitations.PATH}{made.id}"
                key = f"invitation:{made.id}"
        writer.notify(uow, [user.id], News(key, kind, urgency, title, text, path, until_at), call.now)
        uow.commit()
    return Confirmed(request, link)


def refuse(uow: UnitOfWork, request_id: str, *, call: Call) -> AccessRequest:
    """Refuse the request, or take one's own back.

    Raises:
        NotAllowedError: the actor does not manage all of its places.
        NotPossibleError: decided already, or lapsed.
    """
    with uow:
        request, _user = _decidable(uow, request_id, call)
        _decide(uow, request, call, is_confirmed=False)
        uow.commit()
    return request


def areas_of(user: User, request: AccessRequest | None = None) -> frozenset[AreaId]:
    """Return every place of the person's rights, those asked for among them."""
    asked = frozenset[AreaId]() if request is None else request.area_ids
    return asked.union(each.area_id for each in user.grants)


def require_over(unit: UnitOfWork, user: User, call: Call, request: AccessRequest | None = None) -> None:
    """Require that the actor manages every place of the person; of one without rights, the whole province.

    Raises:
        NotAllowedError: they do not, or it is their own account: nobody gives themselves rights.
    """
    tree = unit[Places].tree()
    if user.id == call.actor.user_id:
        raise NotAllowedError(Action.USER_MANAGE, "OWN_ACCOUNT")
    pending = [request] if request is not None else unit[AccessRequests].open(call.now, user.id)
    areas = areas_of(user).union(*(areas_of(user, each) for each in pending))
    call.require(Action.USER_MANAGE, areas or roots(tree), tree)


def roots(tree: AreaTree) -> frozenset[AreaId]:
    """Return the open areas that lie in no other."""
    return frozenset(area.id for area in tree.children(None) if area.valid_to is None)


def said(grants: Sequence[Grant]) -> list[str]:
    """Return the rights as the audit log has them."""
    return [f"{grant.role}@{grant.area_id}" for grant in grants]


def _decidable(uow: UnitOfWork, request_id: str, call: Call) -> tuple[AccessRequest, User]:
    request = uow[AccessRequests].get(request_id)
    user = uow[People].get(request.user_id)
    require_over(uow, user, call, request)
    if request.decided_at is not None or call.now >= request.expires_at:
        raise NotPossibleError("decided", "decide")
    return request, user


def _decide(uow: UnitOfWork, request: AccessRequest, call: Call, *, is_confirmed: bool) -> None:
    by = call.actor.user_id
    decided = replace(request, decided_by=by, decided_at=call.now, is_confirmed=is_confirmed)
    if not uow[AccessRequests].decide(decided):
        raise NotPossibleError("decided", "decide")
    detail = {"request": request.id, "grants": said(request.grants), "asked_by": request.asked_by_name}
    uow.record(
        call.event(f"user.{request.kind}_{'confirmed' if is_confirmed else 'refused'}", request.user_id, **detail)
    )


def _may_decide(request: AccessRequest, user: User, areas: frozenset[AreaId], tree: AreaTree) -> bool:
    if user.id in {request.asked_by, request.user_id}:
        return False
    return all(may(user.actor, Action.USER_MANAGE, area_id, tree) for area_id in areas or roots(tree))
