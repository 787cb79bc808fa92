"""Person as an administrator typed them, and everything that is wrong with it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from broadcast.alerts.orders import DeclarationRight
from broadcast.notifications.model import NotificationChannel, NotificationChoice
from broadcast.notifications.rules import problems_of as contact_problems
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError, Problem, problem_if
from province.people import Action, Grant, UserId
from province.policy import TWO_PERSON_ROLES

NAME_MOST: Final = 200
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Person to invite. ``levels`` name no person yet; ``phone`` has no spaces."""

    login: str
    name: str
    email: str = ""
    phone: str = ""
    grants: tuple[Grant, ...] = ()
    levels: tuple[DeclarationRight, ...] = ()

    @property
    def alone(self) -> tuple[Grant, ...]:
        """Rights that one administrator gives alone."""
        return tuple(grant for grant in self.grants if grant.role not in TWO_PERSON_ROLES)

    @property
    def together(self) -> tuple[Grant, ...]:
        """Rights that take a second administrator."""
        return tuple(grant for grant in self.grants if grant.role in TWO_PERSON_ROLES)


def contact_of(user_id: UserId, email: str, phone: str) -> NotificationChoice:
    """Return the first choice of a person: notified by every channel of which an address is known."""
    by_mail = (NotificationChannel.EMAIL,) if email else ()
    by_phone = (NotificationChannel.SMS,) if phone else ()
    return NotificationChoice(user_id, email, phone, (*by_mail, *by_phone))


def name_problems(name: str) -> list[Problem]:
    """Return what is wrong with the name of a person."""
    found = problem_if(not name, "name", "MISSING")
    return found + problem_if(len(name) > NAME_MOST, "name", "TOO_LONG", length=len(name), max=NAME_MOST)


def findings(
    drafts: Sequence[PersonDraft], taken: Collection[str], tree: AreaTree, call: Call
) -> Sequence[Sequence[Problem]]:
    """Return the problems of each draft. ``taken``: logins of the people there are."""
    times: Mapping[str, int] = Counter(draft.login for draft in drafts)
    return [_problems(draft, taken, times[draft.login], tree, call) for draft in drafts]


def _problems(draft: PersonDraft, taken: Collection[str], times: int, tree: AreaTree, call: Call) -> list[Problem]:
    found = problem_if(_LOGIN.fullmatch(draft.login) is None, "login", "LOGIN_SHAPE" if draft.login else "MISSING")
    found += problem_if(draft.login in taken, "login", "LOGIN_TAKEN", login=draft.login)
    found += problem_if(times > 1, "login", "LOGIN_TWICE", login=draft.login)
    found += name_problems(draft.name)
    found += contact_problems(contact_of(UserId(""), draft.email, draft.phone))
    found += problem_if(not draft.grants, "role", "MISSING")
    areas = {each.area_id for each in draft.grants} | {each.area_id for each in draft.levels}
    unknown = sorted(area_id for area_id in areas if area_id not in tree)
    found += problem_if(bool(unknown), "area", "AREA_UNKNOWN" if any(unknown) else "MISSING", area=", ".join(unknown))
    if not unknown:
        try:
            call.require(Action.USER_MANAGE, areas, tree)
        except NotAllowedError as error:
            names = [tree.get(AreaId(area_id)).name for area_id in error.areas]
            found.append(Problem("area", "NOT_YOURS", {"areas": ", ".join(names)}))
    return found
