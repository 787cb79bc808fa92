"""Furnishing of an empty LOA_HOME for the demo and the chaos run: places, people, devices, a fleet. Idempotent."""

from __future__ import annotations

import json
import math
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.scheduling.area_rules import AreaRules, QuietWindow
from cms.accounts.cli import demo_sign_ins as demo_people
from cms.accounts.model import TokenScope
from cms.accounts.repository import People
from cms.accounts.service import second_factor, users
from cms.accounts.service.passwords import Passwords, random_password
from cms.accounts.service.vault import vault_of
from cms.alerts.service import declaration_rights
from cms.areas.repository import Places
from cms.areas.service import data_sets
from cms.areas.service import rules as area_rules
from cms.fleet.cli import enrol
from cms.fleet.repository.devices import Devices
from cms.platform.cli.command_context import EveryRight
from cms.platform.cli.embedded import is_listening
from cms.platform.cli.supervisor import Program
from cms.platform.context import Context
from cms.platform.settings import Settings
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import Colours, Screen
from province.areas import Area, AreaId, Point
from province.call import Call
from province.people import Actor, Grant, Role, UserId
from province.policy import SECOND_FACTOR_ROLES
from province.wall_clock import DEFAULT_ZONE

BY = Actor(UserId("demo"), "loa demo", ())
DATA_SET = "binh-thuan-2023"
PROVINCE = AreaId("bt23-60")
TOKEN_LASTS = timedelta(days=1)
# The quiet hours of the demo keep at least this far from now, so that a bulletin may be aired at any hour.
QUIET_DISTANCE = timedelta(hours=8)


@dataclass(frozen=True)
class DemoUser:
    """Sign-in made by the demo; the password is random, and printed but not stored.

    ``totp_secret`` is for an authenticator, where the role needs one.
    """

    login: str
    name: str
    role: Role
    password: str
    token: str
    totp_secret: str = ""


@dataclass(frozen=True)
class World:
    """Furnished home; ``audio`` devices write WAV files, all of ``devices`` keep a truth log.

    ``simulator``: module whose command ``fleet`` runs the devices, with these ``options``.
    """

    people: Sequence[DemoUser]
    devices: Sequence[Device]
    audio: Sequence[DeviceId]
    areas: Sequence[AreaId]
    simulator: str = "firmware_sim"
    options: Sequence[str] = field(default=())

    def token_of(self, role: Role) -> str:
        return next(person.token for person in self.people if person.role is role)


PEOPLE = (
    ("bien-tap", "Nguyễn Thị Biên Tập", Role.PROVINCE_EDITOR),
    ("phe-duyet", "Trần Văn Duyệt", Role.APPROVER),
    ("truyen-thanh", "Lê Thị Thanh", Role.COMMUNE_OPERATOR),
    ("ky-thuat", "Phạm Văn Kỹ", Role.TECHNICIAN),
    ("kiem-tra", "Võ Thị Kiểm", Role.AUDITOR),
    ("quan-tri", "Hồ Văn Quản", Role.ADMIN),
    ("truc-ban", "Đặng Văn Trực", Role.EMERGENCY_OFFICER),
    ("chi-huy", "Bùi Thị Huy", Role.EMERGENCY_OFFICER),
    ("dai-phat", "Phan Thị Đài", Role.STATION),
)


def choose_ports(settings: Settings) -> Settings:
    """Return the settings, with the next free ports in place of those in use by other programs."""
    free = {
        name: next(port for port in range(wanted, wanted + 100) if not is_listening(host, port))
        for name, host, wanted in (
            ("web_port", settings.web_host, settings.web_port),
            ("mqtt_port", settings.mqtt_host, settings.mqtt_port),
            *([("enrol_port", settings.mqtt_host, settings.enrol_port)] if settings.enrol_port else []),
        )
    }
    return settings.model_copy(update=free)


def any_ports(settings: Settings) -> Settings:
    """Return the settings, with ports of the system's choice: a restarted copy does not wait for a killed program's."""
    with socket.create_server((settings.web_host, 0)) as web, socket.create_server((settings.mqtt_host, 0)) as mqtt:
        ports = {"web_port": web.getsockname()[1], "mqtt_port": mqtt.getsockname()[1]}
        # No enrolment while the demo measures.
        return settings.model_copy(update={**ports, "enrol_port": 0})


def furnish(
    context: Context,
    *,
    clusters_per_area: int = 4,
    areas: int = 3,
    audio: int = 4,
    others: bool = False,
    say: Callable[[str], None],
) -> World:
    """Furnish areas, people with new random passwords, and enrolled clusters in the first communes by code.

    With ``others`` a bridge and two boards stand in the first commune as well.
    """
    data_sets.load(context.uow, DATA_SET, now=context.now())
    with context.uow.reading() as unit:
        tree = unit[Places].tree()
        chosen = sorted(area.id for area in tree.leaves(PROVINCE))[:areas]
    say(f"places: {len(tree)} areas of {DATA_SET}; demo devices in {', '.join(tree.get(a).name for a in chosen)}")
    _move_quiet_hours(context, say)
    _take_nobodys_place(context)
    people = [_ensure_user(context, *who, area_id=_place_of(context.settings, who[2], chosen[0])) for who in PEOPLE]
    _let_officers_declare(context)
    clusters = [device for area_id in chosen for device in _ensure_devices(context, area_id, clusters_per_area)]
    say(f"devices: {len(clusters)} loudspeaker clusters enrolled, {min(audio, len(clusters))} of them write WAV files")
    bridges = _stand_beside(context, chosen[0], say) if others else []
    spread = [device.id for device in sorted(clusters, key=lambda d: (d.id.rsplit("-", 1)[1], d.id))]
    return World(people, [*clusters, *bridges], spread[:audio], chosen)


def _stand_beside(context: Context, area_id: AreaId, say: Callable[[str], None]) -> list[Device]:
    """Add boards, and a bridge, which sounds as a loudspeaker does."""
    bridge, *boards = _ensure_others(context, area_id)
    sizes = " and ".join(f"{board.screen.w}x{board.screen.h}" for board in boards if board.screen is not None)
    say(f"beside them: a bridge to an amplifier, and boards of {sizes} lamps ({', '.join(b.id for b in boards)})")
    return [bridge]


def with_quick_reconnect(world: World) -> World:
    """Return the world with a fleet that reconnects every few seconds, for runs in which brokers die often."""
    return replace(world, options=("--reconnect-s", "0.2", "3"))


def fleet_program(settings: Settings, world: World) -> Program:
    """Return the simulated fleet as one more supervised program."""
    out = settings.root / "fleet" / "out"
    out.mkdir(parents=True, exist_ok=True)
    status = out / "fleet.json"
    status.unlink(missing_ok=True)
    return Program(
        name="fleet",
        argv=[
            *(sys.executable, "-m", world.simulator, "fleet"),
            *("--bundles", str(settings.devices_dir), "--flash", str(settings.root / "fleet" / "flash")),
            *("--out", str(out), "--audio", ",".join(world.audio), "--status", str(status), *world.options),
        ],
        ready=lambda: _all_connected(status),
        start_s=180,
    )


def _all_connected(status: Path) -> bool:
    try:
        said = json.loads(status.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(said.get("connected") and said["connected"] == said.get("devices"))


def _move_quiet_hours(context: Context, say: Callable[[str], None]) -> None:
    """Move the province's quiet hours if they begin soon or hold now: as data, with an event."""
    now = context.now()
    local = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    with context.uow() as unit:
        if not _is_near(local, unit[Places].rules(PROVINCE)):
            return
        start = (local + QUIET_DISTANCE).time().replace(minute=0, second=0, microsecond=0)
        window = QuietWindow(start, time((start.hour + 4) % 24))
        area_rules.set_rules(
            unit, PROVINCE, AreaRules(quiet=(window,)), call=Call(BY, EveryRight(), now, context.new_id)
        )
        unit.commit()
    say(f"quiet hours: it is {local:%H:%M} there, so the demo's are {window.start:%H:%M} to {window.until:%H:%M}")


def _is_near(local: datetime, rules: AreaRules) -> bool:
    """Return whether any quiet window touches the coming two hours."""
    minutes = [(local + timedelta(minutes=step)).time() for step in range(-5, 120, 5)]
    return any(_covers(window, at) for window in rules.quiet for at in minutes)


def _covers(window: QuietWindow, at: time) -> bool:
    if window.start < window.until:
        return window.start <= at < window.until
    return at >= window.start or at < window.until


def _take_nobodys_place(context: Context) -> None:
    """Mark the home before its people are made.

    Raises:
        click.ClickException: a real person, who enrolled a second factor, has a login of the demo's: a home in use.
    """
    known = demo_people.made_up(context.settings)
    with context.uow.reading() as unit:
        held = [user for user in map(unit[People].by_login, (login for login, *_ in PEOPLE)) if user is not None]
        real = [user.login for user in held if user.login not in known and unit[People].has_second_factor(user.id)]
    if real:
        raise click.ClickException(f"{', '.join(real)}: a real sign-in here; run the demo in another LOA_HOME")
    demo_people.remember(context.settings, [login for login, *_ in PEOPLE])


def _let_officers_declare(context: Context) -> None:
    """Give the demo's officers the right to declare alerts of every level in the whole province."""
    by = replace(BY, grants=(Grant(Role.ADMIN, PROVINCE),))
    with context.uow.reading() as unit:
        officers = [unit[People].by_login(login) for login, _, role in PEOPLE if role is Role.EMERGENCY_OFFICER]
    for officer in officers:
        assert officer is not None
        declaration_rights.give(
            context.uow(), user_id=officer.id, area_id=PROVINCE, level=AlertLevel.THREE, call=context.call(by)
        )


def _place_of(settings: Settings, role: Role, commune: AreaId) -> AreaId:
    """Return where the person of this role works: in a training world a commune's official sees their commune alone."""
    return commune if settings.is_practice and role is Role.COMMUNE_OPERATOR else PROVINCE


def _ensure_user(context: Context, login: str, name: str, role: Role, *, area_id: AreaId) -> DemoUser:
    """Return the user with a fresh random password and token; those printed by an earlier run stop working."""
    password, now, passwords = random_password(), context.now(), Passwords()
    with context.uow() as unit:
        held = unit[People].by_login(login)
        if held is None:
            users.add_user(
                unit,
                passwords,
                new_id=context.new_id(),
                login=login,
                name=name,
                password=password,
                grants=(Grant(role, area_id),),
                now=now,
                by=BY,
            )
        else:
            users.set_password(unit, passwords, login, password, now=now, by=BY)
            for old in unit[People].tokens(held.id):
                users.revoke_token(unit, old.id, now=now, by=BY)
        _, token = users.create_token(
            unit,
            login,
            token_id=context.new_id(),
            name="loa demo",
            lasts=TOKEN_LASTS,
            now=now,
            by=BY,
            scopes=tuple(TokenScope),
        )
        secret = ""
        if role in SECOND_FACTOR_ROLES:
            secret = second_factor.enrol_for_demo(unit, vault_of(context), login, now=now, by=BY)
        unit.commit()
    return DemoUser(login, name, role, password, token, secret)


def _ensure_devices(context: Context, area_id: AreaId, count: int) -> list[Device]:
    """Ensure that many clusters in the area, with bundles for the present addresses."""
    with context.uow.reading() as unit:
        area = unit[Places].tree().get(area_id)
    return _ensure(context, area_id, [_cluster(area, number, context.now()) for number in range(1, count + 1)])


def _ensure_others(context: Context, area_id: AreaId) -> list[Device]:
    """Ensure a bridge, a small and a large board."""
    with context.uow.reading() as unit:
        area = unit[Places].tree().get(area_id)
    small, large = Screen(w=96, h=32, colours=Colours.THREE.value), Screen(w=480, h=270)
    others = (
        ("f01", DeviceKind.BRIDGE, "Bộ nối 1", None),
        ("b01", DeviceKind.BOARD, "Bảng tin 1", small),
        ("b02", DeviceKind.BOARD, "Bảng tin 2", large),
    )
    wanted = [
        replace(
            _cluster(area, number, context.now()),
            id=DeviceId(f"{area_id}-{mark}"),
            serial=f"demo-{area_id}-{mark}",
            name=f"{name}, {area.name}",
            kind=kind,
            screen=screen,
        )
        for number, (mark, kind, name, screen) in enumerate(others, 31)
    ]
    return _ensure(context, area_id, wanted)


def _ensure(context: Context, area_id: AreaId, wanted: list[Device]) -> list[Device]:
    """Enrol the devices that are missing; write bundles of all for the present addresses."""
    with context.uow() as unit:
        held = {device.id: device for device in unit[Devices].in_area(area_id)}
        enrol(unit, [device for device in wanted if device.id not in held], context.now(), BY)
        unit.commit()
    for device in wanted:
        context.keyring.provision(device.id, device.serial, area_id, context.settings, kind=device.kind)
    return [held.get(device.id, device) for device in wanted]


def _cluster(area: Area, number: int, now: datetime) -> Device:
    device_id = DeviceId(f"{area.id}-l{number:02d}")
    return Device(
        id=device_id,
        serial=f"demo-{device_id}",
        name=f"Cụm loa {number}, {area.name}",
        kind=DeviceKind.CLUSTER,
        area_id=area.id,
        enrolled_at=now,
        point=None if area.point is None else _beside(area.point, number),
    )


def _beside(centre: Point, number: int) -> Point:
    """Return a point some hundred metres from the centre, each in its own direction."""
    turn = number * 2.399963  # the golden angle
    away = 0.004 * math.sqrt(number)
    return Point(centre.lat + away * math.sin(turn), centre.lon + away * math.cos(turn))
