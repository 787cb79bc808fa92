"""Labels of the audit log: subjects and actions. The source language is Vietnamese."""

from collections.abc import Mapping
from typing import Final

from cms.alerts import labels
from cms.citizens import labels as citizen_labels
from cms.feedback import labels as feedback_labels
from cms.fleet.labels import lifecycle
from cms.health import labels as fault_labels
from cms.live import labels as live_labels
from cms.local_alerts import labels as local_labels
from cms.personal_data import labels as personal_data_labels
from cms.platform.web import wording
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText
from cms.royalties import labels as royalty_labels
from cms.standing_orders import labels as standing_labels

SUBJECTS: Final[Mapping[str, LabelText]] = {
    "alert": _("Alerts"),
    "user": _("Account"),
    "token": _("Programs' tokens"),
    "right": _("Rights"),
    "site": _("Console"),
    "bulletin": _("Bulletins"),
    "broadcast_session": _("Broadcast sessions"),
    "sound": _("Stop loudspeakers"),
    "live": _("Live address"),
    "device": _("Machine"),
    "command_batch": _("Remote commands"),
    "area": _("Place"),
    "drill_plan": _("Drills"),
    "declaration_right": _("Right to declare alerts"),
    "alert_policy": _("Policy of alerts"),
    "alert_zone": _("Named zone"),
    "alert_order": _("Standing orders of alerts"),
    "hazard_table": _("Hazards and sirens"),
    "hearing": _("Inhabitants and hearing range"),
    "relay_source": _("Relay sources"),
    "cap": _("CAP message"),
    "ticket": _("Tickets"),
    "feedback": _("Citizens' feedback"),
    "station": _("Broadcasting station"),
    "rollout": _("Firmware roll-out"),
    "report": _("Report"),
    "royalty": _("Royalties"),
    "royalty_table": _("Table of royalties"),
    "server": _("Server"),
    "audit": _("Audit log"),
    "areas": _("Map of places"),
    "area_kind": _("Kinds of places"),
    "broker": _("Message broker"),
    "cap_feed": _("Feeds of warnings"),
    "cap_sender": _("Senders of warnings"),
    "central": _("Central system"),
    "central_link": _("Connection to the central system"),
    "chime": _("Chimes"),
    "date_set": _("Sets of dates"),
    "duty": _("People on call"),
    "exemption": _("Dates without quota"),
    "feed": _("Calendar on your telephone"),
    "firmware": _("Firmware package"),
    "handed_down": _("Handed down from above"),
    "gauge": _("Gauges"),
    "gauge_rule": _("Limits of gauges"),
    "key_holder": _("Key holders"),
    "listening": _("Listening test"),
    "local_alert": _("Alerts at the loudspeaker"),
    "maintenance": _("Times of maintenance"),
    "missed": _("Missed and made good"),
    "offer": _("Programmes offered"),
    "officer_key": _("Keys that sign alerts"),
    "officers": _("Keys that sign alerts"),
    "personal_data": _("Personal data"),
    "citizen_subscription": _("Citizens who follow a commune"),
    "phrase": _("Recorded phrases"),
    "programme": _("Programme files of a station"),
    "self_test_hour": _("Hours of self-tests"),
    "share": _("Shared recordings and templates"),
    "slot": _("Delegated slots"),
    "standing_order": _("Standing order of programmes"),
    "station_feed": _("Feed of a station"),
    "template": _("Template of bulletins"),
    "webhook": _("Notices to other systems"),
    "word": _("Dictionary of readings"),
}
"""Kinds to filter by: the part of an event's name before the first dot."""
OTHER: Final = _("Other")
EVENT: Final[Mapping[str, LabelText]] = {
    **wording.EVENT,
    **lifecycle.EVENT,
    **labels.EVENT,
    **live_labels.EVENT,
    **fault_labels.EVENT,
    **feedback_labels.EVENT,
    **citizen_labels.EVENT,
    **personal_data_labels.EVENT,
    **local_labels.EVENT,
    **royalty_labels.EVENT,
    **standing_labels.EVENT,
    "user.added": _("Account added"),
    "user.invited": _("Link to set a password made"),
    "user.invitation_refused": _("Wrong link of an invitation"),
    "user.joined": _("Set a password by the link"),
    "user.passkey_added": _("Passkey made"),
    "user.passkey_removed": _("Passkey removed"),
    "user.passkey_failed": _("Passkey not taken"),
    "webhook.added": _("Subscriber added"),
    "webhook.removed": _("Subscriber removed"),
    "webhook.sent_again": _("Sent to a subscriber again"),
    "webhook.abandoned": _("Gave up sending to a subscriber"),
    "cap_sender.added": _("Sender of warnings registered"),
    "cap_feed.added": _("Feed added"),
    "cap_feed.removed": _("Feed removed"),
    "user.edited": _("Name or contact changed"),
    "user.rights_asked": _("Rights asked for"),
    "user.rights_confirmed": _("Rights confirmed by a second administrator"),
    "user.rights_refused": _("Rights refused"),
    "user.reset_asked": _("Reset of the password asked for"),
    "user.reset_confirmed": _("Reset of the password confirmed"),
    "user.reset_refused": _("Reset of the password refused"),
    "user.reset_done": _("Set a new password after a reset"),
    "user.granted": _("Rights given"),
    "user.ungranted": _("Rights taken"),
    "user.locked": _("Account locked"),
    "user.unlocked": _("Account unlocked"),
    "user.password_set": _("New password given out"),
    "user.password_changed": _("Changed their password"),
    "user.password_change_failed": _("Changing the password: the old one was wrong"),
    "user.password_given": _("Right password, waiting for a code"),
    "user.signed_in": _("Sign in"),
    "user.notifications_chosen": _("Chose how to be notified"),
    "user.first_steps_put_away": _("Put the first steps away"),
    "user.signed_out": _("Sign out"),
    "user.sessions_ended": _("Signed out elsewhere"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.second_factor_enrolled": _("Second factor enrolled"),
    "user.second_factor_given": _("Right code given"),
    "user.second_factor_failed": _("Wrong code given"),
    "user.second_factor_reset": _("Second factor reset"),
    "user.second_factor_shown": _("Code shown on the command line (demo)"),
    "user.recovery_codes_renewed": _("Make new recovery codes"),
    "token.created": _("Token created"),
    "token.revoked": _("Token revoked"),
    "token.refused": _("Wrong or expired token"),
    "right.refused": _("Refused for want of the right"),
    "site.sign_ins_sprayed": _("Somebody guesses passwords"),
    "sound.stopped": _("Stop loudspeakers"),
    "sound.stop_lifted": _("Loudspeakers let on again"),
    "command_batch.requested": _("Remote command asked for"),
    "command_batch.approved": _("Remote command agreed to"),
    "command_batch.refused": _("Remote command refused"),
    "alert_policy.set": _("Policy of alerts changed"),
    "hazard_table.loaded": _("Table of hazards loaded"),
    "hazard_table.restored": _("Earlier table of hazards restored"),
    "declaration_right.given": _("Right to declare given"),
    "declaration_right.taken": _("Right to declare taken"),
    "bulletin.created": _("Bulletin drafted"),
    "bulletin.edited": _("Edit bulletin"),
    "bulletin.submitted": _("Bulletin submitted"),
    "bulletin.approved": _("Bulletin approved"),
    "bulletin.submission_ordered": _("Bulletin to be submitted when its sound is ready"),
    "bulletin.submission_failed": _("Bulletin not submitted when its sound was ready"),
    "bulletin.returned": _("Bulletin returned"),
    "bulletin.rejected": _("Bulletin rejected"),
    "bulletin.withdrawn": _("Bulletin withdrawn"),
    "bulletin.deleted": _("Draft deleted"),
    "bulletin.restored": _("Draft restored"),
    "bulletin.version_compared": _("Language versions compared"),
    "bulletin.signed": _("Bulletin signed"),
    "bulletin.remote_signing_ordered": _("Remote signature ordered"),
    "server.restored": _("Restored from a back-up"),
    "audit.check_requested": _("Check of the whole log asked for"),
    "audit.verified": _("The log was checked: it is whole"),
    "audit.break_found": _("The log was checked: it is NOT whole"),
    "audit.exported": _("The log was taken as a file"),
    "audit.export_stalled": _("The log server takes nothing"),
    "audit.export_resumed": _("The log server takes the log again"),
}

PROGRAMS: Final[Mapping[str, LabelText]] = {
    "gateway": _("The server's gateway"),
    "health": _("Device monitoring"),
    "broker": _("Message broker"),
    "clock": _("Server clock"),
    "planner": _("Planning of the schedule"),
    "scheduler": _("Background work of the server"),
    "worker": _("Making of sound and reports"),
}
"""Labels of server programs: an action by the server is logged under its program's name."""
REASONS: Final[Mapping[str, Mapping[str, LabelText]]] = {"live.ended": live_labels.END}
"""Labels of reasons, for events whose reason is a code."""


def who(by: str, by_name: str) -> LabelText:
    """Return the label of the person or program that did it."""
    return PROGRAMS.get(by_name) or by_name or PROGRAMS.get(by) or _("Unknown")


def said(name: str) -> LabelText:
    """Return the sentence of an event; without one of its own, its kind."""
    return EVENT.get(name) or SUBJECTS.get(name.partition(".")[0]) or OTHER
