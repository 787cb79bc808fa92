"""What the demo and the chaos run need in an empty LOA_HOME: places, people, devices, a fleet; harmless repeated."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcast.events import Event
from broadcast.model.area_rules import AreaRules, QuietWindow
from broadcast.model.people import Grant, Role, UserId
from broadcast.model.schedules import DEFAULT_ZONE
from broadcast.ports import OutboxKind
from cms.accounts.model import Token, User
from cms.accounts.passwords import Passwords, random_password
from cms.accounts.secret import TOKEN_PREFIX, new_secret, secret_hash
from cms.cli.embedded import is_listening
from cms.cli.supervisor import Program
from cms.context import Context
from cms.places import loading
from cms.settings import Settings
from devices.areas import AreaId
from devices.model import Device, DeviceId, DeviceKind

DATA_SET = "binh-thuan-2023"
PROVINCE = AreaId("bt23-60")
TOKEN_LASTS = timedelta(days=1)
# The quiet hours of the demo keep at least this far from now, so that a bulletin may be aired at any hour.
QUIET_DISTANCE = timedelta(hours=8)


@dataclass(frozen=True)
class DemoUser:
    """A sign-in made by the demo; the password is random and only ever printed."""

    login: str
    name: str
    role: Role
    password: str
    token: str


@dataclass(frozen=True)
class World:
    """What was furnished; ``audio`` devices write WAV files, all of ``devices`` keep a truth log."""

    people: Sequence[DemoUser]
    devices: Sequence[Device]
    audio: Sequence[DeviceId]
    areas: Sequence[AreaId]
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
)


def choose_ports(settings: Settings) -> Settings:
    """The same settings, with the next free ports where the wanted ones are taken by something else."""
    free = {
        name: next(port for port in range(wanted, wanted + 100) if not is_listening(host, port))
        for name, host, wanted in (
            ("web_port", settings.web_host, settings.web_port),
            ("mqtt_port", settings.mqtt_host, settings.mqtt_port),
        )
    }
    return settings.model_copy(update=free)


def any_ports(settings: Settings) -> Settings:
    """The same settings, with ports of the system's choice: a killed program's are not taken by the next copy."""
    with socket.create_server((settings.web_host, 0)) as web, socket.create_server((settings.mqtt_host, 0)) as mqtt:
        return settings.model_copy(update={"web_port": web.getsockname()[1], "mqtt_port": mqtt.getsockname()[1]})


def furnish(
    context: Context, *, clusters_per_area: int = 4, areas: int = 3, audio: int = 4, say: Callable[[str], None]
) -> World:
    """Areas, people with new random passwords, and enrolled loudspeaker clusters in the first communes by code."""
    loading.load(context.uow, DATA_SET, now=context.now())
    with context.uow() as unit:
        tree = unit.places.tree()
        chosen = sorted(area.id for area in tree.leaves(PROVINCE))[:areas]
    say(f"places: {len(tree)} areas of {DATA_SET}; demo devices in {', '.join(tree.get(a).name for a in chosen)}")
    _move_quiet_hours(context, say)
    people = [_ensure_user(context, *who) for who in PEOPLE]
    devices = [
        _ensure_device(context, area_id, number) for area_id in chosen for number in range(1, clusters_per_area + 1)
    ]
    say(f"devices: {len(devices)} loudspeaker clusters enrolled, {min(audio, len(devices))} of them write WAV files")
    spread = [device.id for device in sorted(devices, key=lambda d: (d.id.rsplit("-", 1)[1], d.id))]
    return World(people, devices, spread[:audio], chosen)


def with_quick_reconnect(world: World) -> World:
    """A fleet that looks for its broker every few seconds, for runs in which brokers die often."""
    return replace(world, options=("--reconnect-s", "0.2", "3"))


def fleet_program(settings: Settings, world: World) -> Program:
    """The simulated fleet as one more supervised program."""
    out = settings.root / "fleet" / "out"
    out.mkdir(parents=True, exist_ok=True)
    status = out / "fleet.json"
    status.unlink(missing_ok=True)
    return Program(
        name="fleet",
        argv=[
            *(sys.executable, "-m", "firmware_sim", "fleet"),
            *("--bundles", str(settings.devices_dir), "--flash", str(settings.root / "fleet" / "flash")),
            *("--out", str(out), "--audio", ",".join(world.audio), "--status", str(status), *world.options),
        ],
        ready=lambda: _all_connected(status),
        start_s=60,
    )


def _all_connected(status: Path) -> bool:
    try:
        said = json.loads(status.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(said.get("connected") and said["connected"] == said.get("devices"))


def _move_quiet_hours(context: Context, say: Callable[[str], None]) -> None:
    """Where now is near the province's quiet hours they are set elsewhere: as data, with an event."""
    now = context.now()
    local = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    with context.uow() as unit:
        if unit.places.rules(PROVINCE).quiet != AreaRules().quiet and not _is_near(local, unit.places.rules(PROVINCE)):
            return
        if not _is_near(local, AreaRules()):
            return
        start = (local + QUIET_DISTANCE).time().replace(minute=0, second=0, microsecond=0)
        window = QuietWindow(start, time((start.hour + 4) % 24))
        unit.places.set_rules(PROVINCE, AreaRules(quiet=(window,)))
        for device in [d for area in unit.devices.planning_areas() for d in unit.devices.in_area(area)]:
            unit.devices.save(_with_next_version(device))
            unit.outbox.add(OutboxKind.DESIRED, device.id)
        detail: dict[str, object] = {"start": window.start.isoformat(), "until": window.until.isoformat()}
        unit.record(Event("area.rules_set", PROVINCE, now, "demo", "loa demo", detail))
        unit.commit()
    say(f"quiet hours: it is {local:%H:%M} there, so the demo's are {window.start:%H:%M} to {window.until:%H:%M}")


def _with_next_version(device: Device) -> Device:
    return replace(device, desired_version=device.desired_version + 1)


def _is_near(local: datetime, rules: AreaRules) -> bool:
    """Whether any quiet window touches the coming two hours."""
    minutes = [(local + timedelta(minutes=step)).time() for step in range(-5, 120, 5)]
    return any(_covers(window, at) for window in rules.quiet for at in minutes)


def _covers(window: QuietWindow, at: time) -> bool:
    if window.start < window.until:
        return window.start <= at < window.until
    return at >= window.start or at < window.until


def _ensure_user(context: Context, login: str, name: str, role: Role) -> DemoUser:
    """The user with a fresh random password and token; what an earlier run printed stops working."""
    password, token, now = random_password(), new_secret(TOKEN_PREFIX), context.now()
    hashed = Passwords().hash(password)
    with context.uow() as unit:
        held = unit.people.by_login(login)
        if held is None:
            user = User(UserId(context.new_id()), login, name, hashed, now, grants=(Grant(role, PROVINCE),))
            unit.people.add(user)
        else:
            user = replace(held, password_hash=hashed, failures=0, locked_until_at=None)
            unit.people.save(user)
            for old in unit.people.tokens(user.id):
                unit.people.revoke_token(old.id, now)
        unit.people.add_token(Token(context.new_id(), user.id, "loa demo", secret_hash(token), now, now + TOKEN_LASTS))
        unit.record(Event("user.made_for_demo", user.id, now, "demo", "loa demo", {"role": role}))
        unit.commit()
    return DemoUser(login, name, role, password, token)


def _ensure_device(context: Context, area_id: AreaId, number: int) -> Device:
    device_id = DeviceId(f"{area_id}-l{number:02d}")
    with context.uow() as unit:
        known = next((d for d in unit.devices.in_area(area_id) if d.id == device_id), None)
        if known is None:
            area = unit.places.tree().get(area_id)
            known = Device(
                id=device_id,
                serial=f"demo-{device_id}",
                name=f"Cụm loa {number}, {area.name}",
                kind=DeviceKind.CLUSTER,
                area_id=area_id,
                enrolled_at=context.now(),
                point=area.point,
            )
            unit.devices.add(known)
            unit.outbox.add(OutboxKind.DESIRED, device_id)
            unit.outbox.add(OutboxKind.PLAN, area_id)
            unit.record(Event("device.enrolled", device_id, context.now(), "demo", "loa demo", {"area": area_id}))
            unit.commit()
    context.keyring.provision(device_id, known.serial, area_id, context.settings)
    return known
