"""Bulletins of the central system: each becomes a draft for people, or a question. None airs by itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Targets
from broadcast.exchange.central import CentralBulletin, CentralItem, UnreadableItem
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import Draft
from cms.exchange.model import CentralOutcome, CentralRecord
from cms.exchange.repository.central import CentralRecords, key_hash
from cms.exchange.service.central_emergencies import CENTRAL, Emergencies, areas_of, received_event
from cms.platform.store.uow import UowFactory
from media.ports import ContentStore
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import InvalidError
from province.people import Action, Actor

_ENDED: Final = frozenset({BulletinStatus.REJECTED, BulletinStatus.WITHDRAWN, BulletinStatus.DELETED})


class _AsCentral:
    """Authority that only allows drafting, which airs nothing."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        del areas, tree
        assert actor == CENTRAL
        assert action is Action.BULLETIN_WRITE


@dataclass(frozen=True)
class Taking:
    """Handler of items: ``take`` each once; the same version again only raises a counter."""

    uow: UowFactory
    content: ContentStore
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    emergencies: Emergencies

    def take(self, sent: CentralItem) -> CentralRecord:
        """Store the item with its outcome, in one transaction; return the record."""
        read, now = sent.read, self.now()
        key = key_hash(read.central_id, read.central_version, sent.raw)
        with (unit := self.uow()):
            known = unit[CentralRecords].known(key)
            if known is not None:
                heard = replace(known, times_heard=known.times_heard + 1)
                unit[CentralRecords].put(heard)
                unit.commit()
                return heard
            before = unit[CentralRecords].of_central(read.central_id)
            old = _old_bulletin(unit[Bulletins].get, before)
            tree = unit[Places].tree()
        title = read.title if isinstance(read, CentralBulletin) else ""
        record = CentralRecord(
            id=self.new_id(),
            key_hash=key,
            central_id=read.central_id,
            central_version=read.central_version,
            title=title,
            outcome=CentralOutcome.REFUSED,
            reason="",
            bulletin_id=None,
            sha256=self.content.put_bytes(sent.raw),
            received_at=now,
        )
        if isinstance(read, UnreadableItem):
            return self.keep(replace(record, reason=read.reason))
        if before and before[0].central_version > read.central_version:
            return self.keep(replace(record, outcome=CentralOutcome.OLD, bulletin_id=None))
        if read.is_emergency or (read.is_withdrawn and before and before[0].alert_id is not None):
            return self.emergencies.take(record, read, before)
        return self._taken(record, read, tree, old)

    def _taken(
        self, record: CentralRecord, read: CentralBulletin, tree: AreaTree, old: Bulletin | None
    ) -> CentralRecord:
        if read.is_withdrawn:
            outcome = CentralOutcome.NOTHING_OF_IT if old is None else CentralOutcome.ASKS_WITHDRAWAL
            return self.keep(replace(record, outcome=outcome, bulletin_id=None if old is None else old.id))
        if read.sound is not None and areas_of(read, tree)[0]:
            return self.keep(replace(record, outcome=CentralOutcome.AWAITS_SOUND, sound_due_at=record.received_at))
        return self.draft(record, read)

    def draft(self, record: CentralRecord, read: CentralBulletin, sound_sha256: str = "") -> CentralRecord:
        """Make the draft; return the record. A sound file is in the content store already."""
        with (unit := self.uow().looking()):
            tree = unit[Places].tree()
            before = unit[CentralRecords].of_central(read.central_id)
            old = _old_bulletin(unit[Bulletins].get, before)
        areas, unknown = areas_of(read, tree)
        if not areas:
            return self.keep(replace(record, reason=f"AREA_UNKNOWN {' '.join(unknown)}"[:500]))
        draft = Draft(
            title=read.title,
            text=read.text,
            topic=read.topic,
            priority=read.priority,
            targets=Targets(areas),
            origin=read.origin or read.author_name,
            pen_name=read.pen_name,
            is_handed_down=True,
            original_sha256=sound_sha256,
            original_name=read.sound.name if read.sound is not None else "",
        )
        reason = f"AREA_UNKNOWN {' '.join(unknown)}"[:500] if unknown else ""
        unit, is_ours = self.uow(), _is_untouched(old)
        kept = replace(record, reason=reason, outcome=CentralOutcome.DRAFTED)
        if is_ours and old is not None:
            kept = replace(kept, outcome=CentralOutcome.REDRAFTED, bulletin_id=old.id)
        else:
            outcome = CentralOutcome.DRAFTED if old is None else CentralOutcome.REPLACES
            kept = replace(kept, outcome=outcome, bulletin_id=BulletinId(self.new_id()))
        # The record is written in the draft's transaction: a crash in between leaves neither.
        unit.before_commit(lambda: unit[CentralRecords].put(kept))
        unit.before_commit(lambda: unit.record(received_event(kept, self.now())))
        call = Call(CENTRAL, _AsCentral(), self.now(), lambda: str(kept.bulletin_id))
        try:
            if is_ours and old is not None:
                drafts.edit(unit, old.id, draft=draft, expected_version=old.version, call=call)
            else:
                drafts.create(unit, draft=draft, call=call)
        except InvalidError as error:
            codes = " ".join(f"{each.code} {each.field}" for each in error.problems)
            return self.keep(replace(record, reason=codes[:500]))
        return kept

    def keep(self, record: CentralRecord) -> CentralRecord:
        """Store the record with its event."""
        with (unit := self.uow()):
            unit[CentralRecords].put(record)
            unit.record(received_event(record, self.now()))
            unit.commit()
        return record


def _old_bulletin(get: Callable[[BulletinId], Bulletin], before: Sequence[CentralRecord]) -> Bulletin | None:
    """Return the bulletin made of an earlier version, unless it was rejected, withdrawn or deleted."""
    made = next((each.bulletin_id for each in before if each.bulletin_id is not None), None)
    if made is None:
        return None
    found = get(made)
    return None if found.status in _ENDED else found


def _is_untouched(old: Bulletin | None) -> bool:
    return old is not None and old.status is BulletinStatus.DRAFT and not old.editors and old.submitter_id is None
