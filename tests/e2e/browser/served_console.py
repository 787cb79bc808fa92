"""Real console on a real port; the test makes sounds and plans areas in place of the other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

from broadcast.bulletins.model import Bulletin, BulletinId, SoundState, Targets
from broadcast.bulletins.schedules import Schedule
from cms.accounts.model import SecondFactor, User
from cms.accounts.repository import People
from cms.accounts.service.second_factor import NO_STEP
from cms.accounts.service.vault import vault_of
from cms.bulletins import jobs
from cms.bulletins.jobs import MakeSound
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts, review
from cms.bulletins.service.revisions import Draft
from cms.live.jobs import MakeAddress
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner, Work
from cms.schedule.jobs import replan_area
from cms.speech.jobs import CheckPhrase, MakePreview
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from media.model import MadeSound
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.use_cases.bulletin_sound import make_from_audio, make_from_text
from province.machine_clock import utc_now
from province.people import Grant, Role, UserId
from province.wall_clock import local_date
from tests.console import COMMUNE, PROVINCE, TOTP_SECRET, Console, cheap_hash, open_console
from tests.web_server import served

TITLE = "Lịch tiêm chủng mở rộng tháng này"
TEXT = "Trạm y tế thông báo: ngày mai từ bảy giờ, trạm tiêm chủng cho trẻ dưới hai tuổi."
# Holds the right to write and the right to review, but may not review their own bulletins.
BOTH = "editor-and-approver"


@dataclass(frozen=True)
class ServedConsole:
    """Console at ``url``, and the actions of the worker and the gateway on it."""

    console: Console
    url: str
    runner: Runner

    def make_sound(self, bulletin_id: str) -> None:
        self.runner.run(self.bulletin(bulletin_id).sound.job_id)
        made = self.bulletin(bulletin_id).sound
        assert made.state is SoundState.READY, made.error

    def plan(self) -> None:
        replan_area(self.console.context, COMMUNE)

    def bulletin(self, bulletin_id: str) -> Bulletin:
        with self.console.context.uow() as unit:
            return unit[Bulletins].get(BulletinId(bulletin_id))

    def submitted(self, *, hour: int, days: int = 1, title: str = TITLE, by: str = "editor") -> Bulletin:
        """Submit a bulletin with its sound, for that hour some days ahead in one commune.

        All tests share one newsroom: each file has a day of its own.
        """
        context, actor = self.console.context, self.console.actor(by)
        schedule = Schedule("1", wall_at(hour, days))
        draft = Draft(title, TEXT, "health", targets=Targets((COMMUNE,)), schedules=(schedule,))
        made = drafts.create(context.uow(), draft=draft, call=context.call(actor))
        self.make_sound(made.id)
        return review.submit(
            context.uow(), made.id, expected_version=self.bulletin(made.id).version, call=context.call(actor)
        )

    def approved(self, *, hour: int, days: int = 1) -> Bulletin:
        """Approve and plan such a bulletin."""
        context, found = self.console.context, self.submitted(hour=hour, days=days)
        approved = review.approve(
            context.uow(), found.id, expected_version=found.version, call=context.call(self.console.actor("approver"))
        )
        self.plan()
        return approved


def tomorrow_at(hour: int) -> datetime:
    """Return tomorrow's wall time in the loudspeakers' time zone."""
    return wall_at(hour, 1)


def wall_at(hour: int, days: int) -> datetime:
    """Return the wall time at that hour, so many days from today, in the loudspeakers' time zone."""
    on = _today() + timedelta(days=days)
    return datetime(on.year, on.month, on.day, hour)  # noqa: DTZ001 - wall time has no offset


@cache
def _today() -> date:
    """Return the run's date, fixed for all tests because they share one newsroom and midnight may come between two."""
    return local_date(utc_now())


def _once(make: Callable[..., MadeSound]) -> Callable[..., MadeSound]:
    """Return the function with a memory of its sounds: most bulletins of the tests say the same."""
    made: dict[object, MadeSound] = {}

    def make_once(source: object, work: AudioWorkspace, **how: object) -> MadeSound:
        key = (source, how.get("cues"))
        if key not in made:
            made[key] = make(source, work, **how)
        return made[key]

    return make_once


@contextmanager
def open_served_console(folder: Path) -> Iterator[ServedConsole]:
    with open_console(folder / "loa") as console:
        console.clock.at = utc_now()  # the browser drops a cookie that its own clock finds too old
        context = console.context
        grants = (Grant(Role.PROVINCE_EDITOR, PROVINCE), Grant(Role.APPROVER, PROVINCE))
        with context.uow() as unit:
            both = UserId("u-both")
            unit[People].add(User(both, BOTH, "Both", cheap_hash(), context.now(), grants=grants))
            factor = SecondFactor(both, vault_of(context).seal(TOTP_SECRET, both), context.now(), NO_STEP)
            unit[People].add_second_factor(factor, [])
            unit.commit()
        work = folder / "work"
        work.mkdir()
        making = MakeSound(context.content, FfmpegTools(), PydubEditing(), work, EspeakVoice(), context.uow)
        checking = CheckPhrase(context.content, FfmpegTools(), PydubEditing(), work)
        addressing = MakeAddress(context.content, FfmpegTools(), PydubEditing(), work)
        works: dict[JobKind, Work] = {JobKind.MAKE_SOUND: making, JobKind.CHECK_PHRASE: checking}
        works[JobKind.MAKE_ADDRESS] = addressing
        works[JobKind.MAKE_PREVIEW] = MakePreview(
            context.content, FfmpegTools(), PydubEditing(), work, EspeakVoice(), context.uow
        )
        runner = Runner(context.uow, works, context.settings.job_lease_s)
        spoken, recorded = _once(make_from_text), _once(make_from_audio)
        with (
            patch.multiple(jobs, make_from_text=spoken, make_from_audio=recorded),
            served(console.app) as port,
        ):
            yield ServedConsole(console, f"http://127.0.0.1:{port}", runner)
