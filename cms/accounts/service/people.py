"""People: invitation, contact, rights, and blocking, by an administrator of every place of the person.

Nobody changes their own account here. Rights that reach alerts or accounts wait for a second administrator.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from broadcast.alerts.orders import DeclarationRight
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.notifications.rules import address_of
from broadcast.notifications.rules import problems_of as contact_problems
from cms.accounts.model import AccessKind, AccessRequest, Invitation, User
from cms.accounts.repository import AccessRequests, Invitations, People
from cms.accounts.service import account_news, invitations, users
from cms.accounts.service.access_requests import ask_within, managers_of, require_over, said
from cms.accounts.service.person_drafts import PersonDraft, contact_of, findings, name_problems
from cms.accounts.service.vault import Vault
from cms.alerts.repository.alerts import Declarations
from cms.alerts.service import declaration_rights
from cms.areas.repository import Places
from cms.notifications.repository import NotificationChoices
from cms.notifications.service.news import News
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import NotFoundError, NotPossibleError, refuse
from province.people import Action, Grant, UserId
from province.policy import TWO_PERSON_ROLES

AT_ONCE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Invited:
    """Person invited, and the link to hand over, to be shown once. ``waits``: some rights wait for a second person."""

    user: User
    link: str
    waits: bool = False


def invite(
    uow: UnitOfWork, drafts: Sequence[PersonDraft], *, vault: Vault, call: Call, writer: NotificationWriter
) -> Sequence[Invited]:
    """Add these people, all or none, and invite each by a link, over their channels too.

    Raises:
        InvalidError: something is wrong with a draft.
        NotAllowedError: no right to manage users at all.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.USER_MANAGE, (), tree)
        taken = {user.login for user in uow[People].all()}
        refuse([problem for found in findings(drafts, taken, tree, call) for problem in found])
        made = _added(uow, drafts, vault, call, writer)
        uow.commit()
    return made


def _added(
    uow: UnitOfWork, drafts: Sequence[PersonDraft], vault: Vault, call: Call, writer: NotificationWriter
) -> Sequence[Invited]:
    """Add the people in few statements, as no transaction may hold the database for long."""
    users = [
        User(UserId(call.new_id()), each.login, each.name, "", call.now, grants=tuple(dict.fromkeys(each.alone)))
        for each in drafts
    ]
    uow[People].add_many(users)
    pairs = list(zip(users, drafts, strict=True))
    uow[NotificationChoices].set(*(contact_of(user.id, draft.email, draft.phone) for user, draft in pairs))
    for user in users:
        uow.record(call.event("user.added", user.id, login=user.login, grants=said(user.grants)))
    managers = managers_of(uow)
    waiting = {user.id: draft for user, draft in pairs if draft.together or draft.levels}
    for user in users:
        if (draft := waiting.get(user.id)) is not None:
            levels = [replace(each, user_id=user.id) for each in draft.levels]
            ask_within(
                uow,
                user,
                AccessKind.RIGHTS,
                call=call,
                writer=writer,
                grants=draft.together,
                levels=levels,
                managers=managers,
            )
    links = invitations.make_first_within(uow, [user.id for user in users], call)
    writer.notify_each(uow, [(each.user_id, _news(each, call)) for each in links], call.now)
    return [
        Invited(user, invitations.path_of(vault, link.id), user.id in waiting)
        for user, link in zip(users, links, strict=True)
    ]


def renew_invitation(
    uow: UnitOfWork, user_id: UserId, *, vault: Vault, call: Call, writer: NotificationWriter
) -> Invited:
    """Make a new link for a person who has set no password yet; the old one ends.

    Raises:
        NotAllowedError: as ``require_over``.
        NotPossibleError: they have a password, so that a reset takes two people; or they are blocked.
    """
    with uow:
        user = _managed(uow, user_id, call)
        if user.has_password or user.disabled_at is not None:
            raise NotPossibleError("joined" if user.has_password else "blocked", "invite")
        link = _linked(uow, user, vault, call, writer)
        uow.commit()
    return Invited(user, link)


def ask_reset(uow: UnitOfWork, user_id: UserId, *, call: Call, writer: NotificationWriter) -> AccessRequest:
    """Ask a second administrator to reset the person's password and second factor; one that waits already stays.

    Raises:
        NotAllowedError: as ``require_over``.
        NotPossibleError: they have no password yet, so that a new link is enough; or they are blocked.
    """
    with uow:
        user = _managed(uow, user_id, call)
        if not user.has_password or user.disabled_at is not None:
            raise NotPossibleError("invited" if not user.has_password else "blocked", "reset")
        waiting = [each for each in uow[AccessRequests].open(call.now, user_id) if each.kind is AccessKind.RESET]
        request = waiting[0] if waiting else ask_within(uow, user, AccessKind.RESET, call=call, writer=writer)
        uow.commit()
    return request


def edit(uow: UnitOfWork, user_id: UserId, *, name: str, email: str, phone: str, call: Call) -> User:
    """Correct name and contact. Raises InvalidError, NotAllowedError."""
    with uow:
        user = _managed(uow, user_id, call)
        before, after = uow[NotificationChoices].find(user_id), contact_of(user_id, email, phone)
        if before is not None and (before.email or before.phone):
            typed = replace(before, email=email, phone=phone)
            after = replace(typed, channels=tuple(each for each in before.channels if address_of(typed, each)))
        refuse([*name_problems(name), *contact_problems(after)])
        changed = replace(user, name=name)
        if changed != user or after != before:
            uow[People].save(changed)
            uow[NotificationChoices].set(after)
            # The log is kept for years: what the address was is not written into it.
            uow.record(call.event("user.edited", user_id, login=user.login))
        uow.commit()
    return changed


def give(
    uow: UnitOfWork,
    user_id: UserId,
    grant: Grant,
    level: DeclarationRight | None,
    *,
    call: Call,
    writer: NotificationWriter,
) -> bool:
    """Give the right, or ask a second administrator where it takes two; return whether it waits.

    Raises:
        NotAllowedError: as ``require_over``, or no right to manage users at that place.
        NotPossibleError: the person has it already, or a request for it waits.
    """
    with uow:
        tree = uow[Places].tree()
        user = _managed(uow, user_id, call)
        call.require(Action.USER_MANAGE, [tree.get(grant.area_id).id], tree)
        grants = () if grant in user.grants else (grant,)
        levels = () if level is None or level in uow[Declarations].of(user_id) else (level,)
        waiting = uow[AccessRequests].open(call.now, user_id)
        if not (grants or levels) or any(each.grants == grants and each.levels == levels for each in waiting):
            raise NotPossibleError("given", "give")
        waits = grant.role in TWO_PERSON_ROLES or bool(levels)
        if waits:
            ask_within(uow, user, AccessKind.RIGHTS, call=call, writer=writer, grants=grants, levels=levels)
        else:
            users.give(uow, user.login, grants, now=call.now, by=call.actor)
            _tell(uow, user, call, writer)
        uow.commit()
    return waits


def take(
    uow: UnitOfWork,
    user_id: UserId,
    grant: Grant | None,
    level_at: AreaId | None,
    *,
    call: Call,
    writer: NotificationWriter,
) -> None:
    """Take a right, or the level at a place, away at once. Raises NotAllowedError as ``require_over``."""
    with uow:
        user = _managed(uow, user_id, call)
        if grant is not None:
            users.take(uow, user.login, [grant], now=call.now, by=call.actor)
        for right in uow[Declarations].of(user_id):
            if right.area_id == level_at:
                declaration_rights.take_within(uow, right, call)
        _tell(uow, user, call, writer)
        uow.commit()


def block(uow: UnitOfWork, user_id: UserId, *, call: Call) -> User:
    """Keep the person from signing in; their sessions and links end now. Raises NotAllowedError."""
    with uow:
        user = _managed(uow, user_id, call)
        users.lock_user(uow, user.login, now=call.now, by=call.actor)
        uow[Invitations].revoke_of(user_id, call.now)
        uow.commit()
    return user


def unblock(uow: UnitOfWork, user_id: UserId, *, call: Call) -> User:
    """Let the person sign in again, and forget their wrong passwords and codes. Raises NotAllowedError."""
    with uow:
        user = _managed(uow, user_id, call)
        users.unlock_user(uow, user.login, now=call.now, by=call.actor)
        uow.commit()
    return user


def revoke_token(uow: UnitOfWork, user_id: UserId, token_id: str, *, call: Call) -> None:
    """Revoke a token of the person. Raises NotAllowedError; NotFoundError: they have none of that id."""
    with uow:
        user = _managed(uow, user_id, call)
        if all(each.id != token_id for each in uow[People].tokens(user.id)):
            raise NotFoundError("token", token_id)
        users.revoke_token(uow, token_id, now=call.now, by=call.actor)
        uow.commit()


def _managed(uow: UnitOfWork, user_id: UserId, call: Call) -> User:
    user = uow[People].get(user_id)
    require_over(uow, user, call)
    return user


def _linked(uow: UnitOfWork, user: User, vault: Vault, call: Call, writer: NotificationWriter) -> str:
    made = invitations.make_within(uow, user.id, call)
    writer.notify(uow, [user.id], _news(made, call), call.now)
    return invitations.path_of(vault, made.id)


def _news(made: Invitation, call: Call) -> News:
    title, text = account_news.invited(call.actor.name, made, call.now)
    kind, urgency, path = NotificationKind.INVITATION, NotificationUrgency.URGENT, f"{invitations.PATH}{made.id}"
    return News(f"invitation:{made.id}", kind, urgency, title, text, path, made.expires_at)


def _tell(uow: UnitOfWork, user: User, call: Call, writer: NotificationWriter) -> None:
    title, text = account_news.changed(call.actor.name)
    kind, urgency, until_at = NotificationKind.ACCOUNT, NotificationUrgency.NORMAL, call.now + invitations.INVITED_FOR
    news = News(f"account:{call.new_id()}", kind, urgency, title, text, "/account", until_at)
    writer.notify(uow, [user.id], news, call.now)
