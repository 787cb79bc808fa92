"""Sharing of templates and voices between areas."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from broadcast.speech.languages import LANGUAGES
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Shares, Templates
from cms.bulletins.service.revisions import NAME_MAX, TEXT_MAX, TITLE_MAX, TOPIC_MAX, area_problems
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import Problem, refuse, too_long
from province.events import Event
from province.people import Action
from province.wall_clock import local_date


def share(uow: UnitOfWork, *, kind: ShareKind, subject_id: str, area_id: AreaId, call: Call) -> Share:
    """Share it with that area and everything below it from now on. Idempotent.

    Raises:
        NotFoundError: no such template.
        NotAllowedError: the actor may not share in its area, or not with the one that is to have it.
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        origin_id = _origin_of(uow, kind, subject_id)
        call.require(Action.SHARE_DOWN, [each for each in (origin_id, area_id) if each in tree], tree)
        refuse(_problems(kind, origin_id, area_id, tree, call.now))
        held = next((each for each in uow[Shares].of(kind, subject_id) if each.area_id == area_id), None)
        if held is not None:
            return held
        made = Share(
            ShareId(call.new_id()), kind, subject_id, origin_id, area_id, call.now, call.actor.user_id, call.actor.name
        )
        uow[Shares].add(made)
        uow.record(_event("made", made, call))
        uow.commit()
    return made


def take_back(uow: UnitOfWork, share_id: ShareId, *, call: Call) -> Share:
    """Take the share back and return it. Bulletins and sounds made with it stay as they are.

    Raises:
        NotFoundError: no such share.
        NotAllowedError: the actor may not share with that area.
    """
    with uow:
        held = uow[Shares].get(share_id)
        call.require(Action.SHARE_DOWN, [held.area_id], uow[Places].tree())
        uow[Shares].remove(share_id)
        uow.record(_event("taken_back", held, call))
        uow.commit()
    return held


def voices_in(uow: UnitOfWork, reach: Sequence[AreaId]) -> Sequence[Share]:
    """Return the voices shared with any of these areas, the nearest area's first; within a unit of work."""
    place = {area_id: nearness for nearness, area_id in enumerate(reach)}
    found = uow[Shares].with_areas(reach, ShareKind.VOICE)
    return sorted(found, key=lambda each: place[each.area_id])


def _origin_of(uow: UnitOfWork, kind: ShareKind, subject_id: str) -> AreaId:
    """Return the area that owns it. Raises NotFoundError."""
    if kind is ShareKind.TEMPLATE:
        return uow[Templates].get(TemplateId(subject_id)).area_id
    return AreaId(subject_id)


def _problems(kind: ShareKind, origin_id: AreaId, area_id: AreaId, tree: AreaTree, now: datetime) -> list[Problem]:
    found = area_problems(area_id, "area", tree, local_date(now))
    if kind is ShareKind.VOICE and origin_id not in tree:
        found.append(Problem("subject", "AREA_UNKNOWN", {"area": origin_id[:40]}))
    # A voice is used everywhere below its area anyway, a template in its own.
    has_it = tree.is_within(area_id, origin_id) if kind is ShareKind.VOICE else area_id == origin_id
    if not found and has_it:
        found.append(Problem("area", "HAS_IT", {"area": area_id, "name": tree.get(area_id).name}))
    return found


def _event(name: str, held: Share, call: Call) -> Event:
    places = {"subject": held.subject_id, "origin": held.origin_id, "area": held.area_id}
    return call.event(f"share.{name}", held.id, kind=held.kind.value, **places)


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


def write_template(uow: UnitOfWork, *, area_id: AreaId, wording: TemplateWording, call: Call) -> BulletinTemplate:
    """Add a template to that area.

    Raises:
        NotAllowedError: the actor may not write there.
        InvalidError: with every problem.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.BULLETIN_WRITE, [area_id] if area_id in tree else (), tree)
        refuse([*area_problems(area_id, "area", tree, local_date(call.now)), *problems_of(wording)])
        made = BulletinTemplate(
            TemplateId(call.new_id()),
            area_id,
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            **_clean_wording(wording),
        )
        uow[Templates].put(made)
        uow.record(_template_event("written", made, call))
        uow.commit()
    return made


def rewrite_template(
    uow: UnitOfWork, template_id: TemplateId, *, wording: TemplateWording, call: Call
) -> BulletinTemplate:
    """Change the template, also for all areas it is shared with. Bulletins made from it keep their text.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        InvalidError: with every problem.
    """
    with uow:
        old = uow[Templates].get(template_id)
        call.require(Action.BULLETIN_WRITE, [old.area_id], uow[Places].tree())
        refuse(problems_of(wording))
        made = replace(
            old,
            changed_at=call.now,
            changed_by=call.actor.user_id,
            changed_by_name=call.actor.name,
            **_clean_wording(wording),
        )
        uow[Templates].put(made)
        uow.record(_template_event("rewritten", made, call))
        uow.commit()
    return made


def forget_template(uow: UnitOfWork, template_id: TemplateId, *, call: Call) -> BulletinTemplate:
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
        uow.record(_template_event("forgotten", template, call, shared_with=[share.area_id for share in shares]))
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


def _clean_wording(wording: TemplateWording) -> dict[str, Any]:
    return {**columns_of(wording), "name": wording.name.strip(), "title": wording.title.strip()}


def _template_event(name: str, template: BulletinTemplate, call: Call, **detail: object) -> Event:
    told = {"area": template.area_id, "name": template.name, "title": template.title, **detail}
    return call.event(f"template.{name}", template.id, **told)
