"""The whole set with a simulated fleet and two officers: what happens between the button and the loudspeaker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cms import bootstrap
from cms.accounts import second_factor
from cms.accounts.errors import CodeUsedError
from cms.cli import demo_world, embedded
from cms.cli.demo_run import await_true
from cms.cli.demo_world import BY, DemoUser, World
from cms.cli.supervisor import Supervisor
from cms.cli.up import APP_DIR
from cms.context import Context
from cms.settings import Settings

OFFICER, SECOND = "truc-ban", "chi-huy"
CLUSTERS = 2
# Long enough to be seen, short enough not to be waited for.
TONE_MS = 1000
_STEP_S = 30


@dataclass(frozen=True)
class Operations:
    """``url`` of the console; every device of ``world`` is connected."""

    context: Context
    world: World
    url: str

    def person(self, login: str) -> DemoUser:
        return next(person for person in self.world.people if person.login == login)

    def place(self) -> str:
        """The name of the commune in which the devices stand."""
        with self.context.uow() as unit:
            return unit.places.tree().get(self.world.areas[0]).name

    def code(self, login: str) -> str:
        """A code of the person's that was not used yet, as soon as there is one."""
        found: list[str] = []

        def look() -> bool:
            with self.context.uow() as unit:
                now = self.context.now()
                try:
                    found.append(second_factor.code_for_demo(unit, self.context.vault, login, now=now, by=BY)[0])
                except CodeUsedError:
                    return False
                unit.commit()
            return True

        await_true(look, 2 * _STEP_S, "an unused code")
        return found[-1]


@contextmanager
def open_operations(folder: Path) -> Iterator[Operations]:
    settings = demo_world.any_ports(Settings(home=folder / "loa", alert_tone_ms=TONE_MS))
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=CLUSTERS, areas=1, audio=1, say=lambda _: None)
    programs = [*embedded.programs(settings, APP_DIR), demo_world.fleet_program(settings, world)]
    supervisor = Supervisor(programs, settings.log_dir)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run, name="operations")
    loop.start()
    try:
        yield Operations(context, world, settings.effective_public_url)
    finally:
        supervisor.stop()
        loop.join()
        context.engine.dispose()
