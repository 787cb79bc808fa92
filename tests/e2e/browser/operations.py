"""Whole set of processes with a simulated fleet and two officers: from the button to the loudspeaker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.demo import world as demo_world
from bench.demo.world import BY, PROVINCE, DemoUser, World
from bench.pace.stage import fresh_code
from bench.ports import free_port
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.areas.service import rules
from cms.platform.cli import embedded
from cms.platform.cli.command_context import EveryRight
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from province.call import Call
from tests import homes
from tests.programs import forked_by_supervisor, supervised

OFFICER, SECOND = "truc-ban", "chi-huy"
CLUSTERS = 2
# No test waits for its end, and until then every check sees it sound, however late.
TONE_MS = 30_000


@dataclass(frozen=True)
class Operations:
    """Running set: ``url`` of the console; every device of ``world`` is connected."""

    context: Context
    world: World
    url: str

    def person(self, login: str) -> DemoUser:
        return next(person for person in self.world.people if person.login == login)

    def place(self) -> str:
        """Name of the devices' commune."""
        with self.context.uow() as unit:
            return unit[Places].tree().get(self.world.areas[0]).name

    def code(self, login: str) -> str:
        """Return the person's current TOTP code, and forget that it was used a moment ago."""
        return fresh_code(self.context, self.person(login))


@contextmanager
def open_operations(folder: Path) -> Iterator[Operations]:
    """Run the set without quiet hours: the tests may run at any hour of the day."""
    home = folder / "loa"
    settings = Settings(
        home=home, web_port=free_port(), mqtt_port=free_port(), enrol_port=free_port(), alert_tone_ms=TONE_MS
    )
    with homes.prepared(settings) as context:
        world = homes.furnish(context, clusters=CLUSTERS, audio=1)
        with context.uow() as unit:
            call = Call(BY, EveryRight(), context.now(), context.new_id)
            rules.set_rules(unit, PROVINCE, AreaRules(quiet=()), call=call)
            unit.commit()
        programs = [*embedded.programs(settings, APP_DIR), demo_world.fleet_program(settings, world)]
        with forked_by_supervisor(), supervised(programs, settings.log_dir):
            yield Operations(context, world, settings.effective_public_url)
