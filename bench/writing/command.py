"""``loa bench interruptions``: people write and are interrupted some hundred times; nothing typed may be lost."""

from __future__ import annotations

import itertools
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import click

from bench.chromium import DEADLINE_MS, running_chromium
from bench.speed.province import NOBODY, Size, furnish
from bench.speed.rows import Row, print_rows
from bench.speed.screens import Walk
from bench.writing.form_writer import FormWriter
from bench.writing.forms import WrittenForm, written_forms
from bench.writing.interruptions import InterruptedWriter, Interruption, typing_steps
from bench.writing.stage import WRITER, ServedStage
from province.wall_clock import local_date

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

SIZES: Final = ((1280, 800), (360, 740))
"""By turns at a desk and on a telephone."""
_PROVINCE: Final = Size(devices=130, rules=40, days=6)
_EACH: Final = 5
"""Interruptions of one bulletin."""
_BULLETINS_LEAST: Final = 4


@click.command()
@click.option("--times", default=200, show_default=True, help="Interruptions, at least.")
@click.option("--only", default="", help="Only forms with this in their name or their person's, and no bulletin.")
@click.option("--seed", default=18, show_default=True, help="Seed of their moments.")
@click.option("--browser", default="chromium-headless-shell", show_default=True, help="Executable of the browser.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def interruptions(*, times: int, only: str, seed: int, browser: str, as_json: bool) -> None:
    """Interrupt people who write: sessions, tabs, the server and the line end; count what was typed and is gone.

    Every form of the screens in every way, then bulletins at random moments until there are enough.
    """
    # What the screens log is no loss.
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        province = furnish(Path(folder), _PROVINCE)
        try:
            stage = ServedStage.of(province)
            walk = Walk(replace(province, context=stage.context))
            forms = [form for form in written_forms(walk) if only in form.name or only in form.login]
            with stage.served(), running_chromium(browser) as chromium:
                made = _Made(stage, chromium, Random(seed))  # noqa: S311 - moments
                made.fill_in(forms)
                if not only:
                    made.write_bulletins(times)
        finally:
            province.context.engine.dispose()
    for each in made.lost:
        click.echo(each, err=True)
    print_rows(made.rows(len(forms)), as_json=as_json)
    if made.lost:
        raise click.ClickException("typed text was lost")


@dataclass
class _Made:
    """Run so far: the interruptions made, counted by person and kind, and the fields whose text was ``lost``."""

    stage: ServedStage
    chromium: Browser
    chance: Random
    count: Counter[tuple[str, Interruption]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    _sizes: Iterator[tuple[int, int]] = field(default_factory=lambda: itertools.cycle(SIZES))

    def fill_in(self, forms: list[WrittenForm]) -> None:
        """Interrupt each form in each way."""
        writer = FormWriter(self.stage, self.count, self.lost)
        for form, kind in itertools.product(forms, Interruption):
            if form.login != NOBODY or kind is not Interruption.SESSION:
                with self._browser() as context:
                    writer.write(context, form, kind)

    def write_bulletins(self, times: int) -> None:
        """Write so many bulletins that at least ``times`` interruptions were made, each form included."""
        on = local_date(self.stage.context.now()) + timedelta(days=1)
        steps, kinds = len(typing_steps(on)), itertools.cycle(Interruption)
        written = 0
        while written < _BULLETINS_LEAST or self.count.total() < times:
            plan = dict(zip(sorted(self.chance.sample(range(steps), _EACH)), kinds, strict=False))
            with self._browser() as context:
                self.stage.sign_in(context)
                writer = InterruptedWriter(self.stage, context, lost=self.lost)
                writer.write(on, plan)
            self.count.update({(WRITER, kind): number for kind, number in writer.count.items()})
            written += 1

    def rows(self, forms: int) -> list[Row]:
        total = self.count.total()
        people = sorted({login for login, _kind in self.count})
        by_kind = {each: sum(n for (_, kind), n in self.count.items() if kind is each) for each in Interruption}
        by_person = {each: sum(n for (login, _), n in self.count.items() if login == each) for each in people}
        return [
            *(Row(f"interruptions: {kind}", forms, number, "") for kind, number in by_kind.items()),
            *(Row(f"interruptions of {login}", forms, number, "") for login, number in by_person.items()),
            Row("interruptions", forms, total, ""),
            Row("lost", forms, len(self.lost), ""),
        ]

    @contextmanager
    def _browser(self) -> Iterator[BrowserContext]:
        """Yield a browser that keeps nothing yet. A service worker would answer for the line that is cut."""
        width, height = next(self._sizes)
        context = self.chromium.new_context(
            locale="vi-VN",
            viewport={"width": width, "height": height},
            base_url=self.stage.url,
            service_workers="block",
        )
        context.set_default_timeout(DEADLINE_MS)
        yield context
        context.close()
