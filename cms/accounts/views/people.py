"""People: the list with its filters, the page of one person, and the form of an invitation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from broadcast.notifications.model import NotificationChoice
from broadcast.user_tasks.model import UserTaskKind
from cms.accounts.model import AccessRequest, Invitation, Token, User
from cms.accounts.queries import ListedPerson, PersonFilter, last_seen, listed_people
from cms.accounts.repository import AccessRequests, Invitations, People, SignInTallies
from cms.accounts.service import access_requests, people
from cms.accounts.service.people import Invited
from cms.accounts.service.person_drafts import PersonDraft
from cms.accounts.service.throttle import mark_of
from cms.accounts.service.vault import vault_of
from cms.alerts.labels import LEVEL
from cms.alerts.repository.alerts import Declarations
from cms.audit.queries import EventLine, events_of
from cms.notifications.labels import CHANNEL
from cms.notifications.repository import NotificationChoices
from cms.notifications.service.writer import NotificationWriter, available
from cms.notifications.views import inbox
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.platform.web.search import HITS, SearchHit
from cms.platform.web.wording import ROLE, options, word
from province.areas import AreaId, AreaTree
from province.errors import NotFoundError, Problem
from province.people import Action, Grant, Role, UserId
from province.policy import TWO_PERSON_ROLES

PAGE_ROWS: Final = 50
_HISTORY: Final = 30


@dataclass(frozen=True, slots=True)
class PersonForm:
    """Form of an invitation as typed."""

    login: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""
    area: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything on the page of one person. ``held_until_at``: sign-in is locked after wrong passwords."""

    user: User
    contact: NotificationChoice
    levels: Sequence[DeclarationRight]
    requests: Sequence[AccessRequest]
    invitation: Invitation | None
    has_factor: bool
    sessions: int
    seen_at: datetime | None
    held_until_at: datetime | None
    tokens: Sequence[Token]
    history: Sequence[EventLine]


@pages.get("/people")
def people_list() -> str:
    tree = messages.tree_for(Action.USER_MANAGE)
    asked = {name: request.args.get(name, "").strip()[:80] for name in ("q", "role", "area", "state")}
    area_id = asked["area"] if asked["area"] in tree else ""
    chosen = PersonFilter(
        asked["q"],
        Role(asked["role"]) if asked["role"] in set(Role) else None,
        frozenset(area.id for area in tree.subtree(AreaId(area_id))) if area_id else None,
        asked["state"],
    )
    number = max(1, int(text) if (text := request.args.get("page", "1")[:6]).isdecimal() else 1)
    with request_context.session() as session:
        everybody = listed_people(session)
        found = [each for each in _managed(everybody, tree) if chosen.fits(each)]
        rows = found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
        seen = last_seen(session, [each.user.id for each in rows])
        waiting = _waiting(session, tree)
    return render_template(
        "accounts/people.html",
        rows=rows,
        count=len(found),
        asked={name: value for name, value in asked.items() if value},
        number=number,
        has_more=len(found) > number * PAGE_ROWS,
        seen=seen,
        waiting=waiting,
        names={each.user.id: each.user.name for each in everybody},
        areas=area_picker.choices(Action.USER_MANAGE),
    )


@pages.get("/people/new")
def new_person() -> str:
    messages.tree_for(Action.USER_MANAGE)
    return _new_page(PersonForm(area=request.args.get("area", "")[:40]))


@pages.post("/people/new")
def invite_person() -> Answer:
    messages.tree_for(Action.USER_MANAGE)
    typed = PersonForm(**{name: request.form.get(name, "").strip()[:300] for name in PersonForm.__slots__})
    phone = "".join(sign for sign in typed.phone if sign not in " .-()")
    role, area_id = typed.role, AreaId(typed.area[:40])
    grants = (Grant(Role(role), area_id),) if role in set(Role) else ()
    level = level_typed(role, area_id, typed.level)
    draft = PersonDraft(typed.login.lower(), typed.name, typed.email, phone, grants, () if level is None else (level,))
    with redisplay(_new_page, typed):
        (invited,) = people.invite(new_unit(), [draft], vault=vault_of(context()), call=call(), writer=writer())
    return link_page(invited)


@pages.get("/people/<user_id>")
def person(user_id: str) -> str:
    return person_page(UserId(user_id))


def person_page(user_id: UserId, typed: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    found = _page(user_id)
    contact = {"name": found.user.name, "email": found.contact.email, "phone": found.contact.phone}
    return render_template(
        "accounts/person.html",
        person=found,
        typed=contact if typed is None else typed,
        problems=messages.by_field(problems),
        is_own=user_id == request_context.actor().user_id,
        now=call().now,
        **_choices(),
    )


def link_page(invited: Invited) -> str:
    """Show the link, once: it is not kept in a form that could be shown again."""
    with request_context.session() as session:
        contact = NotificationChoices(session).of([invited.user.id])[invited.user.id]
    usable = available(context().settings)
    return render_template(
        "accounts/person_link.html",
        invited=invited,
        link=context().settings.effective_public_url + invited.link,
        sent_by=[CHANNEL[each] for each in contact.channels if each in usable],
    )


def level_typed(role: str, area_id: AreaId, level: str, user_id: str = "") -> DeclarationRight | None:
    """Read the alert level of an officer; None for other roles, or if none is chosen."""
    if role != Role.EMERGENCY_OFFICER or level not in {str(int(each)) for each in AlertLevel}:
        return None
    return DeclarationRight(UserId(user_id), area_id, AlertLevel(int(level)))


def writer() -> NotificationWriter:
    return NotificationWriter(available(context().settings), context().new_id)


def waiting_count() -> int:
    """Count the requests that the user may decide; for the menu."""
    tasks, _news = inbox.mine()
    return sum(task.kind is UserTaskKind.ACCESS for task in tasks)


def found_people(words: str) -> Sequence[SearchHit]:
    """Find people whom the user manages, by name or login."""
    if not request_context.can_anywhere(Action.USER_MANAGE):
        return []
    with request_context.session() as session:
        found = [each for each in _managed(listed_people(session), messages.tree()) if PersonFilter(words).fits(each)]
    return [
        SearchHit(user.name, url_for("web.person", user_id=user.id), f"{user.login} · {_roles(user)}")
        for user in (each.user for each in found[:HITS])
    ]


def _roles(person: User) -> str:
    return ", ".join(dict.fromkeys(str(word(ROLE, each.role)) for each in person.grants))


def _managed(people: Sequence[ListedPerson], tree: AreaTree) -> Sequence[ListedPerson]:
    """Return those with a right in a place that the user manages; for a manager of all also those without any."""
    mine = frozenset(messages.held(Action.USER_MANAGE))
    is_whole = access_requests.roots(tree) <= mine
    return [
        each
        for each in people
        if any(grant.area_id in mine for grant in each.user.grants) or (is_whole and not each.user.grants)
    ]


def _waiting(session: Session, tree: AreaTree) -> Sequence[AccessRequest]:
    """List the requests about people whom the user manages, not those about the user."""
    found = AccessRequests(session).open(call().now)
    if not found:
        return []
    mine, own = frozenset(messages.held(Action.USER_MANAGE)), request_context.actor().user_id
    is_whole = access_requests.roots(tree) <= mine
    return [each for each in found if each.user_id != own and (each.area_ids <= mine if each.area_ids else is_whole)]


def _page(user_id: UserId) -> PersonPage:
    """Read the page. Raises NotFoundError where the user manages no place of the person."""
    tree, now = messages.tree_for(Action.USER_MANAGE), call().now
    with context().uow.reading() as unit:
        user, session = unit[People].get(user_id), unit.session
        mine = frozenset(messages.held(Action.USER_MANAGE))
        is_seen = any(grant.area_id in mine for grant in user.grants)
        if not is_seen and (user.grants or not access_requests.roots(tree) <= mine):
            raise NotFoundError("user", user_id)
        return PersonPage(
            user,
            unit[NotificationChoices].of([user_id])[user_id],
            unit[Declarations].of(user_id),
            unit[AccessRequests].open(now, user_id),
            unit[Invitations].open_of(user_id, now),
            unit[People].has_second_factor(user_id),
            len(unit[People].sessions_of(user_id, now)),
            last_seen(session, [user_id]).get(user_id),
            unit[SignInTallies].locked_until(mark_of(user.login), now),
            [each for each in unit[People].tokens(user_id) if each.is_good(now)],
            events_of(session, user_id, _HISTORY),
        )


def _new_page(typed: PersonForm, problems: Sequence[Problem] = ()) -> str:
    return render_template("accounts/person_new.html", typed=typed, problems=messages.by_field(problems), **_choices())


def _choices() -> dict[str, object]:
    return {
        "roles": options(ROLE),
        "together": [word(ROLE, role) for role in Role if role in TWO_PERSON_ROLES],
        "areas": area_picker.one_of(area_picker.outermost_first(Action.USER_MANAGE)),
        "alert_levels": [(str(int(level)), label) for level, label in LEVEL.items()],
    }
