"""Property: whatever people, workers and planners do, in any order, a plan holds only bulletins approved as they are.

The approval is another person's, and carries a digital signature where the rules of the place ask for one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from broadcast.bulletins.approval_document import ApprovalDocument
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.lifecycle import AIRING
from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.review_snapshots import Shown, shown_of
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.recurrence import WEEKDAYS, occurrences
from broadcast.scheduling.rescheduling import MoveEdit
from broadcast.scheduling.slots import Slot, SlotId
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.service import drafts, remarks, review, signatures, sound
from cms.bulletins.service.remarks import NoteDraft
from cms.bulletins.service.revisions import Draft
from cms.schedule.service import rescheduling, slots, time_changes
from province.areas import AreaId
from province.call import Call
from province.errors import DomainError
from province.people import Actor, UserId
from tests.builders.in_memory.approval_choices import (
    DAYS,
    PEOPLE,
    Approved,
    bulletins,
    edits,
    fillings,
    people,
    priorities,
    schedules,
    targets,
    texts,
)
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import C1, COMMUNES, NORTH, NOW, PROVINCE, SOUND, TREE, schedule
from tests.unit.bulletins.test_approval_signatures import Check


class BulletinMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.now = NOW
        self.ids: list[BulletinId] = []
        self.hands: dict[BulletinId, set[UserId]] = {}
        self.askers: dict[BulletinId, set[UserId]] = {}
        self.approvals: dict[TransmissionId, Approved] = {}
        self.made: dict[str, str] = {}
        self.signed: set[TransmissionId] = set()
        self.asking: set[AreaId] = set()
        self.checked: tuple[int, datetime] | None = None
        # Bình has a slot of two hours every day in the north, delegated by a person who writes no bulletins.
        self.slot = Slot(
            *(SlotId("slot"), PEOPLE[1].user_id, "Bình", NORTH, WEEKDAYS, time(11), time(13), tuple(PriorityClass)),
            *(date(2026, 3, 20), UserId("u-chief"), "Chief", NOW),
        )
        self.world.store.put(self.slot)

    def teardown(self) -> None:
        self.world.store.give_back()

    def _call(self, by: Actor) -> Call:
        return self.world.call(by, self.now)

    def _bulletin(self, number: int) -> Bulletin | None:
        return self.world.bulletin(self.ids[number]) if number < len(self.ids) else None

    @initialize(by=people, text=texts, steps=st.integers(1, 4), reviewer=people)
    def begin(self, by: Actor, text: str, steps: int, reviewer: Actor) -> None:
        self.write(by, text, Targets((PROVINCE,)), (schedule("2026-03-02T17:00", "FREQ=DAILY"),), PriorityClass.NORMAL)
        self.bring_along(0, by, reviewer, steps)

    @rule(by=people, text=texts, where=targets, when=schedules, priority=priorities)
    def write(self, by: Actor, text: str, where: Targets, when: tuple[Schedule, ...], priority: PriorityClass) -> None:
        if len(self.ids) == 2:
            return
        draft = Draft("Bản tin", text, targets=where, schedules=when, priority=priority)
        made = drafts.create(self.world.store(), draft=draft, call=self._call(by))
        self.ids.append(made.id)
        self.hands[made.id] = {by.user_id}

    @rule(number=bulletins, by=people, reviewer=people, steps=st.integers(1, 4))
    def bring_along(self, number: int, by: Actor, reviewer: Actor, steps: int) -> None:
        """Bring a bulletin along its usual way, up to some step: random steps seldom get this far."""
        self.sound_made(number, is_late=False)
        if steps > 1:
            self.submit(number, by)
        if steps > 2:
            self.approve(number, reviewer, 0)
        if steps > 3:
            self.plan(set(COMMUNES))

    @rule(number=bulletins, by=people, text=texts, where=targets, when=schedules, stale=st.booleans())
    def edit(
        self, number: int, by: Actor, text: str, where: Targets, when: tuple[Schedule, ...], *, stale: bool
    ) -> None:
        found = self._bulletin(number)
        if found is None:
            return
        typed = {each.name: getattr(found, each.name) for each in fields(Draft)}
        draft = Draft(**{**typed, "text": text, "targets": where, "schedules": when})
        version = found.version - 1 if stale else found.version
        if self._tried(drafts.edit, found, draft=draft, expected_version=version, call=self._call(by)):
            self.hands[found.id].add(by.user_id)
            self._revoke(found.id)

    @rule(number=bulletins, is_late=st.booleans())
    def sound_made(self, number: int, *, is_late: bool) -> None:
        """Finish a sound job, possibly a cancelled one of an outdated text."""
        found = self._bulletin(number)
        if found is None or not found.sound.job_id:
            return
        made_from = "text:vi:Lời cũ." if is_late else found.sound.made_from
        sha256 = f"{abs(hash(made_from)):064x}"[:64]
        self.made[sha256] = made_from
        sound.finish(
            self.world.store(),
            found.id,
            Sound(
                SoundState.READY,
                made_from=made_from,
                job_id=found.sound.job_id,
                renditions=(Rendition(DEVICE_RENDITION, sha256, SOUND.bytes, SOUND.duration_ms, SOUND.media_type),),
                loudness_lufs=-16.0,
                true_peak_dbtp=-1.5,
            ),
            now=self.now,
        )

    @rule(number=bulletins, by=people)
    def submit(self, number: int, by: Actor) -> None:
        found = self._bulletin(number)
        if found is not None and self._tried(review.submit, found, expected_version=found.version, call=self._call(by)):
            self.hands[found.id].add(by.user_id)

    @rule(number=bulletins, by=people, seen=st.integers(0, 2))
    def approve(self, number: int, by: Actor, seen: int) -> None:
        found = self._bulletin(number)
        if found is None:
            return
        before = {each.id for each in self.world.store.all(Transmission)}
        what = shown_of(found, DEVICE_RENDITION)
        version = found.version - seen
        if not self._tried(review.approve, found, expected_version=version, call=self._call(by)):
            return
        # Our own processes raise the version without changing what is seen; a person's change is never skipped.
        assert seen <= found.sound.own_versions
        (new,) = {each.id for each in self.world.store.all(Transmission)} - before
        self.approvals[new] = Approved(what, by.user_id, frozenset(self.hands[found.id]))

    @rule(number=bulletins, by=people, when=fillings)
    def fill(self, number: int, by: Actor, when: tuple[Schedule, ...]) -> None:
        found = self._bulletin(number)
        if found is None:
            return
        live = [t for t in self.world.store.all(Transmission) if t.bulletin_id == found.id]
        before = [each.id for each in live if each.withdrawn_at is None]
        known = {each.id for each in self.world.store.all(Transmission)}
        details = {"schedules": when, "expected_version": found.version, "call": self._call(by)}
        if not self._tried(slots.fill, found, **details):
            return
        # The schedule is the slot's to approve; all else stays as it was approved.
        assert by.user_id == self.slot.holder_id
        assert all(time(11) <= each.starts.time() < time(13) for each in when)
        (new,) = {each.id for each in self.world.store.all(Transmission)} - known
        approved = self.approvals[before[0]]
        assert all(NORTH in TREE.chain(area_id) for area_id in approved.shown.targets.areas)
        self._revoke(found.id)
        shown = replace(approved.shown, schedules=when)
        self.approvals[new] = Approved(shown, approved.by, approved.hands)

    @rule(number=bulletins, by=people, edit=edits)
    def reschedule(self, number: int, by: Actor, edit: MoveEdit) -> None:
        """Reschedule a bulletin; of an approved one it is a proposal, and its airings stay as they are."""
        found = self._bulletin(number)
        if found is None:
            return
        details = {"edit": edit, "expected_version": found.version, "call": self._call(by)}
        if not self._tried(rescheduling.reschedule, found, **details):
            return
        if found.status not in AIRING:
            self.hands[found.id].add(by.user_id)
        else:
            # A pending proposal is merged into the newer one, and so are those who asked for it.
            before = self.askers.get(found.id, set()) if found.proposal is not None else set()
            self.askers[found.id] = before | {by.user_id}

    @rule(number=bulletins, by=people)
    def confirm(self, number: int, by: Actor) -> None:
        found = self._bulletin(number)
        if found is None:
            return
        known = {each.id for each in self.world.store.all(Transmission)}
        details = {"expected_version": found.version, "call": self._call(by)}
        if not self._tried(time_changes.confirm, found, **details):
            return
        asked = found.proposal
        assert asked is not None
        (new,) = {each.id for each in self.world.store.all(Transmission)} - known
        self._revoke(found.id)
        assert asked.by in self.askers[found.id]
        self.hands[found.id] |= self.askers[found.id]
        was = shown_of(found, DEVICE_RENDITION)
        shown = replace(was, schedules=asked.schedules, priority=asked.priority, targets=asked.targets)
        self.approvals[new] = Approved(shown, by.user_id, frozenset(self.hands[found.id]))

    @rule(number=bulletins, by=people)
    def keep(self, number: int, by: Actor) -> None:
        found = self._bulletin(number)
        if found is not None:
            self._tried(time_changes.keep, found, expected_version=found.version, call=self._call(by))

    @rule(number=bulletins, by=people, act=st.sampled_from((review.return_, review.reject)))
    def refuse(self, number: int, by: Actor, act: object) -> None:
        found = self._bulletin(number)
        if found is not None:
            self._tried(act, found, expected_version=found.version, call=self._call(by), reason="Sai giờ")

    @rule(number=bulletins, by=people)
    def note(self, number: int, by: Actor) -> None:
        found = self._bulletin(number)
        if found is None:
            return
        notes = (NoteDraft("Sai", "Họp"),)
        self._tried(review.return_, found, expected_version=found.version, call=self._call(by), reason="", notes=notes)
        for each in self.world.bulletin(found.id).notes:
            self._tried(remarks.settle, found, each.id, is_done=True, call=self._call(by))

    @rule(number=bulletins, by=people)
    def withdraw(self, number: int, by: Actor) -> None:
        found = self._bulletin(number)
        if found is not None and self._tried(
            review.withdraw, found, expected_version=found.version, call=self._call(by)
        ):
            self._revoke(found.id)

    @rule(number=bulletins, by=people)
    def sign(self, number: int, by: Actor) -> None:
        """Sign the bulletin's newest approval, as its approver or as another person who tries."""
        found = self._bulletin(number)
        if found is None or not (documents := self._documents(found.id)):
            return
        world, newest = self.world, documents[0]
        try:
            signatures.attach(
                world.store(),
                world.content,
                Check(),
                found.id,
                newest.transmission_id,
                signature=b"good",
                call=self._call(by),
            )
        except DomainError:
            assert by.user_id != newest.approved_by
        else:
            self.signed.add(newest.transmission_id)

    @rule(area_id=st.sampled_from((PROVINCE, NORTH, C1)), needs_signature=st.booleans())
    def demand_signatures(self, area_id: AreaId, *, needs_signature: bool) -> None:
        self.world.set_rules(area_id, AreaRules(quiet=(), needs_signature=needs_signature))
        (self.asking.add if needs_signature else self.asking.discard)(area_id)

    @rule(areas=st.sets(st.sampled_from(COMMUNES), min_size=1))
    def plan(self, areas: set[str]) -> None:
        for area_id in COMMUNES:
            if area_id in areas:
                self.world.replan(area_id, first_on=self._today(), days=DAYS, now=self.now)

    @rule(hours=st.integers(1, 14))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def everything_on_air_was_approved_as_it_is(self) -> None:
        """Check all of it after each step that changed anything or let time pass."""
        state = (self.world.store.commits, self.now)
        if state == self.checked:
            return
        self.checked = state
        transmissions = self.world.store.all(Transmission)
        self.every_transmission_was_approved_by_another(transmissions)
        self.what_is_in_force_is_what_the_bulletin_says(transmissions)
        self.every_plan_holds_only_what_was_approved_exactly_so()
        if transmissions:  # of none there is nothing to plan
            self.a_plan_made_now_holds_only_what_is_in_force()
        self.every_transmission_can_be_signed_as_it_is(transmissions)

    def every_transmission_was_approved_by_another(self, transmissions: Sequence[Transmission]) -> None:
        for transmission in transmissions:
            approved = self.approvals[transmission.id]
            assert approved.by not in approved.hands
            assert transmission.approved_by == approved.by
            assert (transmission.withdrawn_at is None) is approved.is_in_force

    def what_is_in_force_is_what_the_bulletin_says(self, transmissions: Sequence[Transmission]) -> None:
        known = {each.id: each for each in self.world.store.all(Bulletin)}
        for transmission in transmissions:
            if transmission.withdrawn_at is None:
                bulletin = known[transmission.bulletin_id]
                assert bulletin.status in AIRING
                assert shown_of(bulletin, DEVICE_RENDITION) == self.approvals[transmission.id].shown
                assert bulletin.sound_input == self.made[transmission.rendition.sha256]

    def every_plan_holds_only_what_was_approved_exactly_so(self) -> None:
        """Check the plans in the store and in the bytes that manifests name."""
        for stored in self.world.store.all(StoredPlan):
            wire = msgspec.json.decode(self.world.content.blobs[stored.sha256])
            assert [item["item"] for item in wire["items"]] == [e.occurrence_id for e in stored.plan.entries]
            for entry, item in zip(stored.plan.entries, wire["items"], strict=True):
                shown = self.approvals[entry.transmission_id].shown
                assert entry.rendition.sha256 == shown.sound_sha256
                assert shown.sound_sha256 in str(item)
                assert self.made[shown.sound_sha256] == f"text:{shown.language}:{shown.spoken}"
                assert reaches(shown.targets, TREE, stored.plan.area_id)
                assert entry.start_at in self._starts(shown)

    def a_plan_made_now_holds_only_what_is_in_force(self) -> None:
        world, now = self.world, self.now
        blobs = dict(world.content.blobs)
        # The check changes nothing: planners run at their own times.
        with world.store.trial():
            for area_id in COMMUNES:
                world.replan(area_id, first_on=self._today(), days=DAYS, now=now)
            for stored in world.store.all(StoredPlan):
                needs_signature = not self.asking.isdisjoint(TREE.chain(stored.plan.area_id))
                for entry in stored.plan.entries:
                    assert entry.start_at < now or self.approvals[entry.transmission_id].is_in_force
                    assert entry.start_at < now or not needs_signature or entry.transmission_id in self.signed
        world.content.blobs = blobs

    def every_transmission_can_be_signed_as_it_is(self, transmissions: Sequence[Transmission]) -> None:
        documents = [d for bulletin_id in {t.bulletin_id for t in transmissions} for d in self._documents(bulletin_id)]
        for transmission in transmissions:
            (document,) = [each for each in documents if each.transmission_id == transmission.id]
            body = json.loads(document.text)
            assert body["sounds"][DEVICE_RENDITION] == transmission.rendition.sha256
            assert body["areas"] == sorted(transmission.targets.areas)
            assert [each["starts"] for each in body["schedules"]] == [
                each.starts.isoformat() for each in transmission.schedules
            ]

    def _documents(self, bulletin_id: BulletinId) -> Sequence[ApprovalDocument]:
        with self.world.store() as uow:
            return uow[Approvals].documents(bulletin_id)

    def _today(self) -> date:
        return (self.now + timedelta(hours=7)).date()

    def _starts(self, shown: Shown) -> set[datetime]:
        return {
            each.start_at
            for each in occurrences(
                shown.schedules,
                since_at=NOW - timedelta(days=1),
                until_at=self.now + timedelta(days=30),
                transmission_id=TransmissionId("any"),
                duration_ms=SOUND.duration_ms,
            )
        }

    def _revoke(self, bulletin_id: BulletinId) -> None:
        """Mark the bulletin's approvals so far as not in force; the caller records the approval that replaces them."""
        for each in self.world.store.all(Transmission):
            if each.bulletin_id == bulletin_id and each.id in self.approvals:
                self.approvals[each.id] = replace(self.approvals[each.id], is_in_force=False)

    def _tried(self, act: object, found: Bulletin, *more: object, **details: object) -> bool:
        """Return whether the rules let the action pass; a refused one has changed nothing."""
        before = self.world.store.commits
        try:
            act(self.world.store(), found.id, *more, **details)  # type: ignore[operator]
        except DomainError:
            assert self.world.store.commits == before
            return False
        return True


BulletinMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_no_path_leads_on_air_past_an_approval_of_exactly_what_airs = BulletinMachine.TestCase
