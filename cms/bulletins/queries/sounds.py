"""Rights to fetch content of bulletins: found by its hash, through an index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from broadcast.bulletins.lifecycle import HEARD
from broadcast.bulletins.model import BulletinId
from cms.bulletins.tables.bulletins import BulletinRow, BulletinSoundRow, TransmissionRow
from cms.bulletins.tables.recordings import SentRecordingRow
from cms.public.tables import UnlistedBulletinRow
from cms.stations.tables import OfferRow

_PLAYED = "browser-mp3"


@dataclass(frozen=True, slots=True)
class SoundUse:
    """Content of bulletins.

    ``is_public``: it belongs to a bulletin on the public pages, approved or heard, and any browser may play it.
    ``is_on_air``: devices play it by an approval that was not withdrawn. ``bulletin_ids``: bulletins it is or was of.
    """

    bulletin_ids: Sequence[BulletinId]
    is_public: bool
    is_on_air: bool


def sound_use(session: Session, sha256: str) -> SoundUse | None:
    """Return the use of the content; None: it was never a bulletin's."""
    row, unlisted = BulletinRow, select(UnlistedBulletinRow.bulletin_id)
    query = (
        select(row.id, row.status, row.sound, row.id.in_(unlisted))
        .join(BulletinSoundRow, BulletinSoundRow.bulletin_id == row.id)
        .where(BulletinSoundRow.sha256 == sha256)
    )
    found = session.execute(query).all()
    if not found:
        return None
    ids = [bulletin_id for bulletin_id, *_rest in found]
    is_public = any(
        status in HEARD and not is_unlisted and (made := sound.rendition(_PLAYED)) is not None and made.sha256 == sha256
        for _id, status, sound, is_unlisted in found
    )
    sent = select(TransmissionRow.rendition).where(
        TransmissionRow.bulletin_id.in_(ids), TransmissionRow.withdrawn_at.is_(None)
    )
    is_on_air = any(each.sha256 == sha256 for each in session.scalars(sent))
    return SoundUse(ids, is_public, is_on_air)


def is_offered(session: Session, sha256: str) -> bool:
    """Return whether a station's offer has the content too: every signed-in user sees the shelf."""
    named = cast(OfferRow.sound, Text).contains(sha256) | (OfferRow.original_sha256 == sha256)
    return session.scalar(select(OfferRow.id).where(named).limit(1)) is not None


def is_unused_recording(session: Session, sha256: str) -> bool:
    """Return whether the content was sent in and nothing is known to use it yet."""
    row = SentRecordingRow
    return session.scalar(select(row.id).where(row.is_waiting, row.sha256 == sha256).limit(1)) is not None
