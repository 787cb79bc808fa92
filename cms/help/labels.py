"""Task of a manual that belongs to each screen, and first steps with the screen and the task of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cms.help.service.first_steps import FirstStep
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

_WRITE: Final = "official/write-a-bulletin-and-let-the-voice-read-it"
_APPROVE: Final = "official/approve-a-bulletin"
_PLAYED: Final = "official/see-whether-it-played"
_SIGN_IN: Final = "disaster-response/sign-in-with-your-telephone"
_CONTACTS: Final = "disaster-response/keep-the-list-of-whom-to-call"
_DRILLS: Final = "disaster-response/drills"
_ROLL_OUT: Final = "technician/update-firmware"
_MAINTENANCE: Final = "technician/announce-maintenance"
_GAUGES: Final = "technician/add-gauges-and-look-after-them"
_CLAIM: Final = "technician/claim-a-new-device"
_OFFER: Final = "station/offer-a-programme-to-the-communes"
_PEOPLE: Final = "technician/invite-people-and-give-rights-administrators"
_TELLING: Final = "official/what-waits-for-you-and-notifications"

TOPIC_OF_FEATURE: Final[Mapping[str, str]] = {
    "cms.accounts": "technician/help-people-who-cannot-sign-in",
    "cms.alert_reports": "disaster-response/the-alert-s-report",
    "cms.alerts": "disaster-response/raise-an-alert",
    "cms.areas": "official/see-the-calendar-and-move-airings",
    "cms.audit": "technician/read-the-server-s-logs",
    "cms.boards": "technician/enter-the-size-of-a-text-board",
    "cms.bulletins": _WRITE,
    "cms.call_lists": "disaster-response/follow-it",
    "cms.commands": "technician/control-from-afar",
    "cms.developers": "station/connect-the-station-s-software-by-api",
    "cms.exchange": "disaster-response/handle-messages-from-elsewhere",
    "cms.feedback": "official/answer-what-citizens-say",
    "cms.firmware": _ROLL_OUT,
    "cms.fleet": "technician/see-how-a-device-is",
    "cms.health": "technician/find-the-loudspeaker-that-cannot-speak",
    "cms.inbox": "official/answer-what-comes-from-above",
    "cms.gauges": "disaster-response/let-gauges-call-when-the-water-rises",
    "cms.listening": "official/compare-voices-by-ear",
    "cms.live": "official/speak-live",
    "cms.local_alerts": "disaster-response/raise-an-alert",
    "cms.notifications": _TELLING,
    "cms.officers": _PEOPLE,
    "cms.personal_data": _PEOPLE,
    "cms.platform": "technician/read-the-server-s-logs",
    "cms.relays": "official/relay-another-broadcaster",
    "cms.reports": "official/make-reports",
    "cms.royalties": "official/record-royalties",
    "cms.schedule": _PLAYED,
    "cms.sessions": "official/put-bulletins-into-a-broadcast-session",
    "cms.signing": _APPROVE,
    "cms.standing_orders": "disaster-response/standing-orders",
    "cms.speech": "official/record-phrases-once",
    "cms.stations": "station/fetch-programmes-to-air",
    "cms.tickets": "technician/mend-a-loudspeaker-by-its-ticket",
    "cms.training": "official/practise-on-the-training-server",
}
TOPIC_OF_SCREEN: Final[Mapping[str, str]] = {
    "web.account": _TELLING,
    "web.alert": "disaster-response/follow-it",
    "web.alerts": "disaster-response/tell-live-alerts-from-drills",
    "web.approval": _APPROVE,
    "web.approval_area": _APPROVE,
    "web.approvals": _APPROVE,
    "web.bulletin": "official/listen-and-submit",
    "web.calendar": "official/see-the-calendar-and-move-airings",
    "web.calendar_feeds": "official/see-the-calendar-and-move-airings",
    "web.change": "official/see-the-calendar-and-move-airings",
    "web.chimes": "official/set-your-own-chime",
    "web.bulletin_templates": "official/use-templates",
    "web.claim_form": _CLAIM,
    "web.contact_list": _CONTACTS,
    "web.contacts": _CONTACTS,
    "web.cues": "official/use-a-recording",
    "web.decision": _APPROVE,
    "web.device_identity": "technician/silence-revoke-retire",
    "web.drill_plan": _DRILLS,
    "web.drills": _DRILLS,
    "web.duties": "technician/put-people-on-call",
    "web.edit_template": "official/use-templates",
    "web.enrol_form": _SIGN_IN,
    "web.fill_form": "official/delegate-a-slot",
    "web.edit_gauge": _GAUGES,
    "web.import_form": _CLAIM,
    "web.maintenance": _MAINTENANCE,
    "web.make_good": _PLAYED,
    "web.move": "official/see-the-calendar-and-move-airings",
    "web.new_gauge": _GAUGES,
    "web.new_template": "official/use-templates",
    "web.offer_form": _OFFER,
    "web.plan_drill": _DRILLS,
    "web.register_form": _CLAIM,
    "web.registrations": _CLAIM,
    "web.report": _DRILLS,
    "web.search": "official/find-things-and-help",
    "web.second_factor_form": _SIGN_IN,
    "web.self_test_hours": _MAINTENANCE,
    "web.shelf_page": _OFFER,
    "web.sign_in_form": _SIGN_IN,
    "web.slots": "official/delegate-a-slot",
    "web.stop": "disaster-response/stop-all-loudspeakers",
    "web.stopped": "disaster-response/stop-all-loudspeakers",
    "web.today": _TELLING,
    "web.why": "technician/find-the-reason",
    "web.words": _WRITE,
}


@dataclass(frozen=True, slots=True)
class StepLabel:
    """First step in words. ``endpoint``: the screen on which it is done; ``topic``: the task that tells how."""

    text: LabelText
    endpoint: str
    topic: str


FIRST_STEPS: Final[Mapping[FirstStep, StepLabel]] = {
    FirstStep.PASSWORD: StepLabel(_("Choose a password of your own"), "web.account", "official/find-things-and-help"),
    FirstStep.NOTIFICATIONS: StepLabel(_("Choose how you are notified"), "web.notifications", _TELLING),
    FirstStep.WRITE: StepLabel(_("Write a first bulletin and hear it"), "web.new_bulletin", _WRITE),
    FirstStep.SUBMIT: StepLabel(_("Submit a bulletin for approval"), "web.bulletins", "official/listen-and-submit"),
    FirstStep.CONTACTS: StepLabel(_("Note whom to call in an alert"), "web.contact_list", _CONTACTS),
    FirstStep.DECIDE: StepLabel(_("Approve a bulletin, or return it with a remark"), "web.approvals", _APPROVE),
    FirstStep.DRILL: StepLabel(_("Send a drill to a second person"), "web.new_alert", _DRILLS),
    FirstStep.TAKE_TICKET: StepLabel(_("Take a ticket"), "web.work", "technician/mend-a-loudspeaker-by-its-ticket"),
    FirstStep.CHECK_DEVICE: StepLabel(
        _("Check a device by its ticket"), "web.work", "technician/mend-a-loudspeaker-by-its-ticket"
    ),
    FirstStep.SEND_LOG: StepLabel(
        _("Send what your station has aired"), "web.stations", "station/report-what-you-aired"
    ),
    FirstStep.OFFER: StepLabel(_("Offer a programme to the communes"), "web.stations", _OFFER),
    FirstStep.ADD_PERSON: StepLabel(_("Add the first person"), "web.people_list", _PEOPLE),
    FirstStep.SET_RULES: StepLabel(
        _("Set quiet hours and limits of a place"), "web.rule_list", "official/see-the-calendar-and-move-airings"
    ),
}


def topic_of(endpoint: str, module: str) -> str:
    """Return the task of a screen, which a module shows; empty: the screen has none, as the help pages themselves."""
    feature = ".".join(module.split(".")[:2])
    return TOPIC_OF_SCREEN.get(endpoint) or TOPIC_OF_FEATURE.get(feature, "")
