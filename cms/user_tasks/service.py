"""User tasks of a person, and the people who are asked."""

from collections.abc import Sequence
from datetime import datetime

from broadcast.alerts.model import Alert
from broadcast.bulletins.model import Bulletin
from broadcast.user_tasks.model import RightHolder, TaskHolder, UserTask
from broadcast.user_tasks.rules import tasks_of
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from cms.user_tasks.queries import RightHolders, open_matters
from province.areas import AreaTree
from province.people import Action


def tasks(
    uow: UnitOfWork, person: TaskHolder, tree: AreaTree, now: datetime, alerts: Sequence[Alert]
) -> Sequence[UserTask]:
    """List what waits for the person, what is due first at the top. Within a unit of work.

    ``alerts``: those that wait for a second person, which every page of the console has read.
    """
    return tasks_of(person, open_matters(uow.session, person, tree, alerts, now), tree, now)


def reviewers(uow: UnitOfWork, bulletin: Bulletin, now: datetime) -> Sequence[Sequence[RightHolder]]:
    """Return the people who may approve the bulletin, by level, the nearest first. Within a unit of work."""
    hands = (bulletin.author_id, bulletin.submitter_id, *bulletin.editors)
    people = RightHolders(uow.session, uow[Places].tree(), now)
    return people.of(Action.BULLETIN_REVIEW, bulletin.targets.areas, hands)
