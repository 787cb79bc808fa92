from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from cms.accounts.model import ACTIONS, READ_ONLY, TokenScope, actions_of
from province.areas import Area, AreaId, AreaTree
from province.errors import NotAllowedError, TokenRefusedError
from province.people import Action, Actor, Grant, Role, UserId
from province.policy import (
    PERSON_ACTIONS,
    ROLE_ACTIONS,
    SECOND_FACTOR_ROLES,
    Policy,
    may,
    needs_second_factor,
    visible_areas,
)

SINCE, REFORM = date(2000, 1, 1), date(2025, 7, 1)
PROVINCE, DISTRICT, COMMUNE, NEIGHBOUR = map(AreaId, ("p", "d", "c-1", "c-2"))
ELSEWHERE, OLD, SPLIT, OLD_DISTRICT = map(AreaId, ("q", "old", "split", "old-d"))
R, W, S, V, X = (
    Action.BULLETIN_READ,
    Action.BULLETIN_WRITE,
    Action.BULLETIN_SUBMIT,
    Action.BULLETIN_REVIEW,
    Action.BULLETIN_WITHDRAW,
)
AREA, DELIVERY, DEVICE = Action.AREA_READ, Action.DELIVERY_READ, Action.DEVICE_READ

HEAR, RAISE, SEND, CANCEL, STOP = (
    Action.ALERT_READ,
    Action.ALERT_RAISE,
    Action.ALERT_APPROVE,
    Action.ALERT_CANCEL,
    Action.SOUND_STOP,
)
CALL = Action.CONTACT_WRITE
LOOK = Action.EXCHANGE_READ
TEACH = Action.WORD_TEACH
SPEAK = Action.PHRASE_RECORD
SHARE = Action.SHARE_DOWN
CHIME, RULE, OVERRIDE, ANSWER = Action.CHIME_SET, Action.RULE_SET, Action.FREEZE_OVERRIDE, Action.INBOX_ANSWER
REPLY, LIVE = Action.FEEDBACK_ANSWER, Action.LIVE_SPEAK
STATIONS, REGISTER = Action.STATION_READ, Action.STATION_MANAGE
TAKE, OFFER = Action.PROGRAMME_TAKE, Action.PROGRAMME_OFFER
RELAY, RELAYS = Action.RELAY_WRITE, Action.RELAY_APPROVE

# Citizens' feedback is for every role: a technician learns of a mute loudspeaker by it.
FOR_ALL = {Action.FEEDBACK_READ}
# Written from the issues' lists of offices, not from the table it is compared with.
EXPECTED = {
    Role.PROVINCE_EDITOR: {R, W, S, X, AREA, DELIVERY, DEVICE, HEAR, STOP, LOOK, TEACH, SPEAK, CHIME, REPLY, SHARE}
    | {RELAY, LIVE},
    Role.APPROVER: {R, V, X, AREA, DELIVERY, DEVICE, HEAR, STOP, Action.SLOT_GRANT, RULE, OVERRIDE, RELAYS},
    Role.COMMUNE_OPERATOR: {R, W, S, X, AREA, DELIVERY, DEVICE, HEAR, STOP, CALL, TEACH, SPEAK, CHIME, ANSWER, REPLY}
    | {RELAY, LIVE},
    Role.STATION: {R, W, S, AREA, DELIVERY, HEAR, TEACH, SPEAK, REPLY, RELAY},
    Role.EMERGENCY_OFFICER: {
        R,
        X,
        AREA,
        DELIVERY,
        DEVICE,
        HEAR,
        RAISE,
        SEND,
        CANCEL,
        STOP,
        LOOK,
        CALL,
        TEACH,
        SPEAK,
        OVERRIDE,
        LIVE,
    },
    Role.TECHNICIAN: {AREA, DELIVERY, DEVICE, Action.DEVICE_MANAGE, HEAR, STOP, LOOK},
    Role.AUDITOR: {R, AREA, DELIVERY, DEVICE, Action.AUDIT_READ, HEAR, LOOK},
    Role.ADMIN: {
        R,
        AREA,
        DELIVERY,
        DEVICE,
        Action.DEVICE_MANAGE,
        Action.AREA_MANAGE,
        CALL,
        Action.USER_MANAGE,
        Action.AUDIT_READ,
        HEAR,
        LOOK,
        RULE,
    },
}

# People who see bulletins see the stations' programmes of them; the province keeps the register.
OF_STATIONS: dict[Role, set[Action]] = {
    Role.PROVINCE_EDITOR: {STATIONS, REGISTER, OFFER},
    Role.APPROVER: {STATIONS},
    Role.COMMUNE_OPERATOR: {STATIONS},
    Role.STATION: {STATIONS, TAKE, OFFER},
    Role.EMERGENCY_OFFICER: {STATIONS},
    Role.TECHNICIAN: set(),
    Role.AUDITOR: {STATIONS},
    Role.ADMIN: {STATIONS, REGISTER},
}
# People who see devices and answer for the sound, or look after devices, may ask for a visit.
ASKS_FOR_WORK = {
    *(Role.PROVINCE_EDITOR, Role.COMMUNE_OPERATOR, Role.EMERGENCY_OFFICER, Role.TECHNICIAN, Role.ADMIN),
}


def area(area_id: AreaId, parent: AreaId | None, *predecessors: AreaId, closed: bool = False) -> Area:
    return Area(area_id, area_id, "x", parent, SINCE, REFORM if closed else None, predecessors=predecessors)


TREE = AreaTree(
    [
        area(PROVINCE, None),
        area(DISTRICT, PROVINCE),
        area(COMMUNE, DISTRICT, OLD, SPLIT),
        area(NEIGHBOUR, DISTRICT, SPLIT),
        area(ELSEWHERE, None),
        area(OLD_DISTRICT, None, closed=True),
        area(OLD, OLD_DISTRICT, closed=True),
        area(SPLIT, OLD_DISTRICT, closed=True),
    ]
)


def somebody(*grants: tuple[Role, AreaId]) -> Actor:
    return Actor(UserId("u"), "U", tuple(Grant(role, area_id) for role, area_id in grants))


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)), ids=str)
def test_each_role_may_do_what_its_office_is_for_and_nothing_else(role: Role, action: Action) -> None:
    expected = EXPECTED[role] | OF_STATIONS[role] | FOR_ALL
    expected |= {Action.WORK_ASK} if role in ASKS_FOR_WORK else set()
    assert may(somebody((role, COMMUNE)), action, COMMUNE, TREE) is (action in expected)


def test_every_role_is_in_the_table() -> None:
    assert set(ROLE_ACTIONS) == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_no_office_both_writes_and_reviews(role: Role) -> None:
    assert not {W, V} <= ROLE_ACTIONS[role]


@pytest.mark.parametrize("role", list(Role))
def test_whoever_can_send_alerts_speak_live_or_make_users_needs_a_second_factor(role: Role) -> None:
    dangerous = not {RAISE, SEND, CANCEL, Action.LIVE_SPEAK, Action.USER_MANAGE}.isdisjoint(EXPECTED[role])
    assert (role in SECOND_FACTOR_ROLES) is dangerous
    assert needs_second_factor((Grant(Role.AUDITOR, COMMUNE), Grant(role, COMMUNE))) is dangerous


def test_the_right_to_stop_what_sounds_asks_for_no_second_factor() -> None:
    assert {role for role in Role if STOP in EXPECTED[role]} - SECOND_FACTOR_ROLES == {
        Role.APPROVER,
        Role.TECHNICIAN,
    }


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_the_admin_makes_users(role: Role) -> None:
    assert Action.USER_MANAGE not in ROLE_ACTIONS[role]


@pytest.mark.parametrize(
    ("held_at", "asked_for", "allowed"),
    [
        (PROVINCE, PROVINCE, True),
        (PROVINCE, COMMUNE, True),
        (DISTRICT, COMMUNE, True),
        (COMMUNE, DISTRICT, False),
        (COMMUNE, NEIGHBOUR, False),
        (PROVINCE, ELSEWHERE, False),
        (COMMUNE, AreaId("nowhere"), False),
    ],
)
def test_a_role_holds_at_its_node_and_below(held_at: AreaId, asked_for: AreaId, allowed: bool) -> None:
    assert may(somebody((Role.APPROVER, held_at)), V, asked_for, TREE) is allowed


@pytest.mark.parametrize(
    ("held_at", "closed", "allowed"),
    [
        ([COMMUNE], OLD, True),
        ([NEIGHBOUR], OLD, False),
        ([COMMUNE], SPLIT, False),
        ([COMMUNE, NEIGHBOUR], SPLIT, True),
        ([DISTRICT], OLD_DISTRICT, True),
        ([COMMUNE], OLD_DISTRICT, False),
        ([OLD], OLD, True),
    ],
)
def test_a_closed_area_is_in_the_hands_of_who_holds_all_it_became(
    held_at: list[AreaId], closed: AreaId, allowed: bool
) -> None:
    actor = somebody(*((Role.APPROVER, area_id) for area_id in held_at))
    assert may(actor, V, closed, TREE) is allowed


def test_a_closed_area_without_successors_is_left_to_its_old_holders() -> None:
    tree = AreaTree([area(PROVINCE, None), area(OLD, None, closed=True)])
    assert not may(somebody((Role.APPROVER, PROVINCE)), V, OLD, tree)


def test_an_old_right_gives_nothing_at_the_new_place() -> None:
    assert not may(somebody((Role.APPROVER, OLD)), V, COMMUNE, TREE)


def test_roles_are_not_mixed_across_areas() -> None:
    actor = somebody((Role.APPROVER, COMMUNE), (Role.COMMUNE_OPERATOR, NEIGHBOUR))
    assert not may(actor, W, COMMUNE, TREE)
    assert not may(actor, V, NEIGHBOUR, TREE)


def test_without_an_area_a_right_anywhere_is_enough() -> None:
    assert may(somebody((Role.ADMIN, COMMUNE)), Action.USER_MANAGE, None, TREE)
    assert not may(somebody(), R, None, TREE)


def test_the_refusal_names_every_area_and_why() -> None:
    actor = somebody((Role.APPROVER, COMMUNE))
    with pytest.raises(NotAllowedError) as caught:
        Policy().require(actor, V, [COMMUNE, NEIGHBOUR, ELSEWHERE], TREE)
    assert (caught.value.reason, caught.value.areas) == ("AREA", (NEIGHBOUR, ELSEWHERE))


def test_who_has_the_right_nowhere_is_told_it_is_the_role() -> None:
    for areas in ([COMMUNE], []):
        with pytest.raises(NotAllowedError) as caught:
            Policy().require(somebody((Role.APPROVER, COMMUNE)), W, areas, TREE)
        assert caught.value.reason == "ROLE"


def test_what_is_allowed_passes() -> None:
    actor = somebody((Role.APPROVER, DISTRICT))
    Policy().require(actor, V, [COMMUNE, NEIGHBOUR], TREE)
    Policy().require(actor, V, [], TREE)


def test_one_sees_what_lies_below_and_what_addresses_it() -> None:
    seen = visible_areas(somebody((Role.COMMUNE_OPERATOR, COMMUNE)), R, TREE)
    assert seen == {COMMUNE, DISTRICT, PROVINCE, OLD, SPLIT, OLD_DISTRICT}


EVERYTHING = tuple((role, COMMUNE) for role in Role)


@pytest.mark.parametrize("action", list(Action))
def test_a_token_does_what_its_scopes_and_its_persons_roles_both_give(action: Action) -> None:
    for scope in TokenScope:
        token = replace(somebody(*EVERYTHING), token_actions=actions_of([scope]))
        assert may(token, action, COMMUNE, TREE) is (action in ACTIONS[scope] | ACTIONS[TokenScope.READ])
    powerless = replace(somebody(), token_actions=actions_of(TokenScope))
    assert not may(powerless, action, COMMUNE, TREE)


def test_every_action_is_in_one_scope_or_for_people_alone() -> None:
    assert sorted([*PERSON_ACTIONS, *(action for held in ACTIONS.values() for action in held)]) == sorted(Action)


@pytest.mark.parametrize("action", sorted(PERSON_ACTIONS))
def test_no_token_does_what_only_people_do(action: Action) -> None:
    token = replace(somebody(*EVERYTHING), token_actions=actions_of(TokenScope))
    with pytest.raises(TokenRefusedError, match="PERSON"):
        Policy().require(token, action, [COMMUNE], TREE)
    Policy().require(somebody(*EVERYTHING), action, [COMMUNE], TREE)


def test_a_token_is_told_what_it_was_not_made_for_and_a_person_what_they_may_not() -> None:
    token = replace(somebody(*EVERYTHING), token_actions=actions_of(READ_ONLY))
    with pytest.raises(TokenRefusedError, match="SCOPE"):
        Policy().require(token, W, [COMMUNE], TREE)
    with pytest.raises(NotAllowedError) as refused:
        Policy().require(replace(token, grants=()), W, [COMMUNE], TREE)
    assert not isinstance(refused.value, TokenRefusedError)
    Policy().require(token, R, [], TREE)
