"""Application set-up: registers the console on a Flask app."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, url_for
from flask_babel import get_locale

from cms.accounts.views import account, second_factor, signing_in
from cms.alerts.labels import alerts as alert_labels
from cms.alerts.views import alerts, drills, unknown_orders
from cms.alerts.views import decisions as alert_deciding
from cms.alerts.views import looks as alert_looks
from cms.alerts.views import page as alert_seeing
from cms.alerts.views import raising as alert_raising
from cms.alerts.views import recordings as alert_recordings
from cms.alerts.views import stops as stopping
from cms.areas.views import contacts as contacting
from cms.areas.views import map_ground
from cms.areas.views import rules as ruling
from cms.audit import views as audit_log
from cms.boards.views import boards
from cms.boards.views import screens as board_screens
from cms.bulletins.views import actions as acts
from cms.bulletins.views import (
    approval_parts,
    approvals,
    bulletins,
    chimes,
    editor,
    remarks,
    sharing,
    signatures,
    sounds,
)
from cms.bulletins.views import cues as cueing
from cms.bulletins.views import templates as bulletin_templates
from cms.commands.views import batches as commands
from cms.commands.views import device as acting
from cms.commands.views import maintenance, self_test_hours
from cms.exchange.views import central as exchange_central
from cms.exchange.views import check as exchange_check
from cms.exchange.views import exchange
from cms.feedback import views as feedback
from cms.firmware import views as firmware
from cms.fleet.views import claims as claiming
from cms.fleet.views import devices, tabs
from cms.fleet.views import filters as device_filters
from cms.fleet.views import lifecycle as identity
from cms.fleet.views import overview as fleet
from cms.fleet.views import registrations as boxes
from cms.health.views import duties, fault_map, faults
from cms.inbox import views as inbox
from cms.live.views import live
from cms.live.views import recordings as live_recordings
from cms.platform.context import Context
from cms.platform.web import (
    content,
    formats,
    languages,
    metrics,
    refusals,
    resuming,
    security,
    server_state,
    sound_refusals,
    unsaved,
    upload_parts,
    uploads,
    wording,
)
from cms.platform.web.clean_request import CleanRequest
from cms.platform.web.languages import _
from cms.platform.web.request_context import EXTENSION, can_anywhere, pages, visitor
from cms.public.views import feedback as intake
from cms.public.views import feeds, open_data
from cms.public.views import pages as public_pages
from cms.public.views import past_alerts as past
from cms.public.views.request_context import other_language, public
from cms.relays import labels as relay_labels
from cms.relays import views as relays
from cms.reports.views import files as report_files
from cms.reports.views import reports
from cms.schedule.views import as_run, calendar, calendar_feeds, date_sets, deliveries, not_ready, slots, today, why
from cms.schedule.views import missed as making_good
from cms.schedule.views import moves as moving
from cms.speech.views import phrases, pronunciations, spoken, voices
from cms.stations.views import shelf as station_shelf
from cms.stations.views import stations
from cms.tickets import forms as ticket_form
from cms.tickets.views import tickets
from cms.tickets.views import work_list as work
from cms.translations import DEFAULT
from province.people import Action

# Importing a screen registers its routes on the blueprint.
SCREENS = (
    account,
    acting,
    commands,
    maintenance,
    self_test_hours,
    slots,
    approval_parts,
    remarks,
    ruling,
    acts,
    alert_deciding,
    alert_raising,
    alert_recordings,
    alerts,
    approvals,
    as_run,
    audit_log,
    board_screens,
    boards,
    boxes,
    bulletin_templates,
    bulletins,
    calendar,
    calendar_feeds,
    chimes,
    claiming,
    contacting,
    cueing,
    content,
    date_sets,
    deliveries,
    device_filters,
    devices,
    drills,
    duties,
    editor,
    exchange,
    exchange_central,
    exchange_check,
    fault_map,
    faults,
    feedback,
    identity,
    firmware,
    fleet,
    inbox,
    live,
    live_recordings,
    phrases,
    relays,
    making_good,
    map_ground,
    metrics,
    moving,
    not_ready,
    report_files,
    reports,
    resuming,
    second_factor,
    sharing,
    signatures,
    signing_in,
    sounds,
    spoken,
    station_shelf,
    stations,
    stopping,
    ticket_form,
    tickets,
    today,
    unknown_orders,
    upload_parts,
    uploads,
    voices,
    why,
    pronunciations,
    work,
)
PUBLIC_SCREENS = (feeds, intake, open_data, past, public_pages)
_STATIC = Path(__file__).parent / "static"
_YEAR_S = 365 * 86_400


def install(app: Flask, context: Context) -> None:
    settings = context.settings
    app.request_class = CleanRequest
    app.extensions[EXTENSION] = context
    security.install(
        app,
        security.web_secret(settings.keys_dir),
        upload_max_bytes=settings.upload_max_mb * 1024 * 1024,
        session_hours=settings.session_hours,
    )
    languages.install(app)
    formats.install(app)
    refusals.install(app)
    unsaved.install(app)
    server_state.install(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset, wording=wording, word=wording.word, alert_words=alert_labels, alert_looks=alert_looks
    )
    app.jinja_env.globals.update(other_language=other_language, how_it_went=relay_labels.how_it_went)
    app.jinja_env.globals.update(relay_sentence=relay_labels.public_sentence)
    app.jinja_env.globals.update(date_set_choices=date_sets.choices)
    app.jinja_env.globals.update(
        upload_limits=(settings.upload_max_mb, settings.upload_max_minutes),
        sound_remark=lambda remark: sound_refusals.REMARKS[remark](),
    )
    app.register_blueprint(pages)
    # Public pages have no session, so there are no rights to abuse; their form carries a ticket of its own.
    security.csrf.exempt(public)
    app.register_blueprint(public)
    app.context_processor(_frame)
    app.after_request(_keep_assets)


def asset(name: str) -> str:
    """Return the URL of a static file, with its hash, so that browsers may cache it permanently."""
    return url_for("web.static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    return sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "web.static" and "v" in request.args and response.status_code == 200:  # noqa: PLR2004
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


def _frame() -> dict[str, object]:
    """Return the variables of the frame around every page."""
    locale = get_locale()
    endpoint = request.endpoint or ""
    here = _PARENT.get(endpoint, endpoint)
    return {
        "actor": visitor(),
        "language": str(locale) if locale else DEFAULT,
        "menu": _menu() if visitor() else [],
        "in_force": alert_seeing.in_force if visitor() and can_anywhere(Action.ALERT_READ) else None,
        "waiting_for_me": alert_seeing.waiting_for_me,
        "mine_waiting": alert_seeing.mine_waiting,
        "here": tabs.entry_of(here),
        "device_tab": here,
        "device_tabs": tabs.tabs(here) if visitor() else (),
    }


_PARENT = {
    "web.bulletin": "web.bulletins",
    "web.new_bulletin": "web.bulletins",
    "web.create_bulletin": "web.bulletins",
    "web.edit_bulletin": "web.bulletins",
    "web.save_bulletin": "web.bulletins",
    "web.submit_bulletin": "web.bulletins",
    "web.delivery": "web.bulletins",
    **dict.fromkeys(("web.inbox", "web.inbox_item", "web.accept_item", "web.set_inbox_rules"), "web.bulletins"),
    "web.phrases": "web.bulletins",
    **dict.fromkeys(
        (
            *("web.bulletin_templates", "web.new_template", "web.write_template", "web.edit_template"),
            "web.rewrite_template",
        ),
        "web.bulletins",
    ),
    **dict.fromkeys(
        (
            *("web.relay_sources", "web.new_relay_source", "web.write_relay_source", "web.edit_relay_source"),
            *("web.correct_relay_source", "web.suspend_relay_source"),
        ),
        "web.bulletins",
    ),
    "web.voices": "web.bulletins",
    "web.cues": "web.bulletins",
    "web.save_cues": "web.bulletins",
    "web.chimes": "web.bulletins",
    "web.set_chime": "web.bulletins",
    "web.calendar_feeds": "web.calendar",
    "web.make_calendar_feed": "web.calendar",
    "web.date_sets": "web.calendar",
    **dict.fromkeys(("web.rule_list", "web.rules", "web.save_rules", "web.ask_exemption"), "web.calendar"),
    "web.put_date_set": "web.calendar",
    "web.move": "web.calendar",
    "web.save_move": "web.calendar",
    "web.change": "web.calendar",
    "web.decide_change": "web.calendar",
    "web.words": "web.bulletins",
    "web.teach_word": "web.bulletins",
    **dict.fromkeys(("web.slots", "web.grant_slot", "web.fill_form", "web.fill_slot"), "web.bulletins"),
    **dict.fromkeys(
        (
            *("web.alert", "web.new_alert", "web.raise_alert", "web.edit_alert", "web.save_alert", "web.decide_alert"),
            *("web.contact_list", "web.contacts", "web.save_contacts"),
            *("web.drills", "web.drill_plan", "web.decide_drill", "web.plan_drill", "web.propose_drill", "web.report"),
            *(
                "web.exchange",
                "web.exchange_messages",
                "web.exchange_message",
                "web.exchange_feeds",
                "web.exchange_central",
            ),
            *("web.exchange_out", "web.check_form", "web.check_message"),
        ),
        "web.alerts",
    ),
    **dict.fromkeys(("web.not_ready_list", "web.as_run", "web.make_good", "web.set_make_good"), "web.today"),
    **dict.fromkeys(("web.order_report", "web.subscribe_reports"), "web.reports"),
    **dict.fromkeys(("web.feedback_item", "web.new_feedback", "web.edit_feedback"), "web.feedback"),
    **dict.fromkeys(("web.take_feedback_down", "web.correct_feedback", "web.answer_feedback"), "web.feedback"),
    **dict.fromkeys(("web.station", "web.new_station", "web.register_station", "web.edit_station"), "web.stations"),
    **dict.fromkeys(("web.correct_station", "web.renew_feed", "web.send_log", "web.offer_form"), "web.stations"),
    **dict.fromkeys(("web.make_offer", "web.shelf", "web.take_offer", "web.order_series"), "web.stations"),
    **dict.fromkeys(("web.prepare_live", "web.live_session", "web.release_live"), "web.live"),
    **dict.fromkeys(
        ("web.register_form", "web.register_box", "web.import_form", "web.import_boxes"), "web.registrations"
    ),
    **dict.fromkeys(("web.claim_form", "web.claim_box", "web.relabel_box"), "web.registrations"),
    **dict.fromkeys(("web.new_commands", "web.ask_commands"), "web.commands"),
    **dict.fromkeys(("web.command_batch", "web.decide_commands"), "web.commands"),
    **dict.fromkeys(("web.open_maintenance", "web.self_test_hours", "web.set_test_hour"), "web.maintenance"),
    **dict.fromkeys(("web.rollout", "web.new_rollout", "web.plan_rollout", "web.upload_image"), "web.firmware"),
    **dict.fromkeys(("web.keep_filter", "web.device", "web.act", "web.act_on", "web.device_log"), "web.devices"),
    **dict.fromkeys(
        ("web.device_identity", "web.change_device", "web.move_device", "web.describe_device"), "web.devices"
    ),
    **dict.fromkeys(("web.incident", "web.take_fault_on", "web.take_incident_on"), "web.faults"),
    **dict.fromkeys(("web.duties", "web.add_duty"), "web.faults"),
    **dict.fromkeys(("web.ticket", "web.new_ticket", "web.open_ticket", "web.step_ticket"), "web.work"),
    **dict.fromkeys(("web.work_map", "web.test_device"), "web.work"),
    "web.stop_now": "web.stop",
    "web.end_unknown": "web.stop",
    "web.stopped": "web.stop",
    "web.approval": "web.approvals",
    "web.decide": "web.approvals",
    "web.approval_area": "web.approvals",
}


def _menu() -> list[tuple[str, str]]:
    entries = [
        ("web.today", _("Today"), Action.DELIVERY_READ),
        ("web.alerts", _("Alerts"), Action.ALERT_READ),
        ("web.bulletins", _("Bulletins"), Action.BULLETIN_READ),
        ("web.calendar", _("Schedule"), Action.BULLETIN_READ),
        ("web.approvals", _("Awaiting review"), Action.BULLETIN_REVIEW),
        ("web.reports", report_files.menu_label(), Action.DELIVERY_READ),
        ("web.feedback", _("Feedback"), Action.FEEDBACK_READ),
        ("web.stations", _("Stations"), Action.STATION_READ),
        ("web.devices", _("Devices"), Action.DEVICE_READ),
        ("web.why", _("Why?"), Action.DELIVERY_READ),
        ("web.audit_log", _("Audit"), Action.AUDIT_READ),
        ("web.live", _("Live"), Action.LIVE_SPEAK),
        ("web.stop", _("Stop loudspeakers"), Action.SOUND_STOP),
    ]
    return [(endpoint, label) for endpoint, label, action in entries if can_anywhere(action)]
