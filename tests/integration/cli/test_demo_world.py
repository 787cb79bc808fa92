from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from bench.demo import world as demo_world
from cms.accounts.cli import demo_sign_ins as demo_people
from cms.accounts.errors import SignInFailedError
from cms.accounts.repository import People
from cms.accounts.service.signing_in import sign_in, whose_token
from cms.areas.repository import Places
from cms.platform.context import Context
from cms.platform.settings import Settings
from province.people import Role
from province.policy import SECOND_FACTOR_ROLES
from tests import homes
from tests.console import CHEAP


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with homes.prepared(Settings(home=tmp_path / "loa")) as context:
        yield context


def furnish(context: Context) -> tuple[demo_world.World, list[str]]:
    said: list[str] = []
    return homes.furnish(context, clusters=2, audio=1, say=said.append), said


def enter(context: Context, login: str, password: str) -> str:
    welcome = sign_in(
        context.uow,
        CHEAP,
        login=login,
        password=password,
        now=context.now(),
        new_id=context.new_id(),
        lasts=timedelta(hours=1),
    )
    return welcome.actor.name


def test_a_second_furnishing_keeps_devices_and_ends_the_passwords_and_tokens_of_the_first(context: Context) -> None:
    first, _ = furnish(context)
    second, _ = furnish(context)
    assert [device.id for device in second.devices] == [device.id for device in first.devices]
    person, before = second.people[0], first.people[0]
    assert enter(context, person.login, person.password) == person.name
    with pytest.raises(SignInFailedError):
        enter(context, person.login, before.password)
    with context.uow() as unit:
        assert whose_token(unit, before.token, context.now()) is None
        assert whose_token(unit, second.token_of(Role.PROVINCE_EDITOR), context.now()) is not None


def test_whoever_needs_a_second_factor_gets_one_that_stays_over_runs(context: Context) -> None:
    first, _ = furnish(context)
    second, _ = furnish(context)
    secrets = {person.login: person.totp_secret for person in first.people}
    assert {person.login: person.totp_secret for person in second.people} == secrets
    assert {person.role for person in first.people if person.totp_secret} == SECOND_FACTOR_ROLES


def test_the_demo_takes_no_real_persons_place(context: Context) -> None:
    furnish(context)
    demo_people.remember(context.settings, [])
    with pytest.raises(click.ClickException, match="quan-tri"):
        furnish(context)


def test_neighbouring_posts_stand_apart(context: Context) -> None:
    world, _ = furnish(context)
    assert len({device.point for device in world.devices}) == len(world.devices)


def test_in_a_training_world_a_communes_official_sees_that_commune_alone(tmp_path: Path) -> None:
    with homes.prepared(Settings(home=tmp_path / "loa", practice=True)) as context:
        world, _ = furnish(context)
        with context.uow() as unit:
            areas = {
                person.role: unit[People].by_login(person.login).actor.grants[0].area_id  # type: ignore[union-attr]
                for person in world.people
            }
    assert areas.pop(Role.COMMUNE_OPERATOR) == world.areas[0]
    assert set(areas.values()) == {demo_world.PROVINCE}


@pytest.mark.parametrize("hour_utc", range(0, 24, 3))
def test_at_any_hour_the_demos_quiet_hours_are_far_from_now(context: Context, hour_utc: int) -> None:
    at = datetime(2026, 11, 24, hour_utc, 30, tzinfo=UTC)
    world, _ = furnish(Context(**{**vars(context), "now": lambda: at}))
    with context.uow() as unit:
        rules = unit[Places].rules(world.areas[0])
    for minutes in range(0, 90, 10):
        local = (at + timedelta(minutes=minutes, hours=7)).time()
        for window in rules.quiet:
            inside = (
                window.start <= local < window.until
                if window.start < window.until
                else local >= window.start or local < window.until
            )
            assert not inside
