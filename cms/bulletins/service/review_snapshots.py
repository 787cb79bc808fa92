"""Review snapshots: store what a reviewer sees of a bulletin and compare it with the last view."""

from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot, shown_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.repository.review_snapshots import ReviewSnapshots
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.people import Action


def look(uow: UnitOfWork, bulletin_id: BulletinId, *, call: Call) -> tuple[ReviewSnapshot, ReviewSnapshot | None]:
    """Return this view, and the actor's last one of a different content; ``None`` where there was none.

    Looking again changes nothing: the differences stay on the page for as long as the bulletin does.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        bulletin = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, uow[Places].tree())
        this = ReviewSnapshot(
            bulletin.id, call.actor.user_id, bulletin.version, call.now, shown_of(bulletin, DEVICE_RENDITION)
        )
        looks = uow[ReviewSnapshots].of(bulletin.id, call.actor.user_id)
        before = next((each for each in looks if each.shown != this.shown), None)
        if all(each.version != this.version for each in looks):
            uow[ReviewSnapshots].add(this)
            uow.commit()
    return this, before
