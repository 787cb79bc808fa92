"""``loa chaos-notify``: bulletins are submitted while every process is killed; their approver is told of each once.

The whole set runs under its supervisor, as ``loa up`` runs it. Editors submit and take back through the API, as fast as
the approver is told and as kills go on. What was submitted is read from the event log, what was told from a mail server
of the bench.
"""

from __future__ import annotations

import json
import random
import re
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import click
from sqlalchemy import text

from bench.chaos.delays import print_delays
from bench.chaos.kills import Killer
from bench.chaos.mail_delivery import MailArrival, MailDelivery, Submission, judged
from bench.chaos.mail_sink import MailServer, mail_server
from bench.demo.world import any_ports
from bench.speed.office import sounded
from bench.speed.watched_programs import watched_programs
from broadcast.bulletins.model import BulletinId
from broadcast.notifications.model import NotificationChannel, NotificationChoice
from cms import bootstrap
from cms.accounts.model import TokenScope, User
from cms.accounts.repository import People
from cms.accounts.service import users
from cms.areas.repository import Places
from cms.notifications.repository import NotificationChoices
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient, ApiError
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store import chain
from cms.platform.store.engine import reading
from province.areas import Area, AreaId
from province.people import Grant, Role, UserId, program

ADDRESS: Final = "approver@bench.example"
PLACE: Final = AreaId("bench")
SUBMITTED: Final = "bulletin.submitted"
CALM_SHARE: Final = 0.1
"""Share of the submissions before the first kill, and again after the last one."""
LOOK_S: Final = 0.1
TOLD_MOST_S: Final = 150.0
"""Then a submission counts as lost: an attempt whose end is unknown is made again after 90 s."""
PATIENCE_S: Final = 300.0
"""Longest run without another mail or kill, and longest wait for a web that starts."""
TRIES_MOST: Final = 100
_LINK: Final = re.compile(r"/bulletins/([^/\s]+)/decision")
_MAILS: Final = text("SELECT event_key, id FROM notifications WHERE channel = 'email'")


@click.command()
@click.option("--submits", default=100, show_default=True, type=click.IntRange(10))
@click.option("--bulletins", default=10, show_default=True, help="Each is submitted and taken back in turn")
@click.option("--kills", default=2, show_default=True, help="Of each process of `loa up`")
@click.option("--seed", default=None, type=int, help="Of the random moments; printed, so that a run can be repeated")
def chaos_notify(*, submits: int, bulletins: int, kills: int, seed: int | None) -> None:
    """Check that an approver is told of every submission exactly once, while every process is killed."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # also then the programs are ended
    with tempfile.TemporaryDirectory(prefix="loa-chaos-notify-") as home, mail_server() as server:
        mail = f"smtp+plain://127.0.0.1:{server.port}"
        settings = any_ports(Settings(home=Path(home), smtp_url=mail, escalation_minutes=""))
        bootstrap.prepare(settings)
        context = bootstrap.build(settings)
        programs = embedded.programs(settings, APP_DIR)
        names = [each.name for each in programs]
        click.echo(f"seed {seed}: {submits} submissions of {bulletins} bulletins, {kills} kills of each of", nl=False)
        click.echo(f" {', '.join(names)}")
        ids, token = _furnish(context, bulletins)
        with watched_programs(settings, programs) as supervisor:
            dice = random.Random(seed)  # noqa: S311 - moments, not secrets
            killer = Killer(supervisor, names, kills, dice, threading.Event())
            client = ApiClient(settings.effective_public_url, token, patience_s=PATIENCE_S)
            run = ChaosRun(ids, client, ArrivedMails(server), killer, submits)
            run.run()
        result = judged(_submissions(context), run.inbox.look(), killer.kills)
        context.engine.dispose()
    killer.print_table()
    is_whole = len(killer.kills) == killer.planned and result.submissions == submits and not run.failures
    sys.exit(0 if _report(result, run.failures, is_whole=is_whole) else 1)


def _furnish(context: Context, bulletins: int) -> tuple[Sequence[BulletinId], str]:
    """Make a place, an editor, an approver who is told by mail at any hour; return bulletins and the editor's token."""
    editor, approver = (
        User(UserId(role), role, role, "", context.now(), grants=(Grant(role, PLACE),))
        for role in (Role.PROVINCE_EDITOR, Role.APPROVER)
    )
    with context.uow() as unit:
        unit[Places].add([Area(PLACE, "Xã thử", "commune", None, date(2020, 1, 1))])
        for user in (editor, approver):
            unit[People].add(user)
        chosen = NotificationChoice(approver.id, ADDRESS, channels=(NotificationChannel.EMAIL,))
        unit[NotificationChoices].set(chosen)
        _, token = users.create_token(
            unit,
            editor.login,
            token_id=context.new_id(),
            name="chaos-notify",
            lasts=timedelta(days=1),
            now=context.now(),
            by=program("bench"),
            scopes=tuple(TokenScope),
        )
        unit.commit()
    return [sounded(context, editor.actor, PLACE).id for _ in range(bulletins)], token


@dataclass
class ArrivedMails:
    """Mails that the server has taken, read as they come."""

    server: MailServer
    _arrivals: list[MailArrival] = field(default_factory=list)
    _ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> Sequence[MailArrival]:
        """Return all that have come."""
        with self._lock:
            read = len(self._arrivals)
            new = zip(self.server.letters[read:], self.server.arrived_at[read:], strict=False)
            for letter, at_s in new:
                mail_id = str(letter["Message-ID"]).strip("<>").partition("@")[0]
                found = _LINK.search(letter.get_content())
                self._arrivals.append(MailArrival(mail_id, found[1] if found else "", at_s))
                self._ids[self._arrivals[-1].bulletin_id].add(mail_id)
            return tuple(self._arrivals)

    def told(self, bulletin_id: BulletinId) -> int:
        """Return how many different mails have come about a bulletin."""
        self.look()
        return len(self._ids[bulletin_id])


@dataclass
class ChaosRun:
    """Run: ``run`` it once. ``failures``: why an editor gave up."""

    ids: Sequence[BulletinId]
    client: ApiClient
    inbox: ArrivedMails
    killer: Killer
    submits: int
    failures: list[str] = field(default_factory=list)
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Submit until enough is submitted and told, with a calm time before the kills and after them."""
        over = self.killer.over
        editors = [threading.Thread(target=self._edit, args=(each,), name=f"editor-{each}") for each in self.ids]
        killing = threading.Thread(target=self.killer.run, name="killer")
        try:
            for each in editors:
                each.start()
            self._await(lambda: self._taken >= self._calm)
            killing.start()
            self._await(lambda: not any(each.is_alive() for each in editors))
        finally:
            over.set()
            for each in (*editors, killing):
                if each.is_alive():
                    each.join()

    def _await(self, is_done: Callable[[], bool]) -> None:
        """Wait for it; end the run where nothing moves any more."""
        seen, until_s = -1, 0.0
        while not is_done() and not self.failures:
            moved = len(self.inbox.look()) + len(self.killer.kills)
            if moved != seen:
                seen, until_s = moved, time.monotonic() + PATIENCE_S
            if time.monotonic() > until_s:
                self.failures.append(f"no mail and no kill for {PATIENCE_S:.0f} s")
            self.killer.over.wait(LOOK_S)

    @property
    def _calm(self) -> int:
        return round(self.submits * CALM_SHARE)

    def _take(self) -> bool:
        """Wait for the turn of another submission, which keeps step with the kills; return False when all are made."""
        while not self.killer.over.is_set():
            with self._lock:
                share = len(self.killer.kills) / self.killer.planned if self.killer.planned else 1.0
                may = self.submits if share >= 1 else self._calm + int(share * (self.submits - 2 * self._calm)) + 1
                if self._taken >= self.submits:
                    return False
                if self._taken < may:
                    self._taken += 1
                    return True
            self.killer.over.wait(LOOK_S)
        return False

    def _edit(self, bulletin_id: BulletinId) -> None:
        """Submit one bulletin again and again, and take it back once its approver was told."""
        try:
            while self._take():
                before, until_s = self.inbox.told(bulletin_id), time.monotonic() + TOLD_MOST_S
                self._bring(bulletin_id, "submitted", "submit")
                while self.inbox.told(bulletin_id) == before and time.monotonic() < until_s:
                    self.killer.over.wait(LOOK_S)
                self._bring(bulletin_id, "draft", "withdraw")
        except (ApiError, OSError) as error:
            self.failures.append(f"{bulletin_id}: {error}")

    def _bring(self, bulletin_id: BulletinId, status: str, act: str) -> None:
        """Bring the bulletin into the status. The answer to an act may be lost: its state tells whether that worked."""
        path = f"/bulletins/{bulletin_id}"
        for _ in range(TRIES_MOST):
            found = self.client.get(path)
            if found.body["status"] == status:
                return
            try:
                self.client.post(f"{path}/{act}", etag=found.etag)
            except ApiError as error:
                if error.status not in {409, 412}:
                    raise
        self.failures.append(f"{bulletin_id} does not become {status}")


def _submissions(context: Context) -> list[Submission]:
    with reading(context.engine) as session:
        mails: dict[str, set[str]] = defaultdict(set)
        for event_key, mail_id in session.execute(_MAILS):
            mails[event_key].add(mail_id)
        return [
            Submission(key, datetime.fromisoformat(str(each["at"])).timestamp(), mails[key])
            for each in chain.lines(session, 1, None, None, None)
            if each["name"] == SUBMITTED and (key := f"review:{each['subject_id']}:{each['seq']}")
        ]


def _report(result: MailDelivery, failures: Sequence[str], *, is_whole: bool) -> bool:
    """Print after how long approvers were told, and what was lost or doubled."""
    for each in (*failures, *(f"lost: {key}" for key in result.lost), *(f"doubled: {key}" for key in result.doubled)):
        click.echo(each, err=True)
    print_delays(
        {
            "undisturbed": result.calm_s,
            "beside a restart": result.disturbed_s,
            "all": [*result.calm_s, *result.disturbed_s],
        }
    )
    ok = is_whole and result.is_ok
    figures = {
        "submissions": result.submissions,
        "lost": len(result.lost),
        "doubled": len(result.doubled),
        "repeated_under_one_id": result.repeated,
        "undisturbed_later_than_5_s": result.late,
    }
    click.echo(json.dumps({"ok": ok, **figures}))
    return ok
