"""Participants of a training world with what each has passed, read from what the server stored."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.training.model import Participant, PracticeAct
from cms.training.queries import acts_of, bulletins_at
from cms.training.service.marks import AT, EVENTS, exercises_of, passed_at
from province.areas import AreaTree
from province.people import Action, Actor, UserId
from province.policy import may


def participant(session: Session, user_id: UserId) -> Participant:
    """Return the person with their marks. Raises NotFoundError."""
    (found,) = _marked(session, [People(session).get(user_id)], acts_of(session, EVENTS, user_id))
    return found


def participants(session: Session, organiser: Actor, tree: AreaTree) -> Sequence[Participant]:
    """List those who have exercises in the places of which the organiser may read the audit log, by name."""
    people = [each for each in People(session).all() if each.disabled_at is None and _is_seen(each, organiser, tree)]
    marked = _marked(session, people, acts_of(session, EVENTS))
    return sorted((each for each in marked if each.exercises), key=lambda each: (each.name, each.user_id))


def _is_seen(user: User, organiser: Actor, tree: AreaTree) -> bool:
    return any(may(organiser, Action.AUDIT_READ, grant.area_id, tree) for grant in user.grants)


def _marked(session: Session, people: Sequence[User], acts: Sequence[PracticeAct]) -> list[Participant]:
    submitted = {each.subject_id for each in acts if each.name == "bulletin.submitted"}
    at_the_time = bulletins_at(session, submitted, AT)
    by_person: dict[UserId, list[PracticeAct]] = {}
    for act in acts:
        by_person.setdefault(act.by, []).append(act)
    found = []
    for user in people:
        roles = frozenset(grant.role for grant in user.grants)
        exercises = exercises_of(roles)
        passed = passed_at(by_person.get(user.id, ()), at_the_time)
        areas = tuple(dict.fromkeys(grant.area_id for grant in user.grants))
        marks = {each: passed[each] for each in exercises if each in passed}
        found.append(Participant(user.id, user.name, roles, areas, exercises, marks))
    return found
