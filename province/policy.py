"""May ACTOR do ACTION in AREA: the one place that decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from province.areas import AreaId, AreaTree
from province.errors import NotAllowedError, TokenRefusedError
from province.people import Action, Actor, Grant, Role

_READ = frozenset(
    {
        Action.BULLETIN_READ,
        Action.DELIVERY_READ,
        Action.AREA_READ,
        Action.ALERT_READ,
        Action.FEEDBACK_READ,
        Action.STATION_READ,
    }
)
# What other systems told us, and what they were told: for whoever answers for it, or for the machines that carry it.
_EXCHANGE = frozenset({Action.EXCHANGE_READ})
# Whoever is heard answers for it: commune, station and province.
_WRITE = _READ | {
    Action.BULLETIN_WRITE,
    Action.BULLETIN_SUBMIT,
    Action.WORD_TEACH,
    Action.PHRASE_RECORD,
    Action.FEEDBACK_ANSWER,
    Action.RELAY_WRITE,
}

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.PROVINCE_EDITOR: _WRITE
    | _EXCHANGE
    | {
        Action.BULLETIN_WITHDRAW,
        Action.CHIME_SET,
        Action.SHARE_DOWN,
        Action.DEVICE_READ,
        Action.WORK_ASK,
        Action.SOUND_STOP,
        Action.LIVE_SPEAK,
        Action.STATION_MANAGE,
        Action.PROGRAMME_OFFER,
    },
    Role.APPROVER: _READ
    | {
        Action.BULLETIN_REVIEW,
        Action.RELAY_APPROVE,
        Action.BULLETIN_WITHDRAW,
        Action.DEVICE_READ,
        Action.SOUND_STOP,
        Action.SLOT_GRANT,
        Action.RULE_SET,
        Action.FREEZE_OVERRIDE,
    },
    Role.COMMUNE_OPERATOR: _WRITE
    | {
        Action.BULLETIN_WITHDRAW,
        Action.CHIME_SET,
        Action.INBOX_ANSWER,
        Action.DEVICE_READ,
        Action.WORK_ASK,
        Action.SOUND_STOP,
        Action.LIVE_SPEAK,
        Action.CONTACT_WRITE,
    },
    Role.STATION: _WRITE | {Action.PROGRAMME_TAKE, Action.PROGRAMME_OFFER},
    Role.EMERGENCY_OFFICER: _READ
    | _EXCHANGE
    | {
        Action.BULLETIN_WITHDRAW,
        Action.WORD_TEACH,
        Action.PHRASE_RECORD,
        Action.DEVICE_READ,
        Action.WORK_ASK,
        Action.ALERT_RAISE,
        Action.ALERT_APPROVE,
        Action.ALERT_CANCEL,
        Action.SOUND_STOP,
        Action.LIVE_SPEAK,
        Action.FREEZE_OVERRIDE,
        Action.CONTACT_WRITE,
    },
    Role.TECHNICIAN: _EXCHANGE
    | frozenset(
        {
            Action.AREA_READ,
            Action.ALERT_READ,
            Action.DELIVERY_READ,
            Action.FEEDBACK_READ,
            Action.DEVICE_READ,
            Action.DEVICE_MANAGE,
            Action.WORK_ASK,
            Action.SOUND_STOP,
        }
    ),
    Role.AUDITOR: _READ | _EXCHANGE | {Action.DEVICE_READ, Action.AUDIT_READ},
    # Runs the system and writes no programme: who makes users must not be able to air by making none.
    Role.ADMIN: _READ
    | _EXCHANGE
    | {
        Action.DEVICE_READ,
        Action.DEVICE_MANAGE,
        Action.WORK_ASK,
        Action.AREA_MANAGE,
        Action.RULE_SET,
        Action.CONTACT_WRITE,
        Action.STATION_MANAGE,
        Action.USER_MANAGE,
        Action.AUDIT_READ,
    },
}

# Whoever may do one of these gives a second factor. Stopping what sounds is not among them: it must never wait.
SECOND_FACTOR_ACTIONS = frozenset(
    {Action.USER_MANAGE, Action.LIVE_SPEAK}
    | {action for action in Action if action.startswith("alert.")} - {Action.ALERT_READ}
)
# Done by a person at the console, never by a token: a token has no second factor and lives for months.
PERSON_ACTIONS = frozenset({Action.ALERT_APPROVE, Action.ALERT_CANCEL, Action.LIVE_SPEAK, Action.USER_MANAGE})
SECOND_FACTOR_ROLES = frozenset(
    role for role, actions in ROLE_ACTIONS.items() if not actions.isdisjoint(SECOND_FACTOR_ACTIONS)
)


def needs_second_factor(grants: Iterable[Grant]) -> bool:
    """Whether whoever holds these may use the system only with a second factor."""
    return any(grant.role in SECOND_FACTOR_ROLES for grant in grants)


def may(actor: Actor, action: Action, area_id: AreaId | None, tree: AreaTree) -> bool:
    """Whether a grant of the actor gives this action there.

    A grant holds at its node and below. A closed area is in the hands of those who hold everything it has become.
    Without an area (``None``): whether it is given anywhere. A token may do what it is for, and nothing else.
    """
    if actor.token_actions is not None and action not in actor.token_actions:
        return False
    held = frozenset(grant.area_id for grant in actor.grants if action in ROLE_ACTIONS[grant.role])
    if area_id is None:
        return bool(held)
    if area_id not in tree:
        return False
    if not held.isdisjoint(tree.chain(area_id)):
        return True
    if tree.get(area_id).valid_to is None:
        return False
    heirs = tree.heirs(area_id)
    return bool(heirs) and all(not held.isdisjoint(tree.chain(heir)) for heir in heirs)


def visible_areas(actor: Actor, action: Action, tree: AreaTree) -> frozenset[AreaId]:
    """Every area whose things the actor may see listed: where ``action`` is given, and what addresses those places.

    A bulletin to the province is heard in the commune, so who may read there may read it.
    """
    here = [area.id for area in tree if may(actor, action, area.id, tree)]
    return frozenset(here).union(*(tree.lineage(area_id) for area_id in here))


class Policy:
    """``broadcast.ports.Authority`` over ``may``."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        """Raises NotAllowedError; TokenRefusedError where the person might do it and their token may not."""
        wanted, person = tuple(areas), replace(actor, token_actions=None)
        refused = tuple(area_id for area_id in wanted if not may(person, action, area_id, tree))
        if refused or not may(person, action, None, tree):
            reason = "AREA" if may(person, action, None, tree) else "ROLE"
            raise NotAllowedError(action, reason, refused)
        if actor.token_actions is not None and action not in actor.token_actions:
            raise TokenRefusedError(action, "PERSON" if action in PERSON_ACTIONS else "SCOPE", wanted)
