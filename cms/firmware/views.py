"""Firmware screens: images, and the roll-outs with their progress."""

from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from cms.firmware import labels as firmware_labels
from cms.firmware.queries import member_counts, member_list, running_counts, settled_counts
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import packages
from cms.firmware.service import rollouts as rollout_service
from cms.firmware.service.rollouts import RolloutDraft, RolloutPreview
from cms.platform.web import area_picker, messages, refusals, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.firmware import rollout_progress
from devices.firmware.model import IN_FLIGHT, ImageId, MemberState, Rollout, RolloutAction, RolloutId, Wave
from devices.firmware.wave_membership import WaveExclusion
from province.areas import AreaId
from province.errors import NotFoundError, Problem
from province.people import Action
from province.policy import visible_areas

DEVICES_SHOWN = 50


@pages.get("/firmware")
def firmware(problems: Sequence[Problem] = ()) -> str:
    tree = messages.tree_for(Action.DEVICE_READ)
    mine = visible_areas(request_context.actor(), Action.DEVICE_READ, tree)
    with request_context.context().uow.reading() as uow:
        images = uow[FirmwareRecords].images()
        rollouts = [each for each in uow[FirmwareRecords].rollouts() if each.area_id in mine]
        counts = settled_counts(uow.session)
        runs = running_counts(uow.session)
    return render_template(
        "firmware/firmware.html",
        images=images,
        rollouts=rollouts,
        counts=counts,
        runs=runs,
        problems=messages.by_field(problems),
    )


def too_large() -> tuple[str, int]:
    """Answer an image that is too large; also used when the server refuses to read the request at all."""
    return firmware([Problem("package", "NO_PACKAGE")]), HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pages.post("/firmware/images")
@refusals.too_large_by(too_large)
def upload_image() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    context, sent = request_context.context(), request.files.get("package")
    with redisplay(firmware):
        image = packages.take(
            new_unit(),
            b"" if sent is None else sent.stream.read(packages.PACKAGE_MAX_BYTES + 1),
            keyring=context.keyring,
            content=context.content,
            call=call(),
        )
    flash(_("Firmware %(model)s number %(number)s is taken in.", model=image.model, number=image.number), "good")
    return redirect(url_for("web.firmware"))


@pages.get("/firmware/rollouts/new")
def new_rollout() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    if "area" not in request.args:
        return _form_page(_typed(request.args))
    draft = _typed(request.args)
    with redisplay(_form_page, draft), request_context.context().uow.reading() as uow:
        found = rollout_service.preview(uow, RolloutId(request_context.key_of(request.args.get("key", ""))), draft)
    return _form_page(draft, preview=found)


@pages.post("/firmware/rollouts/new")
def plan_rollout() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    draft = _typed(request.form)
    with redisplay(_form_page, draft):
        made = rollout_service.plan(
            new_unit(), RolloutId(request_context.key_of(request.form.get("key", ""))), draft=draft, call=call()
        )
    flash(_("The roll-out is planned. No device has been told: start with the canary."), "good")
    return redirect(url_for("web.rollout", rollout_id=made.id))


@pages.get("/firmware/rollouts/<rollout_id>")
def rollout(rollout_id: str) -> str:
    return _rollout_page(_seen(rollout_id))


@pages.get("/firmware/rollouts/<rollout_id>/figures")
def rollout_figures(rollout_id: str) -> str:
    """Render the figures, which the page polls while the roll-out runs."""
    found = _seen(rollout_id)
    return render_template("firmware/_rollout_figures.html", rollout=found, **_figures(found))


@pages.post("/firmware/rollouts/<rollout_id>/start")
def start_rollout(rollout_id: str) -> Answer:
    return _stepped(rollout_id, rollout_service.start, _("Started: the canary is updated first."))


@pages.post("/firmware/rollouts/<rollout_id>/release")
def release_rollout(rollout_id: str) -> Answer:
    return _stepped(rollout_id, rollout_service.release, _("Released: the other waves follow one by one."))


@pages.post("/firmware/rollouts/<rollout_id>/pause")
def pause_rollout(rollout_id: str) -> Answer:
    return _stepped(rollout_id, rollout_service.pause, _("Paused: no more devices are told."))


@pages.post("/firmware/rollouts/<rollout_id>/resume")
def resume_rollout(rollout_id: str) -> Answer:
    return _stepped(rollout_id, rollout_service.pause, _("It goes on."), is_paused=False)


@pages.post("/firmware/rollouts/<rollout_id>/stop")
def stop_rollout(rollout_id: str) -> Answer:
    why = request.form.get("why", "")
    return _stepped(
        rollout_id,
        rollout_service.stop,
        _("Stopped for good, and taken back from devices that have not tried it."),
        why=why,
    )


def _stepped(rollout_id: str, act: Callable[..., Rollout], said: str, **more: object) -> Answer:
    found = _seen(rollout_id)
    with redisplay(_rollout_page, found):
        request_context.step(act, found, **more)
    return confirmed(said, "web.rollout", rollout_id=found.id)


def _seen(rollout_id: str) -> Rollout:
    """Return the roll-out. Raises NotFoundError if it does not exist or the user may not see it."""
    tree = messages.tree_for(Action.DEVICE_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[FirmwareRecords].get(RolloutId(rollout_id))
    if found.area_id not in visible_areas(request_context.actor(), Action.DEVICE_READ, tree):
        raise NotFoundError("firmware_rollout", rollout_id)
    return found


def _typed(form: Any) -> RolloutDraft:
    return RolloutDraft(
        AreaId(form.get("area", "")[:40]),
        tuple(ImageId(each[:64]) for each in form.getlist("image")[:50]),
        form.get("title", "").strip()[: rollout_service.TITLE_MAX + 1],
    )


def _form_page(draft: RolloutDraft, problems: Sequence[Problem] = (), preview: RolloutPreview | None = None) -> str:
    with request_context.context().uow.reading() as uow:
        images = uow[FirmwareRecords].images()
    return render_template(
        "firmware/rollout_new.html",
        typed=draft,
        key=request_context.key_of(request.values.get("key", "")),
        images=images,
        areas=area_picker.options(area_picker.outermost_first(Action.DEVICE_MANAGE)),
        preview=None if preview is None else _previewed(preview),
        problems=messages.by_field(problems),
    )


def _previewed(preview: RolloutPreview) -> dict[str, Any]:
    """Return the counts by model and wave, and the counts of devices left out, by reason."""
    members = preview.choice.members
    by_image = Counter((each.image_id, each.wave) for each in members)
    return {
        "size": len(members),
        "waves": list(Wave),
        "models": [(image, [by_image[image.id, wave] for wave in Wave]) for image in preview.images],
        "left_out": sorted(
            Counter(preview.choice.left_out.values()).items(), key=lambda item: list(WaveExclusion).index(item[0])
        ),
    }


def _figures(found: Rollout) -> dict[str, Any]:
    with request_context.context().uow.reading() as uow:
        counts = member_counts(uow.session, found.id)
    lines = []
    for wave in Wave:
        states = Counter[MemberState]()
        for each in counts:
            if each.wave is wave:
                states[each.state] += each.count
        lines.append(
            (wave, firmware_labels.bar(states), states.total(), sum(states[each] for each in IN_FLIGHT), states)
        )
    reasons = Counter[tuple[MemberState, str]]()
    for each in counts:
        if each.code:
            reasons[each.state, each.code] += each.count
    return {"lines": lines, "reasons": reasons.most_common(), "done_state": MemberState.DONE, "states": MemberState}


def _rollout_page(found: Rollout, problems: Sequence[Problem] = ()) -> str:
    state = request.args.get("state", "")
    with request_context.context().uow.reading() as uow:
        page = member_list(
            uow.session,
            found.id,
            MemberState(state) if state in set(MemberState) else None,
            after=request.args.get("after", "")[:40],
            limit=DEVICES_SHOWN,
        )
        images = [image for each in found.image_ids if (image := uow[FirmwareRecords].find_image(each)) is not None]
    return render_template(
        "firmware/rollout.html",
        rollout=found,
        images=images,
        members=page.rows,
        next_cursor=page.next_cursor,
        state=state,
        may=_may(found),
        problems=messages.by_field(problems),
        **_figures(found),
    )


def _may(found: Rollout) -> dict[str, bool]:
    """Return the steps that the user may take now."""
    if not request_context.can(Action.DEVICE_MANAGE, found.area_id, messages.tree()):
        return {}
    steps = {action.value: (found.state, action) in rollout_progress.TRANSITIONS for action in RolloutAction}
    steps["release"] = steps["release"] and request_context.actor().user_id not in (found.created_by, found.started_by)
    runs = (found.state, RolloutAction.PASS) in rollout_progress.TRANSITIONS
    return {**steps, "pause": runs and found.paused_at is None, "resume": runs and found.paused_at is not None}
