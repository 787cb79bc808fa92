"""Access control: the one place that decides whether an actor may do an action in an area."""

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
# Messages from and to other systems: for people who answer for them, and for technicians who run the machines.
_EXCHANGE = frozenset({Action.EXCHANGE_READ})
# The roles that speak to the public answer for it: commune, station and province.
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
    # Runs the system and writes no programme: a person who creates users must not be able to air without one.
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

# Roles with one of these need a second factor. Stopping sound is not among them: it must never wait.
SECOND_FACTOR_ACTIONS = frozenset(
    {Action.USER_MANAGE, Action.LIVE_SPEAK}
    | {action for action in Action if action.startswith("alert.")} - {Action.ALERT_READ}
)
# Done by a person at the console, never by a token, which has no second factor and is valid for months.
PERSON_ACTIONS = frozenset({Action.ALERT_APPROVE, Action.ALERT_CANCEL, Action.LIVE_SPEAK, Action.USER_MANAGE})
SECOND_FACTOR_ROLES = frozenset(
    role for role, actions in ROLE_ACTIONS.items() if not actions.isdisjoint(SECOND_FACTOR_ACTIONS)
)

# Given by two administrators: alone one of them could make both officers of an alert, or more administrators.
TWO_PERSON_ROLES = frozenset(
    role
    for role, actions in ROLE_ACTIONS.items()
    if not actions.isdisjoint({Action.ALERT_APPROVE, Action.ALERT_CANCEL, Action.USER_MANAGE})
)


def needs_second_factor(grants: Iterable[Grant]) -> bool:
    """Return whether a holder of these grants may use the system only with a second factor."""
    return any(grant.role in SECOND_FACTOR_ROLES for grant in grants)


def may(actor: Actor, action: Action, area_id: AreaId | None, tree: AreaTree) -> bool:
    """Return whether a grant of the actor allows this action there.

    A grant covers its area and all below. A closed area belongs to those who hold every area that succeeded it.
    Without an area (``None``): whether it is allowed anywhere. A token is limited to its scopes.
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
    """Return every area to list for the actor: those where ``action`` is allowed, and every area above them.

    A bulletin to the province is heard in the commune, so a reader there may read it.
    """
    here = [area.id for area in tree if may(actor, action, area.id, tree)]
    return frozenset(here).union(*(tree.lineage(area_id) for area_id in here))


class Policy:
    """Authority by the table of roles."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        """Check the right. Raises NotAllowedError; TokenRefusedError if only the person, not their token, has it."""
        wanted, person = tuple(areas), replace(actor, token_actions=None)
        refused = tuple(area_id for area_id in wanted if not may(person, action, area_id, tree))
        if refused or not may(person, action, None, tree):
            reason = "AREA" if may(person, action, None, tree) else "ROLE"
            raise NotAllowedError(action, reason, refused)
        if actor.token_actions is not None and action not in actor.token_actions:
            raise TokenRefusedError(action, "PERSON" if action in PERSON_ACTIONS else "SCOPE", wanted)
