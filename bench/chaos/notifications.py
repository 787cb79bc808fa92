"""``loa chaos-notify``: kill -9 of any process while bulletins are submitted; their approver is told of each once."""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from bench.chaos.mail_sink import MailServer, mail_server
from bench.chaos.processes import Toll, kill_on
from bench.demo import world as demo_world
from bench.demo.run import await_true
from broadcast.notifications.model import NotificationChannel, NotificationChoice
from cms import bootstrap
from cms.accounts.repository import People
from cms.notifications.repository import NotificationChoices
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient, ApiError
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store import chain
from cms.platform.store.engine import reading
from province.people import Role
from province.wall_clock import local_date

TOLD_WITHIN_S: Final = 5.0
"""Bar of submissions that no kill met."""
GIVEN_UP_S: Final = 240.0
ADDRESS: Final = "approver@bench.example"


@click.command()
@click.option("--submits", default=1000, show_default=True)
@click.option("--bulletins", default=10, show_default=True, help="Each is submitted and taken back in turn")
@click.option("--kills", default=5, show_default=True, help="Of each process")
@click.option("--seed", default=None, type=int, help="Of the random moments; printed, so that a run can be repeated")
def chaos_notify(*, submits: int, bulletins: int, kills: int, seed: int | None) -> None:
    """Check that an approver is told of every submission exactly once, while processes are killed."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}: {submits} submissions of {bulletins} bulletins, {kills} kills of each process")
    with tempfile.TemporaryDirectory(prefix="loa-chaos-") as spare, mail_server() as inbox:
        settings = demo_world.any_ports(Settings(home=Path(spare)))
        settings = settings.model_copy(update={"smtp_url": f"smtp+plain://127.0.0.1:{inbox.port}"})
        bootstrap.prepare(settings)
        dice = random.Random(seed)  # noqa: S311 - moments, not secrets
        ok = _run(settings, inbox, submits=submits, bulletins=bulletins, kills=kills, dice=dice)
    sys.exit(0 if ok else 1)


def _run(
    settings: Settings, inbox: MailServer, *, submits: int, bulletins: int, kills: int, dice: random.Random
) -> bool:
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=1, areas=1, audio=0, say=click.echo)
    _give_address(context, world)
    supervisor = Supervisor(embedded.programs(settings, APP_DIR), settings.log_dir, report=lambda _: None)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run, name="supervisor")
    loop.start()
    toll, over = Toll(), threading.Event()
    killer = threading.Thread(target=kill_on, args=(supervisor, toll, kills, dice, over), name="killer")
    try:
        paths = [_written(context, world, number) for number in range(bulletins)]
        killer.start()
        rounds = [submits // bulletins + (number < submits % bulletins) for number in range(bulletins)]
        with ThreadPoolExecutor(bulletins) as lanes:
            list(lanes.map(partial(_submit_again, context, world, inbox), paths, rounds))
    finally:
        over.set()
        if killer.is_alive():
            killer.join()
        supervisor.stop()
        loop.join()
    return _report(context, inbox, submits, toll)


def _give_address(context: Context, world: demo_world.World) -> None:
    """Have the approver told by mail of everything, at any hour."""
    with context.uow() as unit:
        login = next(person.login for person in world.people if person.role is Role.APPROVER)
        user = unit[People].by_login(login)
        assert user is not None
        unit[NotificationChoices].set(NotificationChoice(user.id, ADDRESS, channels=(NotificationChannel.EMAIL,)))
        unit.commit()


def _written(context: Context, world: demo_world.World, number: int) -> str:
    """Write a bulletin with its sound, which airs in a week; return its path in the API."""
    editor = _client(context, world, Role.PROVINCE_EDITOR)
    on = local_date(context.now()) + timedelta(days=7)
    draft = {
        "title": f"Bản tin số {number + 1}",
        "text": f"Đây là bản tin số {number + 1}.",
        "topic": "other",
        "priority": "normal",
        "language": "vi",
        "targets": {"areas": list(world.areas)},
        "schedules": [{"starts": f"{on}T{6 + number % 14:02d}:{number // 14:02d}:00"}],
    }
    path = f"/bulletins/{editor.post('/bulletins', draft).body['id']}"
    await_true(lambda: bool(editor.get(path).body["sound"]["state"] == "ready"), 180, f"sound of bulletin {number + 1}")
    return path


def _submit_again(context: Context, world: demo_world.World, inbox: MailServer, path: str, rounds: int) -> None:
    """Submit the bulletin, wait until its approver is told, take it back, and so on."""
    editor = _client(context, world, Role.PROVINCE_EDITOR)
    for _round in range(rounds):
        before = _told_of(inbox, path)
        _step(editor, path, "submit", "submitted")
        await_true(partial(_is_told_again, inbox, path, len(before)), GIVEN_UP_S, f"mail about {path}")
        _step(editor, path, "withdraw", "draft")


def _is_told_again(inbox: MailServer, path: str, before: int) -> bool:
    return len(_told_of(inbox, path)) > before


def _told_of(inbox: MailServer, path: str) -> set[str]:
    """Return the identities of mails about this bulletin."""
    return {str(each["Message-ID"]) for each in list(inbox.letters) if f"{path}/decision" in each.get_content()}


def _step(editor: ApiClient, path: str, act: str, wanted: str) -> None:
    """Do the step once: where its answer was lost, the state that is read next tells whether it was done."""
    while editor.get(path).body["status"] != wanted:
        try:
            editor.post(f"{path}/{act}", etag=editor.get(path).etag)
        except ApiError as error:
            if error.status not in {409, 412}:
                raise


def _client(context: Context, world: demo_world.World, role: Role) -> ApiClient:
    return ApiClient(context.settings.effective_public_url, world.token_of(role), patience_s=90)


def _report(context: Context, inbox: MailServer, submits: int, toll: Toll) -> bool:
    """Print kills, and how often each submission was told."""
    kills = {name: len(times) for name, times in toll.back_s.items()}
    click.echo(f"kills: {', '.join(f'{name} {count}' for name, count in kills.items())}")
    with reading(context.engine) as session:
        logged = chain.lines(session, 1, None, None, None)
        events = [
            (str(each["subject_id"]), datetime.fromisoformat(str(each["at"])).timestamp())
            for each in logged
            if each["name"] == "bulletin.submitted"
        ]
    delays = _delays(events, inbox)
    sent = Counter(str(each["Message-ID"]) for each in inbox.letters)
    repeated = sum(count - 1 for count in sent.values())
    figures: dict[str, Any] = {
        "submissions": len(events),
        "told": len(sent),
        "repeated_under_one_id": repeated,
        "median_s": round(statistics.median(delays), 2) if delays else None,
        "p90_s": round(statistics.quantiles(delays, n=10)[-1], 2) if len(delays) > 1 else None,
        "within_5_s": sum(delay <= TOLD_WITHIN_S for delay in delays),
    }
    ok = len(events) == len(sent) >= submits
    click.echo(json.dumps({"ok": ok, **figures}))
    return ok


def _delays(events: Sequence[tuple[str, float]], inbox: MailServer) -> list[float]:
    """Return the seconds from each submission to the first arrival of its mail."""
    first: dict[str, tuple[str, float]] = {}
    for each, at in zip(inbox.letters, inbox.arrived_at, strict=True):
        first.setdefault(str(each["Message-ID"]), (_subject(each.get_content()), at))
    return [at - since for (_id, since), (_other, at) in zip(sorted(events), sorted(first.values()), strict=False)]


def _subject(text: str) -> str:
    return text.rsplit("/bulletins/", 1)[-1].partition("/")[0]
