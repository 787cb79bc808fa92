"""Scopes of API tokens: groups of actions, chosen when a token is created.

A token may do what its scopes and its user's roles both allow. Actions of people only (``policy.PERSON_ACTIONS``) are
in no scope.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from province.people import Action


class TokenScope(StrEnum):
    """Work that a token may do besides reading, which every token may."""

    READ = "read"
    BULLETINS = "bulletins"
    ALERT_DRAFTS = "alert-drafts"
    FEEDBACK = "feedback"
    STATIONS = "stations"
    DEVICES = "devices"
    STOP = "stop"
    RULES = "rules"


_READ: Final = frozenset({action for action in Action if action.endswith(".read")})
ACTIONS: Final[dict[TokenScope, frozenset[Action]]] = {
    TokenScope.READ: _READ,
    TokenScope.BULLETINS: frozenset(
        {
            Action.BULLETIN_WRITE,
            Action.BULLETIN_SUBMIT,
            Action.BULLETIN_REVIEW,
            Action.BULLETIN_WITHDRAW,
            Action.SLOT_GRANT,
            Action.INBOX_ANSWER,
            Action.WORD_TEACH,
            Action.PHRASE_RECORD,
            Action.CHIME_SET,
            Action.SHARE_DOWN,
            Action.RELAY_WRITE,
            Action.RELAY_APPROVE,
            Action.FREEZE_OVERRIDE,
        }
    ),
    TokenScope.ALERT_DRAFTS: frozenset({Action.ALERT_RAISE}),
    TokenScope.FEEDBACK: frozenset({Action.FEEDBACK_ANSWER}),
    TokenScope.STATIONS: frozenset({Action.STATION_MANAGE, Action.PROGRAMME_TAKE, Action.PROGRAMME_OFFER}),
    TokenScope.DEVICES: frozenset({Action.DEVICE_MANAGE, Action.WORK_ASK}),
    TokenScope.STOP: frozenset({Action.SOUND_STOP}),
    TokenScope.RULES: frozenset({Action.RULE_SET, Action.AREA_MANAGE, Action.CONTACT_WRITE}),
}
READ_ONLY: Final = (TokenScope.READ,)


def actions_of(scopes: Iterable[TokenScope]) -> frozenset[Action]:
    """Return every action of these scopes; reading is always among them."""
    return _READ.union(*(ACTIONS[scope] for scope in scopes))
