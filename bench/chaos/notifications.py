"""``loa chaos-notify``: kill -9 of submitter and scheduler while bulletins are submitted; their approver is told once.

The submitter stands for the web process: it submits and takes back through the services, each in its transaction. What
was submitted is read from the event log, what was told from a mail server of the bench.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import text

from bench.chaos.mail_sink import MailServer, mail_server
from bench.speed.office import sounded
from broadcast.bulletins.model import BulletinId, BulletinStatus
from broadcast.notifications.model import NotificationChannel, NotificationChoice
from cms import bootstrap
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import review
from cms.notifications.repository import NotificationChoices
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store import chain
from cms.platform.store.engine import reading
from province.areas import Area, AreaId
from province.people import Actor, Grant, Role, UserId

TOLD_WITHIN_S: Final = 5.0
ADDRESS: Final = "approver@bench.example"
PLACE: Final = AreaId("bench")
SUBMITTED: Final = "bulletin.submitted"
PAUSE_S: Final = 0.2
_TOLD: Final = text("SELECT event_key FROM notifications WHERE channel = 'email' AND sent_at IS NOT NULL")
PATIENCE_S: Final = 300.0
"""Longest without another mail: a claim of an attempt that was cut off lasts for 90 s."""


@click.command()
@click.option("--submits", default=1000, show_default=True)
@click.option("--bulletins", default=10, show_default=True, help="Each is submitted and taken back in turn")
@click.option("--kills", default=20, show_default=True, help="Of each of the two processes")
@click.option("--seed", default=None, type=int, help="Of the random moments; printed, so that a run can be repeated")
def chaos_notify(*, submits: int, bulletins: int, kills: int, seed: int | None) -> None:
    """Check that an approver is told of every submission exactly once, while processes are killed."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}: {submits} submissions of {bulletins} bulletins, {kills} kills of each process")
    with tempfile.TemporaryDirectory(prefix="loa-chaos-notify-") as home, mail_server() as inbox:
        settings = Settings(home=Path(home), smtp_url=f"smtp+plain://127.0.0.1:{inbox.port}", escalation_minutes="")
        bootstrap.prepare(settings)
        ids = _furnish(bootstrap.build(settings), bulletins)
        dice = random.Random(seed)  # noqa: S311 - moments, not secrets
        killed = _run(settings, ids, inbox, submits=submits, kills=kills, dice=dice)
        ok = _report(bootstrap.build(settings), inbox, submits, killed)
    sys.exit(0 if ok else 1)


def _furnish(context: Context, bulletins: int) -> Sequence[BulletinId]:
    """Make a place, an editor, an approver who is told by mail at any hour, and the bulletins."""
    editor, approver = (_person(context, role) for role in (Role.PROVINCE_EDITOR, Role.APPROVER))
    with context.uow() as unit:
        unit[Places].add([Area(PLACE, "Xã thử", "commune", None, date(2020, 1, 1))])
        for user in (editor, approver):
            unit[People].add(user)
        chosen = NotificationChoice(approver.id, ADDRESS, channels=(NotificationChannel.EMAIL,))
        unit[NotificationChoices].set(chosen)
        unit.commit()
    return [sounded(context, editor.actor, PLACE).id for _ in range(bulletins)]


def _person(context: Context, role: Role) -> User:
    return User(UserId(role), role, role, "", context.now(), grants=(Grant(role, PLACE),))


def submit_on(settings: Settings, ids: Sequence[BulletinId], submits: int) -> None:
    """Submit the bulletins again and again, each once its approver was told of the last time, until all is told."""
    context = bootstrap.build(settings)
    editor = _person(context, Role.PROVINCE_EDITOR).actor
    while True:
        asked, told = _asked(context), _told(context)
        if len(asked) >= submits and told >= asked:
            return
        for bulletin_id in ids:
            if len(asked) < submits or any(key.startswith(f"review:{bulletin_id}:") for key in asked):
                _step(context, editor, bulletin_id, asked, told, is_last=len(asked) >= submits)
        threading.Event().wait(PAUSE_S)


def _step(
    context: Context, editor: Actor, bulletin_id: BulletinId, asked: set[str], told: set[str], *, is_last: bool
) -> None:
    """Submit a draft, or take back what was told."""
    with context.uow.reading() as unit:
        found = unit[Bulletins].get(bulletin_id)
    call = context.call(editor)
    mine = {key for key in asked if key.startswith(f"review:{bulletin_id}:")}
    if found.status is BulletinStatus.DRAFT and not is_last:
        review.submit(context.uow(), found.id, expected_version=found.version, call=call)
    elif found.status is BulletinStatus.SUBMITTED and mine <= told and not is_last:
        review.withdraw(context.uow(), found.id, expected_version=found.version, call=call)


def _asked(context: Context) -> set[str]:
    """Return the key of every submission in the event log."""
    return {key for key, _at in _submissions(context)}


def _submissions(context: Context) -> list[tuple[str, float]]:
    with reading(context.engine) as session:
        return [
            (f"review:{each['subject_id']}:{each['seq']}", datetime.fromisoformat(str(each["at"])).timestamp())
            for each in chain.lines(session, 1, None, None, None)
            if each["name"] == SUBMITTED
        ]


def _told(context: Context) -> set[str]:
    """Return the key of every submission whose mail the server has taken."""
    with reading(context.engine) as session:
        return set(session.scalars(_TOLD))


def _run(
    settings: Settings, ids: Sequence[BulletinId], inbox: MailServer, *, submits: int, kills: int, dice: random.Random
) -> Counter[str]:
    """Run both processes, and kill one now and then; return how often each was killed."""
    killed: Counter[str] = Counter()
    left = ["submitter", "scheduler"] * kills
    dice.shuffle(left)
    submitter, scheduler = _submitter(settings, ids, submits), _scheduler(settings)
    seen, seen_s = 0, time.monotonic()
    next_s = time.monotonic() + dice.uniform(1, 5)
    try:
        while submitter.is_alive() or left:
            submitter.join(PAUSE_S)
            if not submitter.is_alive() and submitter.exitcode == 0:
                break
            if len(inbox.letters) > seen:
                seen, seen_s = len(inbox.letters), time.monotonic()
            if time.monotonic() - seen_s > PATIENCE_S:
                click.echo(f"no mail for {PATIENCE_S:.0f} s")
                break
            if left and time.monotonic() >= next_s:
                name = left.pop()
                killed[name] += 1
                (submitter if name == "submitter" else scheduler).kill()
                next_s = time.monotonic() + dice.uniform(1, 5)
            if not submitter.is_alive() and submitter.exitcode != 0:
                submitter = _submitter(settings, ids, submits)
            if scheduler.poll() is not None:
                scheduler = _scheduler(settings)
    finally:
        submitter.kill()
        submitter.join()
        scheduler.kill()
        scheduler.wait()
    return killed


def _submitter(settings: Settings, ids: Sequence[BulletinId], submits: int) -> BaseProcess:
    made = multiprocessing.get_context("spawn").Process(target=submit_on, args=(settings, ids, submits), daemon=True)
    made.start()
    return made


def _scheduler(settings: Settings) -> subprocess.Popen[bytes]:
    with (settings.log_dir / "scheduler.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cms.platform.cli", "scheduler"],
            env={**os.environ, **settings.as_environment()},
            stdout=log,
            stderr=log,
        )


def _report(context: Context, inbox: MailServer, submits: int, killed: Counter[str]) -> bool:
    """Print kills, how often each submission was told, and after how long."""
    submissions = _submissions(context)
    first: dict[str, float] = {}
    for each, at in zip(inbox.letters, inbox.arrived_at, strict=True):
        first.setdefault(str(each["Message-ID"]), at)
    asked_at, told_at = sorted(at for _key, at in submissions), sorted(first.values())
    delays = [told - asked for asked, told in zip(asked_at, told_at, strict=False)]
    figures: dict[str, Any] = {
        "submissions": len(submissions),
        "told": len(first),
        "repeated_under_one_id": len(inbox.letters) - len(first),
        "median_s": round(statistics.median(delays), 2) if delays else None,
        "within_5_s": sum(delay <= TOLD_WITHIN_S for delay in delays),
        "kills": dict(killed),
    }
    ok = len(submissions) == len(first) >= submits and _asked(context) == _told(context)
    click.echo(json.dumps({"ok": ok, **figures}))
    return ok
