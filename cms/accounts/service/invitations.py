"""Invitations: a link, valid once, by which a person sets their own password.

The secret of a link is an HMAC over its id under a key derived from the installation's: it is stored nowhere, so that
neither a copy of the database nor the notifications that wait in it open an account.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cms.accounts.errors import InvitationOverError, LockedError, WeakPasswordError
from cms.accounts.model import Invitation, User
from cms.accounts.repository import Invitations, Passkeys, People, SignInTallies
from cms.accounts.service import throttle
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.signing_in import Opening, Welcome, opened
from cms.accounts.service.vault import Vault
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.call import Call
from province.events import Event
from province.people import UserId

INVITED_FOR: Final = timedelta(days=7)
RESET_FOR: Final = timedelta(days=1)
PATH: Final = "/join/"
_PURPOSE: Final = b"loa invitation 1"


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """Invitation whose link was presented with its secret, and its person."""

    invitation: Invitation
    user: User


def secret_of(vault: Vault, invitation_id: str) -> str:
    """Return the secret of the link."""
    key = hmac.new(vault.key, _PURPOSE, sha256).digest()
    return urlsafe_b64encode(hmac.new(key, invitation_id.encode(), sha256).digest()).decode().rstrip("=")


def path_of(vault: Vault, invitation_id: str) -> str:
    """Return the link, as a path of the console. The secret is in the query, which no log of requests holds."""
    return f"{PATH}{invitation_id}?key={secret_of(vault, invitation_id)}"


def whole_path(vault: Vault, path: str) -> str:
    """Return the path of a notification as it is sent: of an invitation with the secret, any other as it is."""
    return path_of(vault, path.removeprefix(PATH)) if path.startswith(PATH) else path


def make_within(unit: UnitOfWork, user_id: UserId, call: Call, *, is_reset: bool = False) -> Invitation:
    """Make a link in place of every earlier one of the person. Within a unit of a caller that checked rights."""
    unit[Invitations].revoke_of(user_id, call.now)
    (made,) = _made(unit, [user_id], call, is_reset=is_reset)
    return made


def make_first_within(unit: UnitOfWork, user_ids: Sequence[UserId], call: Call) -> Sequence[Invitation]:
    """Make the first links of people who were just added. Within a unit of a caller that checked rights."""
    return _made(unit, user_ids, call, is_reset=False)


def _made(unit: UnitOfWork, user_ids: Sequence[UserId], call: Call, *, is_reset: bool) -> Sequence[Invitation]:
    until_at = call.now + (RESET_FOR if is_reset else INVITED_FOR)
    made = [
        Invitation(call.new_id(), user_id, call.actor.user_id, call.now, until_at, is_reset) for user_id in user_ids
    ]
    unit[Invitations].add_many(made)
    for each in made:
        detail = {"invitation": each.id, "until_at": until_at.isoformat(), "reset": is_reset}
        unit.record(call.event("user.invited", each.user_id, **detail))
    return made


def opened_by(
    units: UowFactory, vault: Vault, invitation_id: str, key: str, *, now: datetime, source: str
) -> OpenInvitation:
    """Return the invitation of the link. Wrong links are counted by address.

    Raises:
        InvitationOverError: wrong, used, replaced, or too old: it does not say which.
        LockedError: too many wrong links from there; this one was not checked.
    """
    keys = (f"link:{throttle.network_of(source)}",)
    with units.reading() as unit:
        until_at = throttle.locked_until(unit[SignInTallies].of(keys), now)
        found = unit[Invitations].find(invitation_id[:40])
        user = None if found is None else unit[People].get(found.user_id)
    if until_at is not None:
        raise LockedError(until_at)
    is_right = hmac.compare_digest(secret_of(vault, invitation_id[:40]).encode(), key.encode())
    if is_right and found is not None and user is not None and found.is_good(now) and user.disabled_at is None:
        return OpenInvitation(found, user)
    if not is_right:
        with units() as unit:
            after, _ = throttle.counted(unit[SignInTallies].of((*keys, throttle.SITE)), keys, now)
            unit[SignInTallies].put([each for each in after if each.key != throttle.SITE])
            unit[SignInTallies].prune(now - throttle.FORGOTTEN_AFTER, throttle.KEPT_MOST)
            unit.record(Event("user.invitation_refused", "unknown", now, "unknown", "", {"source": source}))
            unit.commit()
    raise InvitationOverError


def accept(
    units: UowFactory, passwords: Passwords, invited: OpenInvitation, password: str, opening: Opening
) -> Welcome:
    """Set the password, use the link up, end what an earlier owner had, and open the session.

    Raises:
        WeakPasswordError: too short, or trivial to guess.
        InvitationOverError: used or replaced meanwhile.
    """
    known, now = invited.user, opening.now
    if known.has_password and passwords.matches(known.password_hash, password):
        raise WeakPasswordError(passwords.min_length, "SAME")
    hashed = passwords.chosen(password, (known.login, known.name))
    with units() as unit:
        if not unit[Invitations].use(invited.invitation.id, now):
            raise InvitationOverError
        user = replace(
            unit[People].get(known.id), password_hash=hashed, password_set_at=now, must_change_password=False
        )
        unit[People].save(user)
        unit[People].revoke_sessions(user.id, now)
        unit[SignInTallies].forget_login(throttle.mark_of(user.login))
        if invited.invitation.is_reset:
            unit[People].remove_second_factor(user.id)
            unit[Passkeys].remove_all(user.id)
        name = "user.reset_done" if invited.invitation.is_reset else "user.joined"
        unit.record(Event.of(user.actor, name, user.id, now, invitation=invited.invitation.id, source=opening.source))
        welcome = opened(unit, user, opening)
        unit.commit()
    return welcome
