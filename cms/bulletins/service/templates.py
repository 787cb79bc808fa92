"""Templates of bulletins: written in an area by people who may write bulletins there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareKind, TemplateId
from broadcast.speech.languages import LANGUAGES
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Shares, Templates
from cms.bulletins.service.draft_fields import NAME_MAX, TEXT_MAX, TITLE_MAX, TOPIC_MAX, area_problems
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, Problem, too_long
from province.events import Event
from province.people import Action
from province.wall_clock import local_date


@dataclass(frozen=True, slots=True)
class TemplateWording:
    """Content of a template as a person enters it."""

    name: str
    title: str
    text: str = ""
    topic: str = ""
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class Usable:
    """Template as an area may use it: its own, or by ``share``."""

    template: BulletinTemplate
    share: Share | None = None


def write(uow: UnitOfWork, *, area_id: AreaId, wording: TemplateWording, call: Call) -> BulletinTemplate:
    """Add a template to that area.

    Raises:
        NotAllowedError: the actor may not write there.
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        if problems := [*area_problems(area_id, "area", tree, local_date(call.now)), *problems_of(wording)]:
            raise InvalidError(problems)
        made = BulletinTemplate(
            TemplateId(call.new_id()),
            area_id,
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            **_typed(wording),
        )
        uow[Templates].put(made)
        uow.record(_event("written", made, call))
        uow.commit()
    return made


def rewrite(uow: UnitOfWork, template_id: TemplateId, *, wording: TemplateWording, call: Call) -> BulletinTemplate:
    """Change the template, also for all areas it is shared with. Bulletins made from it keep their text.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        InvalidError: with every problem.
    """
    with uow:
        old = uow[Templates].get(template_id)
        call.require(Action.BULLETIN_WRITE, [old.area_id], uow[Places].tree())
        if problems := problems_of(wording):
            raise InvalidError(problems)
        made = replace(
            old, changed_at=call.now, changed_by=call.actor.user_id, changed_by_name=call.actor.name, **_typed(wording)
        )
        uow[Templates].put(made)
        uow.record(_event("rewritten", made, call))
        uow.commit()
    return made


def forget(uow: UnitOfWork, template_id: TemplateId, *, call: Call) -> BulletinTemplate:
    """Delete the template and its shares, and return it.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
    """
    with uow:
        template = uow[Templates].get(template_id)
        call.require(Action.BULLETIN_WRITE, [template.area_id], uow[Places].tree())
        shares = uow[Shares].of(ShareKind.TEMPLATE, template_id)
        for share in shares:
            uow[Shares].remove(share.id)
        uow[Templates].remove(template_id)
        uow.record(_event("forgotten", template, call, shared_with=[share.area_id for share in shares]))
        uow.commit()
    return template


def usable_in(uow: UnitOfWork, area_id: AreaId) -> Sequence[Usable]:
    """Return the area's own templates, then those shared with it or above it, each once; within a unit of work.

    An area that it came out of by a reform counts as the area itself.
    """
    tree = uow[Places].tree()
    mine = tree.origins(area_id)
    own = [Usable(template) for template in uow[Templates].in_areas(mine)]
    given: dict[TemplateId, Share] = {}
    for share in uow[Shares].with_areas(tree.lineage(area_id), ShareKind.TEMPLATE):
        given.setdefault(TemplateId(share.subject_id), share)
    named = uow[Templates].named(given)
    return (*own, *(Usable(each, given[each.id]) for each in named if each.area_id not in mine))


def problems_of(wording: TemplateWording) -> list[Problem]:
    """Return everything wrong with a template."""
    lines = (
        ("name", wording.name, NAME_MAX),
        ("title", wording.title, TITLE_MAX),
        ("text", wording.text, TEXT_MAX),
        ("topic", wording.topic, TOPIC_MAX),
    )
    found = [Problem(name, "MISSING") for name, text, _ in lines[:2] if not text.strip()]
    found += [problem for line in lines for problem in too_long(*line)]
    if wording.language not in LANGUAGES:
        found.append(Problem("language", "LANGUAGE_UNKNOWN", {"language": wording.language[:40]}))
    return found


def _typed(wording: TemplateWording) -> dict[str, Any]:
    return {
        "name": wording.name.strip(),
        "title": wording.title.strip(),
        "text": wording.text,
        "topic": wording.topic,
        "priority": wording.priority,
        "language": wording.language,
    }


def _event(name: str, template: BulletinTemplate, call: Call, **detail: object) -> Event:
    told = {"area": template.area_id, "name": template.name, "title": template.title, **detail}
    return call.event(f"template.{name}", template.id, told)
