"""Public listing of bulletins that were aired: each is listed until a person hides it."""

from broadcast.bulletins.model import BulletinId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.uow import UnitOfWork
from cms.public.repository import HiddenBulletins
from province.call import Call
from province.people import Action


def list_publicly(unit: UnitOfWork, bulletin_id: BulletinId, *, is_listed: bool, call: Call) -> None:
    """Hide it from the public pages or list it again; no change if it is so already. For people who may withdraw it.

    Raises:
        NotFoundError: no such bulletin.
        NotAllowedError: the actor withdraws no bulletins in all its areas.
    """
    with unit:
        bulletin = unit[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_WITHDRAW, bulletin.targets.areas, unit[Places].tree())
        unlisted = unit[HiddenBulletins]
        has_changed = unlisted.remove(bulletin_id) if is_listed else unlisted.add(bulletin_id, call.actor, call.now)
        if has_changed:
            name = "unhidden" if is_listed else "hidden"
            unit.record(call.event(f"bulletin.{name}", bulletin_id))
        unit.commit()
