"""Running set with a few simulated loudspeakers, and the browsers of its two officers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.chromium import DEADLINE_MS
from bench.demo import world as demo_world
from bench.demo.world import DemoUser, World
from bench.pace.journeys import give_authenticator, make_passkey
from bench.speed.field import running_programs
from cms import bootstrap
from cms.accounts.repository import People
from cms.accounts.service import codes
from cms.accounts.service.second_factor import NO_STEP
from cms.areas.repository import Places
from cms.platform.clean_text import folded
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

OFFICER, SECOND = "truc-ban", "chi-huy"
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
TELEPHONE: Final[ViewportSize] = {"width": 360, "height": 740}
COMMUNES: Final = 3


@dataclass(frozen=True)
class PaceStage:
    """Running set. ``url``: of a host to which a passkey may belong."""

    context: Context
    world: World
    url: str

    def person(self, login: str) -> DemoUser:
        return next(each for each in self.world.people if each.login == login)

    def places(self) -> dict[str, str]:
        """Return the communes with devices: the end of each name as typed without Vietnamese keys, and the name."""
        with self.context.uow.reading() as unit:
            tree = unit[Places].tree()
        names = [tree.get(area).name for area in self.world.areas]
        return {folded(" ".join(name.split()[-2:])): name for name in names}

    def open_page(self, browser: Browser, login: str, size: ViewportSize) -> Page:
        """Open a browser of that person, signed in, with a passkey in it."""
        context = browser.new_context(locale="vi-VN", viewport=size, base_url=self.url)
        context.set_default_timeout(DEADLINE_MS)
        page, person = context.new_page(), self.person(login)
        give_authenticator(page)
        page.goto("/sign-in")
        page.get_by_label("Tên đăng nhập").fill(login)
        page.get_by_label("Mật khẩu", exact=True).fill(person.password)
        page.get_by_role("button", name="Đăng nhập", exact=True).click()
        page.get_by_label("Mã xác thực").fill(fresh_code(self.context, person))
        page.get_by_role("button", name="Xác nhận").click()
        page.get_by_role("navigation").first.wait_for()
        make_passkey(page, person.password)
        return page


def fresh_code(context: Context, person: DemoUser) -> str:
    """Return the person's current TOTP code, and forget that it was used a moment ago."""
    with context.uow() as unit:
        user = unit[People].by_login(person.login)
        assert user is not None
        factor = unit[People].second_factor(user.id)
        assert factor is not None
        unit[People].save_second_factor(replace(factor, last_step=NO_STEP))
        unit.commit()
    return codes.code_at(person.totp_secret, codes.step_of(context.now()))


@contextmanager
def running_stage(home: Path) -> Iterator[PaceStage]:
    """Run the set as ``loa up`` does, with a loudspeaker in each of three communes, which write WAV files."""
    settings = demo_world.any_ports(Settings(home=home))
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    try:
        world = demo_world.furnish(
            context, clusters_per_area=1, areas=COMMUNES, audio=COMMUNES, say=lambda _sentence: None
        )
        programs = [*embedded.programs(settings, APP_DIR), demo_world.fleet_program(settings, world)]
        with running_programs(programs, settings.log_dir):
            yield PaceStage(context, world, f"http://localhost:{settings.web_port}")
    finally:
        context.engine.dispose()
