"""Scopes of API tokens: groups of actions, chosen when a token is created.

A token may do what its scopes and its user's roles both allow. Actions of people only (``policy.PERSON_ACTIONS``) are
in no scope.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from province.people import Action


class Scope(StrEnum):
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
ACTIONS: Final[dict[Scope, frozenset[Action]]] = {
    Scope.READ: _READ,
    Scope.BULLETINS: frozenset(
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
    Scope.ALERT_DRAFTS: frozenset({Action.ALERT_RAISE}),
    Scope.FEEDBACK: frozenset({Action.FEEDBACK_ANSWER}),
    Scope.STATIONS: frozenset({Action.STATION_MANAGE, Action.PROGRAMME_TAKE, Action.PROGRAMME_OFFER}),
    Scope.DEVICES: frozenset({Action.DEVICE_MANAGE, Action.WORK_ASK}),
    Scope.STOP: frozenset({Action.SOUND_STOP}),
    Scope.RULES: frozenset({Action.RULE_SET, Action.AREA_MANAGE, Action.CONTACT_WRITE}),
}
READ_ONLY: Final = (Scope.READ,)


def actions_of(scopes: Iterable[Scope]) -> frozenset[Action]:
    """Return every action of these scopes; reading is always among them."""
    return _READ.union(*(ACTIONS[scope] for scope in scopes))
