"""Bulletin editor. A refused form is shown again with everything typed and each problem at its field."""

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import Response, redirect, render_template, request, url_for

from broadcast.bulletins import targeting
from broadcast.bulletins.blanks import blanks, filled
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.official_papers import OfficialPaper
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.titles import made_title
from broadcast.relays.model import SourceState
from cms.accounts.service.read_access import require_readable
from cms.boards.views import boards
from cms.bulletins import forms as bulletin_form
from cms.bulletins.forms import BulletinForm
from cms.bulletins.model import Autosave
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import Draft, problems_of
from cms.bulletins.views import autosaves, bulletin_parts, papers, templates, uploads
from cms.platform.web import area_picker, formats, messages, request_context, unsaved
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.relays.repository import RelaySources
from cms.schedule.forms import schedule as schedule_form
from cms.schedule.forms.schedule import ScheduleForm
from cms.speech.views import spoken
from devices.boards.errors import NoPictureError
from province.areas import AreaId
from province.errors import ConflictError, FrozenError, InvalidError, Problem
from province.people import Action
from province.policy import visible_areas

CHECK: Final = "check"
"""Act of the button that saves and leads to the check of everything before it is sent."""


@pages.get("/bulletins/new")
def new_bulletin() -> Answer:
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    nodes = area_picker.forest(messages.tree(), bulletin_form.NOWHERE, request_context.today())
    only = (nodes[0].id,) if len(nodes) == 1 and not nodes[0].children else ()
    template = templates.chosen(request.args.get("template", ""))
    asked = request.args.get("area", "")
    may_write = asked in messages.tree() and request_context.can(Action.BULLETIN_WRITE, AreaId(asked), messages.tree())
    first = ScheduleForm("1", on=request.args.get("on", ""), at=request.args.get("at", ""))
    begun = BulletinForm(areas=(AreaId(asked),) if may_write else only, rows=(first,))
    begun = begun if template is None else bulletin_form.begun_with(template, begun)
    translates = request.args.get("version_of", "")
    source = _source(request.args.get("again", "") or request.args.get("copy", "") or translates)
    if source is not None:
        tree, on = messages.tree(), request_context.today()
        leaves = targeting.leaf_areas(source.targets, tree, on)
        mine = tuple(each for each in leaves if request_context.can(Action.BULLETIN_WRITE, each, tree))
        at = formats.local(call().now).replace(tzinfo=None) if "again" in request.args else None
        begun = bulletin_form.translated(source, mine) if translates else bulletin_form.copied(source, mine, at)
    wanted = BulletinId(request_context.key_of(request.args.get("draft", "")))
    form, kept = autosaves.taken_up(begun, wanted)
    if "draft" in request.args and autosaves.stored(wanted) is not None:
        return redirect(url_for("web.edit_bulletin" if kept else "web.bulletin", bulletin_id=wanted))
    return _page(form, None, [], kept=kept)


@pages.post("/bulletins/new")
def create_bulletin() -> Answer:
    """Create the bulletin; a form sent once more changes the one that it made."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    made = autosaves.stored(BulletinId(request.form.get("draft", "")))
    return _take(None) if made is None else _take(_editable(made.id), "1")


@pages.get("/bulletins/<bulletin_id>/edit")
def edit_bulletin(bulletin_id: str) -> Answer:
    found = _editable(bulletin_id)
    form, kept = autosaves.taken_up(_shown(found), found.id)
    is_behind = autosaves.is_behind(form, found)
    form = replace(form, version=str(found.version)) if is_behind else form
    return _page(form, found, [], is_conflict=is_behind, kept=kept)


@pages.post("/bulletins/<bulletin_id>/edit")
def save_bulletin(bulletin_id: str) -> Answer:
    return _take(_editable(bulletin_id))


@pages.post("/bulletins/schedule-rows")
def schedule_rows() -> Response:
    """Render the schedule builder after one of its buttons; nothing is saved."""
    request_context.require(Action.BULLETIN_WRITE, (), messages.tree())
    rows = schedule_form.changed(schedule_form.typed(request.form), request.form.get("act", ""))
    chosen = area_picker.targets_of(request.form.getlist("areas"), messages.tree(), request_context.today()).areas
    html = render_template("bulletins/_schedules.html", rows=rows, chosen_areas=chosen, problems=messages.by_field(()))
    # The check beside them looks at what stands there now.
    return Response(html, headers={"HX-Trigger-After-Swap": "times"})


def _shown(found: Bulletin) -> BulletinForm:
    """Return the form of a stored bulletin with its paper; what its targets exclude is not ticked."""
    paper, targets = papers.paper_of(found), found.targets
    sealed = papers.sealed(paper.sha256) if paper else ""
    form = bulletin_form.with_paper(bulletin_form.shown(found), paper, sealed)
    if not targets.exclude:
        return form
    return replace(form, areas=targeting.leaf_areas(targets, messages.tree(), request_context.today()))


def _kept_targets(draft: Draft, found: Bulletin | None) -> Draft:
    """Return the draft; where the same places are ticked as before, with the targets as they were, exclusions too."""
    if found is None or not found.targets.exclude:
        return draft
    tree, on = messages.tree(), request_context.today()
    is_same = targeting.leaf_areas(draft.targets, tree, on) == targeting.leaf_areas(found.targets, tree, on)
    return replace(draft, targets=found.targets) if is_same else draft


def _source(copied_id: str) -> Bulletin | None:
    """Return the bulletin that the new one begins as a copy of; None if none is named."""
    if not copied_id:
        return None
    with request_context.context().uow.reading() as uow:
        found, tree = uow[Bulletins].get(BulletinId(copied_id)), messages.tree(uow)
    require_readable(request_context.actor(), found, tree)
    return found


def _editable(bulletin_id: str) -> Bulletin:
    with request_context.context().uow.reading() as uow:
        found = uow[Bulletins].get(BulletinId(bulletin_id))
        tree = messages.tree(uow)
    require_readable(request_context.actor(), found, tree)
    request_context.require(Action.BULLETIN_WRITE, found.targets.areas, tree)
    return found


def _take(found: Bulletin | None, seen_version: str = "") -> Answer:
    form, unfit = _with_file(BulletinForm.of(request.form))
    form = replace(form, version=form.version or seen_version)
    # With scripts the blanks are filled while one types, and nothing is sent for them.
    sent = request.form
    title, text = filled(form.title, sent.getlist("blank_title")), filled(form.text, sent.getlist("blank_text"))
    form = replace(form, title=title or (made_title(text) if form.kind == "text" else ""), text=text)
    act = request.form.get("act", "save")
    if act not in {"save", CHECK}:
        form = replace(form, rows=tuple(schedule_form.changed(list(form.rows), act)))
        return _page(form, found, [])
    draft, problems = bulletin_form.draft_of(form, messages.tree(), request_context.today())
    draft = _kept_targets(draft, found)
    like = found or _source(form.copied_from)
    if like is not None and draft.original_sha256 == like.original_sha256:
        draft = replace(draft, cues=like.cues)
    paper = papers.unsealed(bulletin_form.paper_of(form, problems), papers.paper_of(found) if found else None)
    problems += [*unfit, *_passed(draft.schedules, found)]
    if draft.board is not None and not request_context.context().has_picture(draft.board.look.picture):
        problems.append(Problem("board_picture", "NO_PICTURE"))
    if draft.original_sha256 and not request_context.context().content.has(draft.original_sha256):
        problems.append(Problem("recording", "RECORDING_UNKNOWN"))
    if problems:
        # Problems of the form are shown together with those that the rules find.
        rules = [*problems_of(draft, messages.tree(), request_context.today())]
        return _page(form, found, [*problems, *rules]), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with redisplay(_page, form, found, not_yours="areas"):
            saved = _save(draft, found, form, paper)
    except (ConflictError, FrozenError) as error:
        is_conflict = isinstance(error, ConflictError)
        again = replace(form, version=str(error.actual)) if isinstance(error, ConflictError) else form
        return _page(again, found, [], is_conflict=is_conflict), HTTPStatus.CONFLICT
    if act == CHECK:
        return redirect(url_for("web.check_bulletin", bulletin_id=saved.id))
    return confirmed(_("Saved."), "web.bulletin", bulletin_id=saved.id)


def _passed(schedules: Iterable[Schedule], found: Bulletin | None) -> list[Problem]:
    """Refuse a single airing in the past, unless it is one that the bulletin had already.

    One in a session has no time of its own: the session tells whether it still takes anything.
    """
    now, had = formats.local(request_context.context().now()).replace(tzinfo=None), found.schedules if found else ()
    single = [each for each in schedules if not (each.rrule or each.session)]
    past = [each for each in single if each.starts <= now and each not in had]
    return [Problem(f"s-{each.id}-on", "IN_THE_PAST") for each in past]


def _with_file(form: BulletinForm) -> tuple[BulletinForm, list[Problem]]:
    """Return the form with the uploaded files: a browser without scripts sends them with the form."""
    try:
        taken = uploads.taken() if form.kind == "audio" else None
    except InvalidError as error:
        return form, list(error.problems)
    form = bulletin_form.with_recording(form, taken) if taken is not None else form
    is_missing = form.kind == "audio" and not form.original_sha256
    problems = [Problem("recording", "RECORDING_MISSING")] if is_missing else []
    try:
        return boards.with_picture(form), problems
    except NoPictureError:
        return form, [*problems, Problem("board_picture", "NO_PICTURE")]


def _save(draft: Draft, found: Bulletin | None, form: BulletinForm, paper: OfficialPaper) -> Bulletin:
    version, linked = form.version, BulletinId(form.version_of) if form.version_of else None
    if found is None:
        bulletin_id = request_context.key_of(request.form.get("draft", ""))
        try:
            made_by = call().with_id(bulletin_id)
            return drafts.create(new_unit(), draft=draft, call=made_by, paper=paper, version_of=linked)
        except ConflictError:  # the same form, pressed twice
            found, version = _editable(bulletin_id), "1"
    seen = request_context.typed_version(version, found)
    return drafts.edit(
        new_unit(), found.id, draft=draft, expected_version=seen, call=call(), ends_autosave=True, paper=paper
    )


def again(bulletin_id: str = "") -> str:
    """Render the form as sent, with nothing saved: its CSRF token was no longer valid."""
    form, unfit = _with_file(BulletinForm.of(request.form))
    return _page(form, _editable(bulletin_id) if bulletin_id else None, unfit, is_stale=True)


unsaved.FORMS_AGAIN.update({"web.create_bulletin": again, "web.save_bulletin": again})


def _page(
    form: BulletinForm,
    found: Bulletin | None,
    problems: Iterable[Problem],
    *,
    is_conflict: bool = False,
    is_stale: bool = False,
    kept: Autosave | None = None,
) -> str:
    tree = messages.tree()
    if form.bulletin_id == "":
        form = replace(form, bulletin_id=found.id if found else call().new_id())
    if request.method == "POST":
        form = autosaves.kept_with(form)
    targets = area_picker.targets_of(form.areas, tree, request_context.today())
    beside = messages.by_field(_beside(problem) for problem in problems)
    return render_template(
        "bulletins/editor.html",
        heading=_("Edit bulletin") if found else _("Write a bulletin"),
        action=request.path if found is None else url_for("web.save_bulletin", bulletin_id=found.id),
        typed=form,
        rows=form.rows,
        chosen_areas=targets.areas,
        nodes=area_picker.forest(tree, targets, request_context.today()),
        has_map=any(area.point is not None for area in tree),
        areas_count=len(targeting.leaf_areas(targets, tree, request_context.today())),
        problems=beside,
        conflict=is_conflict,
        stale=is_stale,
        kept=kept,
        blank_fields=[(name, each) for name in ("title", "text") for each in blanks(getattr(form, name))],
        unfinished=autosaves.others(form) if found is None and request.method == "GET" else (),
        freeze=bulletin_parts.freeze_of(found) if found else None,
        board_view=boards.typed_view(form),
        sources=_sources(form),
        **spoken.parts_of(form, form.sayings, tree),
        **(
            bulletin_parts.note_parts(found, can_settle=True, text=form.text)
            if found
            else {"bulletin": None, "notes": []}
        ),
    )


def _sources(form: BulletinForm) -> list[tuple[str, str]]:
    """Return the approved sources that the user may relay, and the one that the bulletin relays already."""
    seen = visible_areas(request_context.actor(), Action.BULLETIN_READ, messages.tree())
    with request_context.context().uow.reading() as uow:
        found = [
            each
            for each in uow[RelaySources].all()
            if each.id == form.relay_source or (each.state is SourceState.APPROVED and each.area_id in seen)
        ]
    return [("", _("Relay nothing")), *((each.id, each.name) for each in found)]


def _beside(problem: Problem) -> Problem:
    """Map the rules' name of a field to that of the form."""
    if problem.field in {"targets", "exclude"}:
        return replace(problem, field="areas")
    if problem.field.startswith("paper."):
        return replace(problem, field=problem.field.replace(".", "_"))
    return schedule_form.beside(problem)
