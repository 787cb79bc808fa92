"""Enrolment and revocation of officers' keys: the owner asks, two others agree, and the root signs the keyset."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from cms.accounts.model import Passkey, User
from cms.accounts.repository import People
from cms.accounts.service import passkeys
from cms.accounts.service.passkeys import PasskeySite
from cms.alerts.repository.alerts import Declarations
from cms.areas.repository import Places
from cms.officers.model import EnrolledKey, KeyDecision, kid_of_point
from cms.officers.repository import OfficerKeys
from cms.platform.store.uow import UnitOfWork
from devices.protocol.authorisation import OfficerKey, OfficerKeyset, OfficerRight
from province.call import Call
from province.errors import InvalidError, NotAllowedError, NotPossibleError, Problem
from province.events import Event
from province.people import Action

LASTS: Final = timedelta(days=2 * 365)
"""A key that is older is asked for again."""
PEOPLE_MIN: Final = 2
"""People with keys without whom no alert could go out once signatures are required."""


def ask(uow: UnitOfWork, user: User, passkey: Passkey, site: PasskeySite, now: datetime) -> EnrolledKey:
    """Ask that this passkey of the person may sign alerts; harmless when repeated.

    Raises:
        InvalidError: PASSKEY_KIND: a key of a kind that loudspeakers cannot check.
    """
    x = passkeys.point_of(passkey)
    if not x:
        raise InvalidError([Problem("passkey", "PASSKEY_KIND")])
    with uow:
        known = uow[OfficerKeys].find(kid_of_point(x))
        if known is not None and not known.is_revoked:
            return known
        key = EnrolledKey(kid_of_point(x), user.id, user.name, passkey.name, x, site.host, site.origin, now)
        uow[OfficerKeys].put(key)
        uow.record(Event.of(user.actor, "officer_key.asked", key.id, now, fingerprint=key.fingerprint))
        uow.commit()
    return key


def confirm(uow: UnitOfWork, key_id: str, *, call: Call) -> EnrolledKey:
    """Confirm the key, as one of two others.

    Raises:
        NotFoundError: no such key.
        NotAllowedError: no right to manage people everywhere; OWN_REQUEST: the own key, or confirmed already.
        NotPossibleError: it is confirmed or revoked.
    """
    with uow:
        key = _decidable(uow, key_id, call)
        if key.is_agreed or key.revoked:
            raise NotPossibleError("confirmed", "confirm")
        _require_other(key, key.confirmed, call)
        changed = key.confirmed_by(KeyDecision(call.actor.user_id, call.actor.name, call.now))
        uow[OfficerKeys].put(changed)
        uow.record(call.event("officer_key.confirmed", key.id, person=key.user_id, fingerprint=key.fingerprint))
        uow.commit()
    return changed


def revoke(uow: UnitOfWork, key_id: str, *, call: Call) -> EnrolledKey:
    """Revoke the key, as one of two others; one that was never confirmed by two is withdrawn by one.

    Raises:
        NotFoundError: no such key.
        NotAllowedError: no right to manage people everywhere; OWN_REQUEST: the own key, or revoked already.
        NotPossibleError: it is revoked.
    """
    with uow:
        key = _decidable(uow, key_id, call)
        if key.is_revoked:
            raise NotPossibleError("revoked", "revoke")
        _require_other(key, key.revoked, call)
        decision = KeyDecision(call.actor.user_id, call.actor.name, call.now)
        changed = key.revoked_by(decision)
        if not key.is_agreed:
            changed = changed.revoked_by(decision)
        uow[OfficerKeys].put(changed)
        uow.record(call.event("officer_key.revoked", key.id, person=key.user_id, fingerprint=key.fingerprint))
        uow.commit()
    return changed


def agreed_keyset(uow: UnitOfWork, before: OfficerKeyset) -> tuple[OfficerKeyset, Sequence[EnrolledKey]]:
    """Return the keyset of all agreed keys with their owners' present rights, and those keys; within a unit of work.

    A person who is blocked, or may declare no level, has none in it.
    """
    keys = [key for key in uow[OfficerKeys].all() if key.is_agreed]
    people, named, kept = uow[People], [], []
    for key in keys:
        rights = [
            OfficerRight(area=right.area_id, level=int(right.level)) for right in uow[Declarations].of(key.user_id)
        ]
        if not rights or people.get(key.user_id).disabled_at is not None:
            continue
        since = max(each.at for each in key.confirmed)
        nbf, exp = _ms(since - timedelta(minutes=5)), _ms(since + LASTS)
        named.append(OfficerKey(kid=key.id, person=key.user_id, x=key.x, rights=rights, nbf=nbf, exp=exp))
        kept.append(key)
    return msgspec.structs.replace(before, keys=named), kept


def parents_of(uow: UnitOfWork) -> dict[str, str]:
    """Return the area above each area, by which the signer judges rights; within a unit of work."""
    return {str(area.id): str(area.parent_id) for area in uow[Places].tree() if area.parent_id is not None}


def _decidable(uow: UnitOfWork, key_id: str, call: Call) -> EnrolledKey:
    tree = uow[Places].tree()
    call.require(Action.USER_MANAGE, [area.id for area in tree.children(None)], tree)
    return uow[OfficerKeys].get(key_id)


def _require_other(key: EnrolledKey, decided: Sequence[KeyDecision], call: Call) -> None:
    if call.actor.user_id in {key.user_id, *(each.user_id for each in decided)}:
        raise NotAllowedError(Action.USER_MANAGE, "OWN_REQUEST")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
