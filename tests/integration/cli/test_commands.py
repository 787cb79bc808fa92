"""Commands as an operator types them, on a LOA_HOME of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import After, BulletinId, Rendition
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, PlanEntry, Reason, TransmissionId, Unplaced
from cms.accounts.cli import demo_sign_ins as demo_people
from cms.accounts.model import READ_ONLY, TokenScope, actions_of
from cms.accounts.repository import People
from cms.accounts.service import users
from cms.accounts.service.passwords import Passwords
from cms.accounts.service.second_factor import confirm, enrol_for_demo
from cms.accounts.service.signing_in import whose_token
from cms.accounts.service.vault import Vault
from cms.audit.queries import latest_events
from cms.bulletins.repository.bulletins import Plans
from cms.fleet.repository.devices import Devices
from cms.platform.cli import main
from cms.platform.gateway import outbox_notifier
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UowFactory
from cms.schedule.repository.deliveries import Deliveries
from devices.model import DeviceId, DeviceStatus
from province.areas import AreaId
from province.machine_clock import utc_now
from province.people import program

COMMUNE = AreaId("bt23-22915")
DEVICE = DeviceId("bt23-22915-l01")


class Terminal:
    def __init__(self, units: UowFactory, home: Path) -> None:
        self.units = units
        self.home = home

    def type(self, *words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, list(words), input=stdin)

    def ok(self, *words: str, stdin: str = "") -> list[str]:
        result = self.type(*words, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    def refused(self, *words: str) -> str:
        result = self.type(*words)
        assert result.exit_code != 0, result.output
        return result.output

    def enrol(self, login: str) -> None:
        with self.units() as unit:
            vault = Vault.at(Settings().keys_dir)
            enrol_for_demo(unit, vault, login, now=utc_now(), by=program("test"))
            unit.commit()

    def events(self) -> list[str]:
        with reading(self.units.engine) as session:
            return [line.name for line in latest_events(session)]


def test_contacts_are_set_shown_and_inherited_by_the_areas_below(terminal: Terminal) -> None:
    terminal.ok("areas", "load", "binh-thuan-2023")
    terminal.ok("areas", "contacts", "bt23-60", "--set", "Lê Thị Hoa; Trực ban; 0252 3822 123")
    assert terminal.ok("areas", "contacts", COMMUNE) == [
        f"{COMMUNE} (from bt23-60): 1 to call",
        "  Lê Thị Hoa; Trực ban; 0252 3822 123",
    ]
    assert "area.contacts_set" in terminal.events()
    assert terminal.ok("areas", "contacts", "bt23-60", "--nobody") == ["bt23-60: 0 to call"]
    assert "semicolons" in terminal.refused("areas", "contacts", COMMUNE, "--set", "Lê Thị Hoa")
    assert "problems" in terminal.refused("areas", "contacts", COMMUNE, "--set", "Hoa;;không có")


def test_which_kinds_of_area_have_an_inbox_is_shown_and_set(terminal: Terminal) -> None:
    shown = terminal.ok("areas", "kinds")
    assert "commune: runs its own station" in shown
    assert "district: no station of its own" in shown
    assert "district: runs its own station" in terminal.ok("areas", "kinds", "district", "--commune")
    assert "area_kind.set" in terminal.events()
    terminal.ok("areas", "kinds", "township", "--no-commune")
    terminal.ok("areas", "load", "lam-dong-2025")
    assert "township: no station of its own" in terminal.ok("areas", "kinds")
    assert "no area is a" in terminal.refused("areas", "kinds", "atlantis", "--commune")
    assert "or neither" in terminal.refused("areas", "kinds", "district")
    assert "or neither" in terminal.refused("areas", "kinds", "--commune")


def test_loading_twice_says_that_all_was_there(terminal: Terminal) -> None:
    assert terminal.ok("areas", "load", "binh-thuan-2023") == ["binh-thuan-2023: 0 areas added, 135 were there"]
    assert "Invalid value" in terminal.refused("areas", "load", "atlantis")


def test_the_tree_is_listed_for_people_and_for_programs(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE)
    people = terminal.ok("areas", "list")
    assert people[0] == "bt23-60  Tỉnh Bình Thuận (province)"
    assert "    bt23-22915  Phường Mũi Né (ward, 0 of 1 devices online)" in people
    programs = [json.loads(line) for line in terminal.ok("areas", "list", "--json")]
    assert len(programs) == 135
    assert sum(line["devices"] for line in programs) == 1


def test_the_reform_closes_moves_and_says_what_to_look_at(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", "bt23-22978", "--count", "2")
    said = terminal.ok("areas", "reform", "binh-thuan-2023", "lam-dong-2025", "--on", "2025-07-01")
    assert said[0].startswith("135 areas closed, 45 got predecessors, 2 devices moved")
    assert said[1].startswith("look at the map: bt23-22978-l01 went from bt23-22978 to ld25-")
    assert len(terminal.ok("areas", "list")) == 125
    assert len(terminal.ok("areas", "list", "--closed")) == 260
    assert terminal.ok("areas", "reform", "binh-thuan-2023", "lam-dong-2025", "--on", "2025-07-01")[0].startswith("0 ")


def test_a_reform_in_the_future_is_refused_with_its_reason(terminal: Terminal) -> None:
    said = terminal.refused("areas", "reform", "binh-thuan-2023", "lam-dong-2025", "--on", "2999-01-01")
    assert "INVALID" in said
    assert "IN_FUTURE" in said


def test_rules_are_shown_set_and_heard_of_below(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE, "--count", "2")
    assert terminal.ok("areas", "rules", COMMUNE) == [
        f"{COMMUNE}: quiet 21:30-05:30 (Asia/Ho_Chi_Minh), volume 80 %",
        "  volume by time: none",
        "  at most: sessions a day none, minutes a session none, minutes a day none, weekdays all",
        "  freeze before air: 15 min",
        "  digital signature of an approval: not needed",
        "  public page: yes",
        "  opening: none",
        "  closing: none",
    ]
    said = terminal.ok("areas", "rules", "bt23-593", "--quiet", "20:00-06:00", "--volume", "60")
    assert said[0] == "set; 2 devices will be told"
    assert terminal.ok("areas", "rules", COMMUNE)[0].endswith("quiet 20:00-06:00 (Asia/Ho_Chi_Minh), volume 60 %")
    with OutboxNotifier(outbox_notifier.path_of(Settings(home=terminal.home))) as bell:
        assert terminal.ok("areas", "rules", COMMUNE, "--never-quiet")[1].startswith(f"{COMMUNE}: quiet none")
        assert bell.wait(0)
    assert terminal.events()[:2] == ["area.rules_set", "area.rules_set"]
    with terminal.units() as unit:
        found = unit.outbox.take(utc_now())
        assert unit[Devices].get(DEVICE).desired_version == 3
    assert {(each.kind, each.subject_id) for each in found} == {
        (OutboxKind.DESIRED, DEVICE),
        (OutboxKind.DESIRED, "bt23-22915-l02"),
        (OutboxKind.PLAN, COMMUNE),
    }
    assert "21:30-05:30" in terminal.refused("areas", "rules", COMMUNE, "--quiet", "late")
    assert "UNKNOWN_AREA" in terminal.refused("areas", "rules", "nowhere")


def test_a_user_gets_a_random_password_that_is_shown_once(terminal: Terminal) -> None:
    said = terminal.ok("users", "add", "Lan", "Nguyễn Thị Lan", "--role", "approver@bt23-60")
    password = said[1].removeprefix("password (shown only now): ")
    with terminal.units() as unit:
        user = unit[People].by_login("lan")
    assert user is not None
    assert Passwords().matches(user.password_hash, password)
    assert terminal.ok("users", "list") == ["lan  Nguyễn Thị Lan  approver@bt23-60"]


def test_a_forgotten_password_is_reset_to_one_for_one_sign_in(terminal: Terminal) -> None:
    terminal.ok("users", "add", "lan", "Lan", "--role", "auditor@bt23-60")
    [said] = terminal.ok("users", "reset-password", "lan")
    password = said.removeprefix("lan: password (shown only now): ")
    with terminal.units() as unit:
        user = unit[People].by_login("lan")
    assert user is not None
    assert Passwords().matches(user.password_hash, password)
    assert user.must_change_password
    assert "NOT_FOUND" in terminal.refused("users", "reset-password", "nobody")


def test_a_password_may_come_from_stdin(terminal: Terminal) -> None:
    said = terminal.ok(
        "users", "add", "lan", "Lan", "--role", "auditor@bt23-60", "--password-stdin", stdin="một hai ba bốn năm\n"
    )
    assert said == ["lan: auditor@bt23-60"]


def test_rights_are_given_and_taken_and_users_locked(terminal: Terminal) -> None:
    terminal.ok("users", "add", "lan", "Lan", "--role", "auditor@bt23-60")
    terminal.ok("users", "grant", "lan", "approver@bt23-593")
    terminal.ok("users", "ungrant", "lan", "auditor@bt23-60", "approver@bt23-593")
    terminal.ok("users", "lock", "lan")
    assert terminal.ok("users", "list") == ["lan  Lan  no roles  LOCKED"]
    terminal.ok("users", "unlock", "lan")
    assert terminal.ok("users", "list") == ["lan  Lan  no roles"]


def test_a_lost_telephone_is_reset_by_the_administrator(terminal: Terminal) -> None:
    terminal.ok("users", "add", "truc", "Trực", "--role", "emergency_officer@bt23-60")
    terminal.ok("users", "add", "lan", "Lan", "--role", "auditor@bt23-60")
    assert terminal.ok("users", "second-factor", "lan") == ["lan: none, and none needed"]
    asked = "truc: none; will be asked to enrol at the next sign-in"
    assert terminal.ok("users", "second-factor", "truc") == [asked]
    assert "NOT_ENROLLED" in terminal.refused("users", "second-factor", "truc", "--reset")
    terminal.enrol("truc")
    assert terminal.ok("users", "second-factor", "truc")[0].endswith("10 recovery codes left")
    assert terminal.ok("users", "second-factor", "truc", "--reset") == [asked]
    assert terminal.events()[0] == "user.second_factor_reset"


def test_the_code_of_a_person_is_never_shown_but_that_of_somebody_made_up_is(terminal: Terminal) -> None:
    for login in ("truc", "chi"):
        terminal.ok("users", "add", login, login, "--role", "emergency_officer@bt23-60")
        terminal.enrol(login)
    assert "was not made by" in terminal.refused("users", "code", "truc")
    demo_people.remember(Settings(), ["chi"])
    assert "was not made by" in terminal.refused("users", "code", "truc")
    code = terminal.ok("users", "code", "chi")[0]
    with terminal.units() as unit:
        user = users.user_of(unit, "chi")
        vault = Vault.at(Settings().keys_dir)
        actor = confirm(unit, user.id, code, utc_now(), vault=vault, purpose="test")
        factor = unit[People].second_factor(user.id)
        assert factor is not None
        unit[People].save_second_factor(replace(factor, last_step=factor.last_step + 2))
        unit.commit()
    assert actor.second_factor_at is not None
    assert "ask again" in terminal.refused("users", "code", "chi")
    assert "user.second_factor_shown" in terminal.events()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("users", "second-factor", "nobody"), "NOT_FOUND"),
        (("users", "add", "x", "X", "--role", "king@bt23-60"), "ROLE@AREA"),
        (("users", "add", "x", "X", "--role", "approver"), "ROLE@AREA"),
        (("users", "add", "x", "X", "--role", "approver@nowhere"), "UNKNOWN_AREA"),
        (("users", "lock", "nobody"), "NOT_FOUND"),
        (("token", "create", "nobody"), "NOT_FOUND"),
        (("token", "revoke", "nothing"), "NOT_FOUND"),
        (("devices", "add", "--area", "nowhere"), "UNKNOWN_AREA"),
        (("devices", "retire", "nothing", "--why", "x"), "NOT_FOUND"),
        (("why", "nothing"), "NOT_FOUND"),
        (("why", "nothing", "soon"), "WHEN"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(terminal: Terminal, words: tuple[str, ...], why: str) -> None:
    assert why in terminal.refused(*words)


def test_a_token_works_until_it_is_revoked(terminal: Terminal) -> None:
    terminal.ok("users", "add", "lan", "Lan", "--role", "auditor@bt23-60")
    [secret] = terminal.ok("token", "create", "lan", "--quiet")
    first, _ = terminal.ok("token", "create", "lan", "--name", "báo cáo", "--days", "1")
    with terminal.units() as unit:
        actor = whose_token(unit, secret, utc_now())
        token_id = unit[People].tokens()[0].id
    assert actor is not None
    assert first.startswith("token ")
    terminal.ok("token", "revoke", token_id)
    listed = terminal.ok("token", "list")
    assert [line.rsplit("  ", 1)[1] for line in listed] == ["revoked", "good"]
    with terminal.units() as unit:
        assert whose_token(unit, secret, utc_now()) is None


def test_a_token_only_reads_unless_it_is_made_for_more(terminal: Terminal) -> None:
    terminal.ok("users", "add", "lan", "Lan", "--role", "commune_operator@bt23-60")
    [reading] = terminal.ok("token", "create", "lan", "--quiet")
    [writing] = terminal.ok("token", "create", "lan", "--quiet", "--scope", "bulletins", "--scope", "stop")
    with terminal.units() as unit:
        allowed = [whose_token(unit, secret, utc_now()) for secret in (reading, writing)]
    assert allowed[0] is not None
    assert allowed[1] is not None
    assert allowed[0].token_actions == actions_of(READ_ONLY)
    assert allowed[1].token_actions == actions_of([TokenScope.BULLETINS, TokenScope.STOP])
    assert [line.split("  ")[3] for line in terminal.ok("token", "list")] == ["read", "read bulletins stop"]
    assert "alert" in terminal.refused("token", "create", "lan", "--scope", "alert.cancel")


def test_devices_are_numbered_on_and_each_gets_its_bundle(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE, "--count", "2")
    with terminal.units() as unit:
        unit[Devices].save(replace(unit[Devices].get(DeviceId("bt23-22915-l02")), retired_at=utc_now()))
        unit.commit()
    terminal.ok("devices", "add", "--area", COMMUNE)
    terminal.ok("devices", "add", "--area", "bt23-22918", "--kind", "board")
    listed = [line.split()[0] for line in terminal.ok("devices", "list")]
    assert listed == ["bt23-22915-l01", "bt23-22915-l03", "bt23-22918-b01"]
    assert len(terminal.ok("devices", "list", "--area", "bt23-593")) == 3
    bundle = json.loads((terminal.home / "devices" / DEVICE / "device.json").read_text())
    assert (bundle["id"], bundle["area_id"]) == (DEVICE, COMMUNE)
    assert terminal.events().count("device.enrolled") == 4


def test_devices_that_are_not_connected_can_be_listed_alone(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE, "--count", "2")
    with terminal.units() as unit:
        unit[Devices].report(DeviceStatus(DEVICE, online=True, conn=1, seen_at=utc_now(), firmware="1.2"))
        unit.commit()
    [offline] = terminal.ok("devices", "list", "--offline")
    assert offline.startswith("bt23-22915-l02  offline")
    assert any("online" in line and "1.2" in line for line in terminal.ok("devices", "list"))


def test_why_tells_what_won_what_lost_and_how_far_it_got(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE)
    start = datetime(2025, 3, 1, 23, 0, tzinfo=UTC)  # 06:00 on the 2nd
    sound = Rendition("device-opus", "0" * 64, 1, 60_000, "audio/ogg")
    entries = tuple(
        PlanEntry(
            OccurrenceId(f"o{n}"),
            TransmissionId(f"t{n}"),
            BulletinId(f"b{n}"),
            f"Tin {n}",
            start + timedelta(minutes=n),
            start + timedelta(minutes=n + 1),
            4,
            sound,
            After.DROP,
            (Reason("HIGHER_PRIORITY", TransmissionId("t9"), (("title", "Tin 9"),)),),
        )
        for n in range(3)
    )
    times, why = (entries[1].start_at, entries[1].end_at), (Reason("LOWER_PRIORITY"),)
    lost = Unplaced(OccurrenceId("o9"), TransmissionId("t9"), BulletinId("b9"), "Tin 9", *times, why)
    plan = DayPlan(COMMUNE, datetime(2025, 3, 2, tzinfo=UTC).date(), entries, (lost,))
    with terminal.units() as unit:
        unit[Plans].put(plan, "0" * 64, 10, start)
        unit[Plans].mark_sent(COMMUNE, [(plan.on, "0" * 64)], start)
        unit[Deliveries].advance(
            [Delivery(DEVICE, "L", OccurrenceId("o1"), TransmissionId("t1"), DeliveryState.CUT, start, "BUSY_HIGHER")]
        )
        unit[Deliveries].record(
            [
                AsRun(
                    DEVICE,
                    "L",
                    "r1",
                    OccurrenceId("o1"),
                    TransmissionId("t1"),
                    "Tin 1",
                    "0" * 64,
                    entries[1].start_at,
                    entries[1].start_at + timedelta(milliseconds=12),
                    None,
                    "cut",
                    "BUSY_HIGHER",
                    80,
                    start,
                )
            ]
        )
        unit[Devices].report(DeviceStatus(DEVICE, online=True, conn=1, seen_at=start))
        unit.commit()
    said = terminal.ok("why", DEVICE, "2025-03-02T06:01:30")
    assert said == [
        "bt23-22915-l01  Cụm loa 1, Phường Mũi Né  (Phường Mũi Né, Thành phố Phan Thiết, Tỉnh Bình Thuận)",
        "at 2025-03-02 06:01:30, outside quiet hours",
        "planned: 'Tin 1' 2025-03-02 06:01:00 to 06:02:00, priority 4",
        "  because HIGHER_PRIORITY: title Tin 9",
        "delivery: cut (BUSY_HIGHER) since 2025-03-02 06:00:00",
        "  as-run r1: cut, started 2025-03-02 06:01:00 (+12 ms), volume 80 %, BUSY_HIGHER",
        "not placed: 'Tin 9' 2025-03-02 06:01:00 to 06:02:00",
        "  because LOWER_PRIORITY",
        "plan of 2025-03-02: version 1, built 2025-03-02 06:00:00, sent 2025-03-02 06:00:00",
        "device: online, last word 2025-03-02 06:00:00, firmware ?",
        "before: 'Tin 0' 2025-03-02 06:00:00 to 06:01:00, priority 4",
        "  because HIGHER_PRIORITY: title Tin 9",
        "after: 'Tin 2' 2025-03-02 06:02:00 to 06:03:00, priority 4",
        "  because HIGHER_PRIORITY: title Tin 9",
    ]


def test_why_says_when_there_was_nothing_to_hear(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE)
    said = terminal.ok("why", DEVICE, "05:00")
    assert said[1].endswith("inside quiet hours")
    assert said[2] == "nothing is planned there"
    assert said[3].endswith(f"never built for {COMMUNE}; told is what it would be")
    assert said[4] == "device: never heard of"
    assert terminal.ok("why", DEVICE)[0] == said[0]
