"""``loa alerts`` as an operator types it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.alerts.model import Alert, AlertKind, AlertStatus, Audience, HazardTableVersion, OrderId
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.model import Targets
from cms.alerts.queries.timings import published_event
from cms.alerts.repository.alerts import Alerts, HazardTables
from cms.alerts.repository.orders import Orders
from province.areas import AreaId
from province.machine_clock import utc_now
from province.people import UserId
from tests.fakes.warnings import alert, order, reach
from tests.integration.cli.test_commands import COMMUNE, Terminal

HUE = Path(__file__).parents[3] / "docs" / "examples" / "hazards-hue.toml"


def _sent(terminal: Terminal, name: str = "a1", **more: object) -> Alert:
    now = utc_now()
    made = alert(name, status=AlertStatus.ACTIVE, order_id=OrderId(f"o-{name}"), audience=Audience(Targets((COMMUNE,))))
    made = replace(made, changed_at=now, **more)  # type: ignore[arg-type]
    with terminal.units() as unit:
        unit[Alerts].add(made)
        unit[Orders].add(order(f"o-{name}", name))
        unit[Orders].expect([replace(reach(f"d{n}", f"o-{name}"), area_id=COMMUNE) for n in range(3)])
        unit[Orders].report([replace(reach("d1", f"o-{name}"), area_id=COMMUNE, state=ReachState.DONE)])
        unit.commit()
    return made


def test_open_alerts_are_listed_with_how_many_answered(terminal: Terminal) -> None:
    assert terminal.ok("alerts", "list") == []
    made = _sent(terminal)
    _sent(terminal, "a2", status=AlertStatus.CANCELLED, kind=AlertKind.DRILL, order_id=None)
    assert terminal.ok("alerts", "list") == [f"a1  LIVE  flood 2  active  {made.headline}  1 of 3 answered"]
    assert len(terminal.ok("alerts", "list", "--all")) == 2
    assert terminal.ok("alerts", "list", "--all", "--kind", "drill")[0].startswith("a2  DRILL  flood 2  cancelled")
    body = json.loads(terminal.ok("alerts", "list", "--json")[0])
    assert (body["id"], body["meant"], body["answered"]) == ("a1", 3, 1)


def test_rights_to_declare_are_given_and_taken(terminal: Terminal) -> None:
    terminal.ok("users", "add", "truc", "Trực", "--role", "emergency_officer@bt23-60")
    assert terminal.ok("alerts", "rights", "truc") == ["truc: no rights"]
    given = terminal.ok("alerts", "rights", "truc", "--give", "bt23-60:2", "--give", f"{COMMUNE}:3")
    assert given == [f"truc: {COMMUNE}:3, bt23-60:2"]
    taken = terminal.ok("alerts", "rights", "truc", "--take", COMMUNE, "--give", "bt23-60:1")
    assert taken == ["truc: bt23-60:1"]
    events = terminal.events()
    assert (events.count("declaration_right.given"), events.count("declaration_right.taken")) == (3, 1)


def test_the_policy_is_shown_and_changed(terminal: Terminal) -> None:
    rest = "; heard within 400 m; reports not public"
    before = f"two people, always; at most 168 h; all-clears for 60 min{rest}"
    assert terminal.ok("alerts", "policy") == [before]
    after = terminal.ok("alerts", "policy", "--alone", "--hours-max", "24", "--all-clear-minutes", "30")
    assert after == [f"one person may send alone; at most 24 h; all-clears for 30 min{rest}"]
    assert terminal.events()[0] == "alert_policy.set"
    assert terminal.ok("alerts", "policy", "--not-alone", "--hours-max", "168", "--all-clear-minutes", "60") == [before]


def test_a_table_of_hazards_is_loaded_listed_and_an_earlier_one_restored(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.ok("hazards", "list") == ["the national table alone"]
    assert terminal.ok("hazards", "load", str(HUE)) == ["version 1 is in force: Thành phố Huế"]
    assert terminal.ok("hazards", "load", str(HUE)) == ["in force already"]
    assert terminal.ok("hazards", "restore", "0") == ["version 2 is in force: the national table alone"]
    assert terminal.ok("hazards", "restore", "1") == ["version 3 is in force: Thành phố Huế"]
    listed = terminal.ok("hazards", "list")
    assert [line.split("  ")[0] for line in listed] == ["3", "2", "1"]
    assert listed[1].endswith("the national table alone")
    assert terminal.events()[:3] == ["hazard_table.restored", "hazard_table.restored", "hazard_table.loaded"]

    faulty = tmp_path / "faulty.toml"
    faulty.write_text(
        HUE.read_text(encoding="utf-8").replace('siren = "alarm_two"', 'siren = "alarm"'), encoding="utf-8"
    )
    line = 1 + faulty.read_text(encoding="utf-8").splitlines().index('warning = { siren = "alarm" }')
    assert f"faulty.toml, line {line}: hazards.flood.warning.siren: No `alarm`" in terminal.refused(
        "hazards", "load", str(faulty)
    )
    faulty.write_bytes(b"\xff")
    assert "not in UTF-8" in terminal.refused("hazards", "load", str(faulty))
    assert "NOT_FOUND" in terminal.refused("hazards", "restore", "9")
    assert len(terminal.ok("hazards", "list")) == 3


def test_a_stored_table_that_is_valid_no_more_is_not_restored(terminal: Terminal) -> None:
    with terminal.units() as unit:
        unit[HazardTables].add(HazardTableVersion(1, "X", "name = 1", utc_now(), UserId("u"), "Lan"))
        unit.commit()
    assert "version 1 is not valid any more" in terminal.refused("hazards", "restore", "1")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("alerts", "rights", "nobody"), "NOT_FOUND"),
        (("alerts", "policy", "--hours-max", "169"), "INVALID"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(terminal: Terminal, words: tuple[str, ...], why: str) -> None:
    assert why in terminal.refused(*words)


@pytest.mark.parametrize("right", ["bt23-60", "bt23-60:4", ":2", "bt23-60:x"])
def test_a_right_is_an_area_and_a_level(terminal: Terminal, right: str) -> None:
    terminal.ok("users", "add", "truc", "Trực", "--role", "emergency_officer@bt23-60")
    assert "AREA:LEVEL" in terminal.refused("alerts", "rights", "truc", "--give", right)
    assert "UNKNOWN_AREA" in terminal.refused("alerts", "rights", "truc", "--give", f"{AreaId('nowhere')}:1")


def test_places_where_nobody_can_let_out_an_alert_fail_the_check(terminal: Terminal) -> None:
    for login in ("truc", "huy"):
        terminal.ok("users", "add", login, login.title(), "--role", "emergency_officer@bt23-60")
        terminal.ok("alerts", "rights", login, "--give", "bt23-60:2")
    refused = terminal.refused("alerts", "check")
    assert "level 1, 2, 3: nobody at bt23-60" in refused
    assert "loa alerts rights LOGIN --give AREA:LEVEL" in refused
    terminal.enrol("truc")
    terminal.enrol("huy")
    assert "level 3: nobody at bt23-60" in terminal.refused("alerts", "check")
    terminal.ok("alerts", "rights", "huy", "--give", "bt23-60:3")
    assert terminal.ok("alerts", "check") == ["every place and level has two people who can let out an alert"]


def test_a_trace_shows_the_steps_of_the_alert_and_how_many_were_in_time(terminal: Terminal) -> None:
    made = _sent(terminal)
    with terminal.units() as unit:
        ordered = unit[Orders].get(OrderId("o-a1"))
        steps = dict.fromkeys(("queued_at", "taken_at", "built_at"), ordered.issued_at)
        unit.record(published_event(ordered, steps, ordered.issued_at + timedelta(milliseconds=7)))
        unit.commit()
    head, *lines, last = terminal.ok("trace", made.id)
    assert head.startswith(f"o-a1  {made.headline}  approved ")
    assert [line.split() for line in lines] == [
        ["0", "0", "approve"],
        ["0", "0", "queue"],
        ["0", "0", "sign"],
        ["0", "7", "publish"],
    ]
    assert last == "0 within 1 s, 0 answered, of 0 connected loudspeakers"
    assert "there is no order or alert nowhere" in terminal.refused("trace", "nowhere")
