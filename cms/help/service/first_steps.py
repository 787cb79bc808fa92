"""First steps of a newcomer, by role; each is done when the event log has the act."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from cms.help.queries import first_acts
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.people import Actor, Role

NEWCOMER_ACTS_MOST: Final = 500
"""With more acts than these a person is no newcomer; it also bounds what is read."""
PUT_AWAY: Final = "user.first_steps_put_away"


class FirstStep(StrEnum):
    """Something that a newcomer does once, to know the way."""

    PASSWORD = "password"  # noqa: S105 - no password
    NOTIFICATIONS = "notifications"
    WRITE = "write"
    SUBMIT = "submit"
    CONTACTS = "contacts"
    DECIDE = "decide"
    DRILL = "drill"
    TAKE_TICKET = "take_ticket"
    CHECK_DEVICE = "check_device"
    SEND_LOG = "send_log"
    OFFER = "offer"
    ADD_PERSON = "add_person"
    SET_RULES = "set_rules"


EVENTS: Final[Mapping[FirstStep, frozenset[str]]] = {
    FirstStep.PASSWORD: frozenset({"user.password_changed", "user.joined"}),
    FirstStep.NOTIFICATIONS: frozenset({"user.notifications_chosen"}),
    FirstStep.WRITE: frozenset({"bulletin.created"}),
    FirstStep.SUBMIT: frozenset({"bulletin.submitted"}),
    FirstStep.CONTACTS: frozenset({"area.contacts_set"}),
    FirstStep.DECIDE: frozenset({"bulletin.approved", "bulletin.returned", "bulletin.rejected"}),
    FirstStep.DRILL: frozenset({"alert.submitted"}),
    FirstStep.TAKE_TICKET: frozenset({"ticket.taken", "ticket.taken_over"}),
    FirstStep.CHECK_DEVICE: frozenset({"ticket.checked"}),
    FirstStep.SEND_LOG: frozenset({"station.reported"}),
    FirstStep.OFFER: frozenset({"offer.offered"}),
    FirstStep.ADD_PERSON: frozenset({"user.added", "user.invited"}),
    FirstStep.SET_RULES: frozenset({"area.rules_set"}),
}
"""Events of which one shows that the step is done."""
_EVERYBODY: Final = (FirstStep.PASSWORD, FirstStep.NOTIFICATIONS)
_OF_ROLE: Final[Mapping[Role, tuple[FirstStep, ...]]] = {
    Role.COMMUNE_OPERATOR: (FirstStep.WRITE, FirstStep.SUBMIT, FirstStep.CONTACTS),
    Role.PROVINCE_EDITOR: (FirstStep.WRITE, FirstStep.SUBMIT),
    Role.APPROVER: (FirstStep.DECIDE,),
    Role.STATION: (FirstStep.SEND_LOG, FirstStep.OFFER),
    Role.EMERGENCY_OFFICER: (FirstStep.CONTACTS, FirstStep.DRILL),
    Role.TECHNICIAN: (FirstStep.TAKE_TICKET, FirstStep.CHECK_DEVICE),
    Role.ADMIN: (FirstStep.ADD_PERSON, FirstStep.SET_RULES),
    Role.AUDITOR: (),
}


def steps_of(actor: Actor) -> Sequence[FirstStep]:
    """Return the first steps of the person's roles, each once."""
    held = {grant.role for grant in actor.grants}
    own = (step for role in Role if role in held for step in _OF_ROLE[role])
    return tuple(dict.fromkeys((*_EVERYBODY, *own)))


def first_steps(session: Session, actor: Actor) -> Sequence[tuple[FirstStep, bool]]:
    """Return the person's first steps and which are done; none once all are, or they were put away."""
    acts = first_acts(session, actor.user_id, NEWCOMER_ACTS_MOST + 1)
    if PUT_AWAY in acts or sum(acts.values()) > NEWCOMER_ACTS_MOST:
        return ()
    steps = [(step, not EVENTS[step].isdisjoint(acts)) for step in steps_of(actor)]
    return () if all(is_done for _, is_done in steps) else steps


def put_away(uow: UnitOfWork, *, call: Call) -> None:
    """Put the person's first steps away for good."""
    with uow:
        uow.record(call.event(PUT_AWAY, call.actor.user_id))
        uow.commit()
