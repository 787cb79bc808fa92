"""Screens of the console with content: the login and path of each."""

from __future__ import annotations

from datetime import timedelta

from broadcast.bulletins.model import Bulletin
from cms.bulletins.service.remarks import NoteDraft
from cms.feedback.service import public_form
from cms.platform.web.formats import LOCAL
from devices.health.kinds import FaultKind
from devices.tickets.model import Check, TicketStep
from province.people import Role
from tests.builders import (
    alert_states,
    alerts,
    approval_signing,
    boards,
    bulletins,
    citizens,
    commands,
    faults,
    feedback,
    gauges,
    inbox,
    listening,
    local_alerts,
    people,
    public_pages,
    recordings,
    registrations,
    relays,
    reports,
    rollouts,
    royalties,
    sessions,
    signing_keys,
    stations,
    subscriptions,
    telemetry,
    template_sharing,
    tickets,
)
from tests.builders import live as live_builders
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE, DISTRICT, Console, post
from tests.e2e.browser import exchange_data
from tests.e2e.browser.served_console import ServedConsole, tomorrow_at, wall_at
from tests.e2e.browser.standing_order_screens import standing_order_screens
from tests.integration.exchange.test_publishing import ended

Screens = dict[str, tuple[str, str]]
"""Login and path of each screen."""


def screens_of(served: ServedConsole) -> Screens:
    """Fill every screen of the console, and return its login and path."""
    aired, waiting = served.approved(hour=10), served.submitted(hour=11)
    move = f"/bulletins/{waiting.id}/move?schedule=1&on={tomorrow_at(11).date()}"
    telemetry.tell_for(served.console.context, timedelta(days=1))
    changing = bulletins.reschedule(served.console, served.approved(hour=12))
    returned = bulletins.send_back(served.console, served.submitted(hour=13), NoteDraft("Ghi rõ ngày", "bảy giờ"))
    collided = inbox.collide(served.console, tomorrow_at(15).isoformat()[:16])
    alerts.staff(served.console)
    alerts.zone(served.console)
    bulletins.delegate(served.console, last_on=f"{tomorrow_at(0).date()}")
    recordings.set_chime(served.console)
    recorded = recordings.transcribed(served.console)
    served.make_sound(recorded.id)
    bulletins.ask_exemption(served.console)
    live_builders.never_quiet(served.console)
    return (
        _alert_screens(served)
        | _public_screens(served)
        | {
            "sign-in": ("", "/sign-in"),
            "today": ("editor", "/"),
            "account": ("editor", "/account"),
            "notifications": ("editor", "/account/notifications"),
            "today-of-an-approver": ("approver", "/"),
            "audit": ("auditor", "/audit"),
            **_people_screens(served),
            "audit-chain": ("auditor", "/audit/chain"),
            "personal-data": ("admin", "/personal-data"),
            "design": ("admin", "/design"),
            "search": ("editor", "/search?q=mui+ne"),
            "help": ("", "/help"),
            "practice": ("operator", "/practice"),
            "practice-results": ("admin", "/practice/results"),
            "help-found": ("operator", "/help?q=gui+duyet"),
            "help-task": ("operator", "/help/official/approve-a-bulletin"),
            "help-table": ("officer", "/help/disaster-response/follow-it"),
            "server": ("technician", "/server"),
            "boxes": ("technician", "/devices/registrations"),
            "box-form": ("technician", "/devices/register"),
            "box-import": ("technician", "/devices/import"),
            "claim": ("technician", "/devices/claim"),
            "identity": ("technician", f"/devices/{registrations.fresh_device(served.console.context)}/identity"),
            "bulletins": ("editor", "/bulletins"),
            "editor": ("editor", "/bulletins/new"),
            **{name: ("operator", f"/{name}") for name in ("phrases", "templates", "voices", "chimes", "words")},
            "template": ("operator", f"/templates/new?area={COMMUNE}"),
            "template-form": ("operator", f"/templates/{template_sharing.write(served.console).id}/edit"),
            **_listening_screens(served),
            "cues": ("editor", f"/bulletins/{recorded.id}/cues"),
            "recorded": ("editor", f"/bulletins/{recorded.id}"),
            "from-paper": ("editor", "/bulletins/from-paper"),
            "check": ("editor", f"/bulletins/{recorded.id}/check"),
            **royalties.screens(served.console, aired),
            "slots": ("approver", "/slots"),
            "sessions": ("editor", "/sessions"),
            "session": ("editor", _session(served)),
            "fill": ("editor", f"/bulletins/{aired.id}/fill"),
            "calendar": ("editor", f"/calendar?area={COMMUNE}&day={tomorrow_at(11).date()}"),
            "calendar-week": ("editor", f"/calendar?day={tomorrow_at(11).date()}&view=week"),
            "date-sets": ("editor", "/date-sets"),
            "rules-of-areas": ("operator", "/rules"),
            "rules": ("approver", f"/rules/{COMMUNE}"),
            "feeds-of-calendars": ("editor", "/calendar/feeds"),
            "reports": ("editor", _reports(served)),
            "feedback": ("operator", "/feedback"),
            "feedback-form": ("operator", "/feedback/new"),
            "feedback-item": ("operator", f"/feedback/{feedback.noted(served.console).id}"),
            "feedback-corrected": ("operator", f"/feedback/{feedback.noted(served.console).id}/edit"),
            **_relay_screens(served),
            **_firmware_screens(served),
            **_acting_screens(served),
            **_work_screens(served),
            "move": ("editor", move),
            "move-into-a-clash": ("editor", f"{move}&to={tomorrow_at(10).isoformat()}"),
            "change": ("approver", f"/bulletins/{changing.id}/change"),
            "bulletin": ("editor", f"/bulletins/{waiting.id}"),
            "inbox": ("approver", "/approvals"),
            "approval": ("approver", f"/bulletins/{waiting.id}/approval"),
            "remote-signing": ("approver", approval_signing.order_remotely(served.console, aired.id)),
            "decision": ("approver", f"/bulletins/{waiting.id}/decision"),
            "approval-area": ("approver", f"/bulletins/{waiting.id}/approval/areas/{COMMUNE}"),
            "handed-down-list": ("admin", "/inbox"),
            "handed-down": ("operator", f"/inbox/{inbox.hand_down(served.console).id}"),
            "collision": ("operator", f"/inbox/{collided.id}"),
            "receipts": ("editor", f"/bulletins/{collided.bulletin_id}"),
            "central": ("editor", "/exchange/central"),
            "returned-editor": ("editor", f"/bulletins/{returned.id}/edit"),
            "returned": ("editor", f"/bulletins/{returned.id}"),
            **_station_screens(served),
            "board-screen": ("technician", f"/boards/{boards.stood(served.console)}/screen"),
            "live": ("operator", "/live"),
            "live-recorded": ("operator", f"/live/{live_builders.recorded(served.console).id}"),
            "live-over": ("operator", f"/live/{live_builders.over(served.console).id}"),
            "live-desk": ("operator", f"/live/{live_builders.prepare(served.console).id}"),
            "faults": ("technician", _faults(served)),
            "duties": ("technician", "/duties"),
            "incident": ("technician", f"/incidents/{faults.incident(served.console).id}"),
            "delivery": ("technician", f"/bulletins/{aired.id}/delivery"),
            "not-ready": ("technician", f"/bulletins/{aired.id}/not-ready"),
            "make-good": ("approver", "/make-good"),
            "as-run": ("auditor", "/as-run?verify=1"),
            "devices": ("technician", "/devices"),
            "device-map": ("technician", "/devices/map"),
            "fleet": ("technician", "/fleet"),
            "device": ("technician", f"/devices/{COMMUNE}-l01?span=day"),
            "why": ("technician", f"/why?device={COMMUNE}-l01&at={aired.schedules[0].starts.isoformat()}"),
        }
    )


def _session(served: ServedConsole) -> str:
    """Put an approved bulletin and a draft into a session, and return the path of its running order."""
    session, _, on = sessions.item(served.console)
    sessions.put(served.console, served.approved(hour=16, days=13), session, on)
    return f"/sessions/{session.id}?on={on}"


def _people_screens(served: ServedConsole) -> Screens:
    """Prepare somebody invited, an officer, and a request that waits for the administrator."""
    officer = people.invite(console := served.console, people.draft("can.bo", Role.EMERGENCY_OFFICER))
    people.ask_reset(console)
    return {
        "people": ("admin", "/people"),
        "person": ("admin", "/people/u-officer"),
        "signing-keys": ("admin", signing_keys.asked_path(console)),
        "person-invited": ("admin", f"/people/{officer.user.id}"),
        "person-form": ("admin", "/people/new"),
        "people-import": ("admin", "/people/import"),
        "tokens": ("editor", "/account/tokens"),
        "alert-policy": ("admin", "/alerts/policy"),
        **{f"alert-{part}": ("officer", f"/alerts/{part}") for part in ("hazards", "zones")},
        **gauges.screens(console),
        **local_alerts.screens(console),
        "webhook-log": ("admin", f"/exchange/webhooks/{subscriptions.subscriber(console).id}"),
        "join": ("", people.invite(console).link),
    }


def _faults(served: ServedConsole) -> str:
    """Store several single faults, of every gravity."""
    faults.duty(served.console)
    for kind in (FaultKind.SPEAKER_OPEN, FaultKind.SOUND_UNORDERED, FaultKind.CERTIFICATE_ENDS):
        faults.fault(served.console, kind)
    return "/faults"


def _acting_screens(served: ServedConsole) -> Screens:
    """Prepare a device with a history and a log, a batch that waits for another person, and a maintenance window."""
    console = served.console
    log, waiting = commands.log(console), commands.loud(console)
    commands.window(console)
    commands.hour_asked(console)
    return {
        "act": ("technician", f"/devices/{commands.LOA_1}/act"),
        "device-log": ("technician", f"/devices/{commands.LOA_1}/logs/{log.id}"),
        "commands": ("technician", "/commands"),
        "commands-form": ("technician", "/commands/new"),
        "command-batch": ("admin", f"/commands/{waiting.id}"),
        "maintenance": ("technician", "/maintenance"),
        "test-hours": ("admin", "/maintenance/self-tests"),
    }


def _work_screens(served: ServedConsole) -> Screens:
    """Prepare tickets of every kind: taken and checked, not taken, dropped."""
    console = served.console
    taken = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    tickets.step(console, taken, TicketStep.CHECK, check=Check.LOOK, is_good=False)
    said = feedback.noted(console, device_id=commands.LOA_2)
    asked = tickets.ticket(console, by="operator", device_id=commands.LOA_2, feedback_id=said.id)
    tickets.step(console, tickets.ticket(console), TicketStep.DROP, text="Cột đã dỡ")
    return {
        "work": ("technician", "/tickets"),
        "work-map": ("technician", "/tickets/map"),
        "ticket": ("technician", f"/tickets/{taken.id}"),
        "ticket-read": ("operator", f"/tickets/{asked.id}"),
        "ticket-form": ("operator", f"/tickets/new?feedback={said.id}"),
        "label-unknown": ("technician", "/tickets?q=khong-co"),
    }


def _station_screens(served: ServedConsole) -> Screens:
    """Prepare a station with a programme under way and a withdrawn one, an offer, and a standing order."""
    console = served.console
    station = stations.registered(console, licence_until_on=tomorrow_at(0).date() + timedelta(days=30))
    stations.programme(console, "Phòng chống dịch sốt xuất huyết", areas=(DISTRICT,), starts=_on(20))
    gone = stations.programme(console, "Tin đã thu hồi", areas=(DISTRICT,), starts=_on(21))
    bulletins.edit(console, bulletins.stored(console, gone.id))
    stations.offered(console, station, text="Chuyện ở thôn ta tuần này.")
    stations.offered(console, station, "Đang làm", is_made=False)
    post(console.client("operator"), "/standing-orders", {"area": COMMUNE, "series": f"{station.id}:Nông vụ"})
    return {
        "stations": ("editor", "/stations"),
        "station-form": ("editor", "/stations/new"),
        "station-corrected": ("editor", f"/stations/{station.id}/edit"),
        "station-portal": ("station", f"/stations/{station.id}"),
        "offer-form": ("station", f"/stations/{station.id}/offer"),
        "shelf": ("operator", "/shelf"),
    }


def _on(days: int) -> str:
    return f"{tomorrow_at(6) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def _listening_screens(served: ServedConsole) -> Screens:
    """Prepare a listening test with answers, and one whose sounds are being made."""
    test = listening.made(served.console)
    listening.answered(served.console, test)
    listening.begun(served.console)
    return {
        "listening-tests": ("operator", "/listening"),
        "listening-test": ("auditor", f"/listening/{test.id}"),
        "listening-results": ("operator", f"/listening/{test.id}/results"),
    }


def _relay_screens(served: ServedConsole) -> Screens:
    """Prepare an approved relay source and one that is being written."""
    relays.approved(served.console)
    waiting = relays.written(served.console, name="Bình Thuận FM 92,3")
    return {
        "relay-sources": ("operator", "/relay-sources"),
        "relay-source-form": ("editor", "/relay-sources/new"),
        "relay-source-corrected": ("editor", f"/relay-sources/{waiting.id}/edit"),
    }


def _firmware_screens(served: ServedConsole) -> Screens:
    """Prepare a roll-out whose canary is done, and the form of another with its preview."""
    rollout, image = rollouts.held(served.console), rollouts.image(served.console)
    return {
        "firmware": ("technician", "/firmware"),
        "rollout": ("technician", f"/firmware/rollouts/{rollout.id}"),
        "rollout-form": ("technician", f"/firmware/rollouts/new?area={COMMUNE}&image={image.id}&title=B"),
    }


def _reports(served: ServedConsole) -> str:
    """Prepare reports with figures and files, one that is being made, and one made by the calendar."""
    console = served.console
    of = reports.transmission(console, starts=f"{tomorrow_at(14) + timedelta(days=6):%Y-%m-%dT%H:%M}")
    at = console.clock() - timedelta(hours=1)
    reports.record(console, *(reports.as_run(console, of, each, at) for each in bulletins.devices(console)))
    reports.count(console)
    reports.made(console)
    reports.ordered(console)
    reports.subscribed(console)
    return f"/reports?area={COMMUNE}"


def _alert_screens(served: ServedConsole) -> Screens:
    console = served.console
    officer = console.client("officer")
    draft = alerts.drafted(console, officer, shape="10.93,108.28 3")
    drill = alerts.active(console, officer, kind="drill")
    live, gone = alerts.active(console, officer), alerts.active(console, officer)
    waiting = alerts.submitted(console, officer)
    post(officer, f"/alerts/{gone.id}/cancel", {"cause": "mistake"})
    stop = post(officer, "/stop", {"areas": [COMMUNE], "reason": "Loa kêu nhầm", "hush_hours": "1"})
    return {
        "alerts": ("officer", "/alerts"),
        "live-or-drill": ("officer", "/alerts/new"),
        "hazards": ("officer", "/alerts/new?kind=live"),
        "raise": ("officer", f"/alerts/{draft.id}/edit"),
        "own-alert": ("officer", f"/alerts/{waiting.id}"),
        "agree": (alerts.SECOND, f"/alerts/{waiting.id}"),
        "live-alert": (alerts.SECOND, f"/alerts/{live.id}?area={COMMUNE}"),
        "cancelled": ("officer", f"/alerts/{gone.id}"),
        "drill-report": ("officer", f"/alerts/{drill.id}/report"),
        "drills": ("officer", "/drills"),
        "drill-plan": (alerts.SECOND, f"/drills/{alerts.planned(console, officer, on='2099-01-05')}"),
        "exchange": ("officer", "/exchange"),
        "messages": ("officer", "/exchange/messages"),
        "message": ("editor", f"/exchange/messages/{exchange_data.furnish(console)}"),
        "feeds": ("technician", "/exchange/feeds"),
        "published": ("technician", "/exchange/out"),
        "take-a-message": ("officer", "/exchange/check"),
        "contacts": ("officer", "/contacts"),
        "contact-form": ("officer", f"/contacts/{COMMUNE}"),
        "plan-a-drill": ("officer", f"/alerts/{alerts.raised(console, officer, kind='drill').id}/plan"),
        "stop": ("operator", "/stop"),
        "stopped": ("technician", stop.headers["Location"]),
    } | standing_order_screens(console)


def _public_screens(served: ServedConsole) -> Screens:
    """Prepare the public pages; the alert raised for the alerts' own screens stands above them."""
    heard = heard_yesterday(served, hour=10)
    ended(served.console, alert_states.active(served.console), is_cancel=True)
    sent, _ = public_pages.sent(served.console)
    answered = feedback.answered(served.console, sent, served.console.clock())
    public_form.publish(
        served.console.context.uow(),
        answered.id,
        text="Loa ở ngõ to quá.",
        expected_version=answered.version,
        call=served.console.context.call(served.console.actor("operator"), served.console.clock()),
    )
    return {
        "public-communes": ("", f"{ROOT}/"),
        "public-commune": ("", f"{PAGE}?thang={wall_at(10, -1):%Y-%m}"),
        "public-bulletin": ("", f"{PAGE}tin/{heard.id}"),
        "public-past-alerts": ("", f"{ROOT}/canh-bao/"),
        "public-data": ("", f"{ROOT}/du-lieu/"),
        **{f"public-developers-{part[:-1]}": ("", f"{ROOT}/lap-trinh/{part}") for part in ("", "stations/", "loi/")},
        **{f"public-{part}": ("", f"{PAGE}{part}") for part in ("phan-anh", "theo-doi")},
        "public-answer": ("", f"{ROOT}/phan-anh"),
        "public-subscription": ("", citizens.path(served.console)),
        "feedback-published": ("operator", f"/feedback/{answered.id}"),
    }


def heard_yesterday(served: ServedConsole, *, hour: int) -> Bulletin:
    """Return a bulletin heard yesterday, with a sound that plays."""

    def sounded(console: Console, draft: Bulletin) -> Bulletin:
        served.make_sound(draft.id)
        return bulletins.again(console, draft)

    minutes = (served.console.clock() - wall_at(hour, -1).replace(tzinfo=LOCAL)) // timedelta(minutes=1)
    return public_pages.heard(served.console, "Lịch tiêm phòng dại", minutes_ago=minutes, sound=sounded)
