from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from broadcast.relays.model import (
    TRANSITIONS,
    URLS_MAX,
    Health,
    Licence,
    Relayable,
    RelaySource,
    RelaySourceId,
    SourceAction,
    SourceHealth,
    SourceKind,
    SourceState,
    StreamForm,
    fetched_urls,
    next_state,
)
from cms.relays.service import sources
from province.areas import AreaId
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError
from province.state_machine import final
from scripts.state_diagram import diagram
from tests.builders.in_memory.bulletin_world import World
from tests.builders.in_memory.relay_sources import SOURCE, approved, source_draft, suspended, written
from tests.fakes.programme import AUTHOR, NOW, REVIEWER


@pytest.fixture
def world() -> World:
    return World()


def codes(error: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in error.value.problems}


@pytest.mark.parametrize(("state", "action"), list(product(SourceState, SourceAction)))
def test_a_source_takes_the_steps_of_the_table_and_no_other(state: SourceState, action: SourceAction) -> None:
    if (state, action) in TRANSITIONS:
        assert next_state(state, action) is TRANSITIONS[state, action]
        return
    with pytest.raises(NotPossibleError):
        next_state(state, action)


def test_the_drawn_life_is_that_of_the_table() -> None:
    page = Path("docs/lifecycle.md").read_text(encoding="utf-8")
    assert diagram(TRANSITIONS, SourceState.DRAFT, final(TRANSITIONS, SourceState)) in re.findall(
        r"```mermaid\n(.*?)```", page, re.DOTALL
    )


@pytest.mark.parametrize(
    ("kind", "form", "repeater", "first"),
    [
        (SourceKind.STATION, StreamForm.STREAM, "https://loa/relay/", "https://loa/relay/s1"),
        (SourceKind.PROVINCIAL, StreamForm.STREAM, "https://loa/relay/", "https://loa/relay/s1"),
        (SourceKind.STATION, StreamForm.STREAM, "", "https://dai.example/0"),
        (SourceKind.NATIONAL, StreamForm.STREAM, "https://loa/relay/", "https://dai.example/0"),
        (SourceKind.STATION, StreamForm.HLS, "https://loa/relay/", "https://dai.example/0"),
    ],
)
def test_a_stations_stream_is_fetched_through_the_server_first_and_then_from_itself(
    kind: SourceKind, form: StreamForm, repeater: str, first: str
) -> None:
    urls = tuple(f"https://dai.example/{number}" for number in range(URLS_MAX))
    found = fetched_urls(Relayable(RelaySourceId("s1"), "Đài", kind, form, urls, 60_000), repeater)
    assert (found[0], len(found)) == (first, URLS_MAX)
    assert urls[0] in found


def test_a_source_is_approved_by_another_person_than_whoever_wrote_it(world: World) -> None:
    source = written(world)
    assert source.state is SourceState.DRAFT
    with pytest.raises(NotAllowedError) as refused:
        sources.approve(world.store(), SOURCE, expected_version=1, call=world.call(AUTHOR, NOW))
    assert refused.value.reason == "OWN_SOURCE"
    done = sources.approve(world.store(), SOURCE, expected_version=1, call=world.call(REVIEWER, NOW))
    assert (done.state, done.approved_by, done.approved_at) == (SourceState.APPROVED, REVIEWER.user_id, NOW)
    assert world.events()[-2:] == ["relay_source.written_down", "relay_source.approved"]


def test_whoever_changed_it_since_does_not_approve_it_either(world: World) -> None:
    source = approved(world)
    sources.correct(
        world.store(),
        SOURCE,
        draft=source_draft(name="VOV 1"),
        expected_version=source.version,
        call=world.call(REVIEWER, NOW),
    )
    changed = world.store.one(RelaySource, id=SOURCE)
    assert (changed.state, changed.approved_by) == (SourceState.DRAFT, None)
    for actor in (AUTHOR, REVIEWER):
        with pytest.raises(NotAllowedError):
            sources.approve(world.store(), SOURCE, expected_version=3, call=world.call(actor, NOW))


def test_a_form_that_is_sent_twice_writes_one_source(world: World) -> None:
    assert written(world) == written(world)
    assert world.events() == ["relay_source.written_down"]
    with pytest.raises(ConflictError):
        written(world, by=REVIEWER)


def test_only_who_saw_it_as_it_is_changes_it(world: World) -> None:
    written(world)
    with pytest.raises(ConflictError):
        sources.approve(world.store(), SOURCE, expected_version=7, call=world.call(REVIEWER, NOW))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"name": "  "}, ("name", "MISSING")),
        ({"name": "x" * 200}, ("name", "TOO_LONG")),
        ({"owner": "x" * 300}, ("owner", "TOO_LONG")),
        ({"area_id": AreaId("nowhere")}, ("area_id", "AREA_UNKNOWN")),
        ({"urls": ()}, ("urls", "MISSING")),
        ({"urls": ("  ",)}, ("urls", "MISSING")),
        ({"urls": ("file:///etc/shadow",)}, ("urls", "NOT_A_STREAM_URL")),
        ({"urls": ("http://đài.vn/a",)}, ("urls", "NOT_A_STREAM_URL")),
        ({"urls": tuple(f"http://s{n}.example/" for n in range(5))}, ("urls", "TOO_MANY")),
        ({"licence": Licence("x" * 300)}, ("licence", "TOO_LONG")),
        ({"licence": Licence(slot_max_minutes=-1)}, ("slot_max", "MINUTES")),
        ({"licence": Licence(day_max_minutes=2000)}, ("day_max", "MINUTES")),
    ],
)
def test_what_is_wrong_with_a_source_is_told(world: World, more: dict[str, Any], problem: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as refused:
        written(world, **more)
    assert codes(refused) == {problem}


@pytest.mark.parametrize(("why", "code"), [(" ", "MISSING"), ("x" * 600, "TOO_LONG")])
def test_a_suspension_needs_a_reason(world: World, why: str, code: str) -> None:
    approved(world)
    with pytest.raises(InvalidError) as refused:
        suspended(world, why=why)
    assert codes(refused) == {("why", code)}


def test_what_the_server_heard_is_noted_with_since_when_it_is_so(world: World) -> None:
    approved(world)
    before = len(world.events())

    def note(health: Health, minutes: int) -> SourceHealth:
        at = NOW + timedelta(minutes=minutes)
        sources.note_health(world.store(), {SOURCE: (health, "x" * 400)}, now=at)
        return world.store.one(SourceHealth, source_id=SOURCE)

    assert note(Health.HEARD, 0).since_at == NOW
    again = note(Health.HEARD, 1)
    assert (again.since_at, again.checked_at, len(again.detail)) == (NOW, NOW + timedelta(minutes=1), 300)
    assert note(Health.SILENT, 2).since_at == NOW + timedelta(minutes=2)
    events = world.store.events()[before:]
    assert [(event.name, event.detail["before"]) for event in events] == [
        ("relay_source.listened_to", ""),
        ("relay_source.listened_to", "heard"),
    ]
