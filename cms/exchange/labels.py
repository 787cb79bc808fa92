"""Labels of the exchange with other systems."""

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.message import ResponseType
from broadcast.alerts.cap.verdict import Airs, CapVerdict, MessageKind
from broadcast.exchange.central import ReportKind
from cms.exchange.model import CentralOutcome, ExchangeOutcome, FeedTrouble, WebhookKind
from cms.platform.web.languages import _ as __
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence, word

_WAY: dict[str, LabelText] = {
    "feed": _("Source"),
    "mqtt": _("MQTT broker of a warning centre"),
    "hub": _("Pushed by the hub of a source"),
    "upload": _("Uploaded by a person"),
    "push": _("Pushed by the sender"),
    "import": _("Imported from a file on the server"),
}
VERDICT: dict[str, LabelText] = {
    CapVerdict.ACCEPT: _("Taken, verified"),
    CapVerdict.DRAFT: _("Taken, not verified"),
    CapVerdict.IGNORE: _("Ignored"),
    CapVerdict.REFUSE: _("Rejected"),
}
VERDICT_TONE: dict[str, str] = {CapVerdict.ACCEPT: "good", CapVerdict.DRAFT: "wait", CapVerdict.REFUSE: "bad"}
VERDICT_LINE: dict[str, LabelText] = {
    CapVerdict.ACCEPT: _("Signed by the sender's pinned signer. Still only a draft: sending takes two people."),
    CapVerdict.DRAFT: _("Nothing proves who sent it. Call the sender before you use it."),
    CapVerdict.IGNORE: _("Valid, but not meant for loudspeakers."),
    CapVerdict.REFUSE: _("Invalid or not to be trusted. Nothing of it is used."),
}
KIND: dict[str, LabelText] = {
    MessageKind.ALERT: _("Alerts"),
    MessageKind.UPDATE: _("Update"),
    MessageKind.CANCEL: _("Cancel"),
    MessageKind.ALL_CLEAR: _("All-clear"),
    MessageKind.EXERCISE: _("Drill"),
    MessageKind.ACK: _("Acknowledgement"),
    MessageKind.ERROR: _("Report of an error"),
    MessageKind.HEARTBEAT: _("Sign of life"),
    MessageKind.SYSTEM: _("Message between systems"),
    MessageKind.TEST: _("Test message"),
    MessageKind.DRAFT: _("Draft of the sender's"),
    MessageKind.UNKNOWN: _("Not readable"),
}
OUTCOME: dict[str, LabelText] = {
    ExchangeOutcome.NOTHING: _("Only written down"),
    ExchangeOutcome.DRAFTED: _("Became a draft"),
    ExchangeOutcome.DISCARDED: _("Draft taken back"),
    ExchangeOutcome.REFUSED: _("Refused, waits for a person"),
    ExchangeOutcome.SETTLED: _("Looked after"),
    ExchangeOutcome.ASKS: _("Asks people"),
    ExchangeOutcome.FIRED: _("Sounded by a standing order"),
    ExchangeOutcome.REPEATED: _("The same event had sounded already"),
    ExchangeOutcome.FAILED: _("No draft could be made"),
}
WEBHOOK_KIND: dict[str, LabelText] = {
    WebhookKind.CAP: _("Our alerts as CAP"),
    WebhookKind.BULLETIN: _("Steps of a bulletin"),
    WebhookKind.AIRING: _("Airing"),
    WebhookKind.FAULT: _("Faults and incidents"),
    WebhookKind.TICKET: _("Tickets"),
    WebhookKind.ALERT: _("Steps of an alert"),
}
# Questions to a person, by the consequence of the message.
_CANCEL, _CLEAR = (
    _("The sender cancels this message. Cancel our alert?"),
    _("The sender gives the all-clear. Send an all-clear?"),
)
QUESTION: dict[str, LabelText] = {
    Airs.DRAFT_CANCEL: _CANCEL,
    Airs.DRAFT_DRILL_CANCEL: _CANCEL,
    Airs.DRAFT_ALL_CLEAR: _CLEAR,
    Airs.DRAFT_DRILL_ALL_CLEAR: _CLEAR,
}
TROUBLE: dict[str, LabelText] = {
    FeedTrouble.NONE: _("Well"),
    FeedTrouble.FAILING: _("No answer"),
    FeedTrouble.SILENT: _("Silent"),
    FeedTrouble.PARTLY: _("Entries cannot be read"),
    FeedTrouble.UNPUSHED: _("Only polled"),
}
MSG_TYPE: dict[str, LabelText] = {"Alert": _("Alerts"), "Update": _("Update"), "Cancel": _("Cancel")}
RESPONSE: dict[str, LabelText] = {
    ResponseType.SHELTER: _("take shelter where you are"),
    ResponseType.EVACUATE: _("leave the area"),
    ResponseType.PREPARE: _("get ready"),
    ResponseType.EXECUTE: _("carry out the plan"),
    ResponseType.AVOID: _("keep away"),
    ResponseType.MONITOR: _("follow the news"),
    ResponseType.ASSESS: _("judge the information"),
    ResponseType.ALL_CLEAR: _("return to normal life"),
    ResponseType.NONE: _("do nothing"),
}
NOTE: dict[str, LabelText] = {
    "BEYOND_RIGHTS": _("It names places that the sender may not speak for; those are left out."),
    "ELSEWHERE": _("Every place in it is outside the province."),
    "EXPIRES_EARLIER": _("The message lasts longer than is allowed; the draft ends earlier."),
    "EXPIRES_IMPOSED": _("The message has no end; the draft is given one."),
    "LANGUAGE_LEFT_OUT": _("A language that cannot be spoken is left out."),
    "MISSED": _("The sender has sent a message that was never heard here."),
    "NOTHING_OF_OURS": _("It concerns no alert of ours."),
    "PIN_UNUSABLE": _("The sender's pinned certificate cannot be used. Tell the administrator."),
    "REPLACES_DRAFT": _("There is an older draft of the same matter; discard the one you do not use."),
    "RESPONSE": _("The sender asks people to do this"),
    "RISK_OUT_OF_BOUNDS": _("The law does not give this hazard the risk level that is stated; the draft states none."),
    "SHAPE_LEFT_OUT": _("The shape is too fine for devices; whole areas are meant."),
    "VIETNAMESE_FROM_TEMPLATE": _("The message has no Vietnamese; the template speaks."),
}
FINDING: dict[str, LabelText] = {
    FindingCode.TOO_BIG: _("Larger than 2 MiB."),
    FindingCode.BAD_ENCODING: _("An encoding that is not taken, or bytes that are not in the encoding declared."),
    FindingCode.NOT_WELL_FORMED: _("Not well-formed XML with namespaces."),
    FindingCode.DOCTYPE: _("Has a DOCTYPE; nothing behind it is read."),
    FindingCode.TOO_DEEP: _("Elements nested deeper than 32."),
    FindingCode.TOO_MANY_ELEMENTS: _("More than 12,000 elements or 20,000 attributes."),
    FindingCode.NOT_CAP: _("The root is something else than a CAP alert."),
    FindingCode.WRAPPED: _("An Atom, RSS or EDXL wrapper, or several alerts: for the feed reader, not a bare alert."),
    FindingCode.OLD_VERSION: _("CAP 1.0 or 1.1."),
    FindingCode.WRONG_NAMESPACE: _("An alert outside the CAP 1.2 namespace."),
    FindingCode.HIDDEN_ALERT: _("CAP elements inside the signature."),
    FindingCode.UNKNOWN_ELEMENT: _("An element that CAP does not have there."),
    FindingCode.UNKNOWN_ATTRIBUTE: _("An attribute; CAP has none."),
    FindingCode.OUT_OF_ORDER: _("An element stands after one that has to follow it."),
    FindingCode.MISSING: _("A required element is missing."),
    FindingCode.REPEATED: _("An element that may stand once stands again."),
    FindingCode.STRAY_TEXT: _("Text between elements."),
    FindingCode.EMPTY: _("A required text is empty."),
    FindingCode.BAD_IDENTIFIER: _("Space, comma, < or & in an identifier or a sender."),
    FindingCode.BAD_TIME: _("Not of the form 2026-10-12T14:05:00+07:00, or no such time."),
    FindingCode.BAD_VALUE: _("Not one of the words CAP has for it."),
    FindingCode.BAD_LANGUAGE: _("Not a language tag."),
    FindingCode.BAD_NUMBER: _("Not a decimal number."),
    FindingCode.BAD_REFERENCES: _("Not a list of sender,identifier,sent."),
    FindingCode.LIST_TOO_LONG: _("References, addresses or incidents of more than 100,000 characters."),
    FindingCode.BAD_POLYGON: _(
        "The area is empty or not a list of latitude and longitude: left out. Choose the places."
    ),
    FindingCode.POLYGON_TOO_SHORT: _("Fewer than four pairs."),
    FindingCode.POLYGON_OPEN: _("The area was not closed: closed."),
    FindingCode.POLYGON_CROSSES: _("The area crosses itself or has no inside: mended, or left out. Check the places."),
    FindingCode.POLYGON_TOO_COMPLEX: _("More vertices or nearer to each other than can be checked in time."),
    FindingCode.CLAMPED: _("A coordinate lies a hair beyond the edge of the map: the edge is taken."),
    FindingCode.OUT_OF_RANGE: _("Latitude beyond ±90 or longitude beyond ±180."),
    FindingCode.SWAPPED: _("Out of range, and in range when latitude and longitude change places."),
    FindingCode.BAD_CIRCLE: _("Not of the form lat,lon radius."),
    FindingCode.NEGATIVE_RADIUS: _("A radius below zero."),
    FindingCode.CEILING_ALONE: _("A ceiling without an altitude."),
    FindingCode.RESTRICTION_MISSING: _("Scope Restricted without a restriction."),
    FindingCode.ADDRESSES_MISSING: _("Scope Private without addresses."),
    FindingCode.REFERENCES_MISSING: _("An update, cancel, acknowledgement or error that refers to nothing."),
    FindingCode.SELF_REFERENCE: _("Refers to its own identifier; updates and cancels carry a new one."),
    FindingCode.NAMES_ITSELF: _("The message refers to its own identifier; that reference is passed over."),
    FindingCode.FOREIGN_REFERENCE: _("Cancels another sender's message without being its superior."),
    FindingCode.REFERENCE_LATER: _("Updates or cancels a message sent after it."),
    FindingCode.NO_INFO: _("An alert or update that says nothing."),
    FindingCode.EXPIRES_BEFORE_SENT: _("Expires before it was sent; an end is set."),
    FindingCode.EXPIRES_BEFORE_EFFECTIVE: _("Expires before it takes effect; an end is set."),
    FindingCode.SIGNATURE_INVALID: _("Not signed by the pinned signer of its sender, or changed since."),
    FindingCode.IDENTIFIER_REUSED: _("An identifier heard before with another time or content."),
    FindingCode.STATUS_CROSSED: _("An exercise touching a real message, or the other way round."),
    FindingCode.HEARTBEAT: _("A feed's sign of life; its references name its last messages."),
    FindingCode.SYSTEM: _("Between systems."),
    FindingCode.TEST: _("A technical test."),
    FindingCode.DRAFT: _("The sender's own draft."),
    FindingCode.ACK: _("Acknowledges a message."),
    FindingCode.ERROR: _("Rejects a message."),
    FindingCode.DUPLICATE: _("Heard before."),
    FindingCode.SUPERSEDED: _("Updated or cancelled by a message heard before."),
    FindingCode.NOTHING_TO_CANCEL: _("Cancels what was never heard; remembered in case it comes late."),
    FindingCode.EXPIRED: _("Over."),
    FindingCode.VERIFIED: _("Signed by the pinned signer of its sender."),
    FindingCode.UNSIGNED: _("Not signed."),
    FindingCode.SIGNER_UNKNOWN: _("Signed, but no signer is pinned for its sender."),
    FindingCode.SIGNATURE_MISSING: _("Not signed although a signer is pinned for its sender."),
    FindingCode.EXPIRES_MISSING: _("Has no end: one is imposed."),
    FindingCode.EXPIRES_BEFORE_ONSET: _("The message ends before the event begins."),
    FindingCode.ONSET_LATER: _("The event lies ahead: to be scheduled, not to be sounded now."),
    FindingCode.SENT_LATER: _("Sent in the future: a clock is wrong."),
    FindingCode.NOT_PUBLIC: _("Restricted or private: not meant for loudspeakers."),
    FindingCode.RESTRICTION_UNUSED: _("A restriction although the scope is not Restricted."),
    FindingCode.ALL_CLEAR_IN_PART: _("Some parts say that it is over, others do not: taken as not over."),
    FindingCode.REFERENCE_UNKNOWN: _("Updates what was never heard."),
    FindingCode.FOREIGN_UPDATE: _("Updates another sender's message without being its superior: that one goes on."),
    FindingCode.NO_AREA: _("Names no area."),
    FindingCode.NO_SHAPE: _("An area with a name only."),
    FindingCode.NO_WORDS: _("Neither headline nor description nor instruction."),
    FindingCode.NOTE_MISSING: _("An exercise or error whose note does not say which."),
    FindingCode.MARKUP: _("HTML in a text; it is taken out before anything is spoken."),
    FindingCode.OUTSIDE_AREA: _("Reaches no area of ours."),
    FindingCode.UNKNOWN_GEOCODE: _("A code of a place that is none of ours."),
    FindingCode.SHAPE_AND_CODES: _("Areas by code and by shape: every area named or touched is proposed as a whole."),
    FindingCode.MORE: _("There is more to find; only the first hundred findings are listed."),
}
# Errors of feeds and deliveries: the first words of the stored error, and the remedy.
FAULT: dict[str, LabelText] = {
    "ENTRY_NOWHERE": _("An entry holds no message and leads to none. Tell the sender."),
    "FETCH_REFUSED URL": _("The address is malformed. Mend the feed."),
    "FETCH_REFUSED SCHEME": _("The address is not https. Ask the sender for one that is."),
    "FETCH_REFUSED HOST": _("The address leads to a host that is not pinned. If it is right, add it with --host."),
    "FETCH_REFUSED ADDRESS": _("The address lies in our own network. If it is right, add the feed with --local."),
    "FETCH_REFUSED REDIRECTS": _("Redirected too often. Tell the sender."),
    "FETCH_REFUSED TOO_BIG": _("It sends more than 2 MB. Tell the sender."),
    "FETCH_REFUSED ENCODING": _("It sends what is compressed, which is not taken. Tell the sender."),
    "FETCH_FAILED RESOLVE": _("No host of that name is found. Check address and network."),
    "FETCH_FAILED CONNECT": _("No connection. Check the network, then call them."),
    "FETCH_FAILED TLS": _("Their certificate is not right. Do not pass over it: call them."),
    "FETCH_FAILED ANSWER": _("The answer broke off. It is tried again by itself."),
    "FETCH_FAILED TIMEOUT": _("The answer took too long. It is tried again by itself."),
    "FETCH_FAILED STOPPING": _("The system is stopping. It tries again by itself."),
    "FETCH_FAILED HTTP": _("They answer with an error. Call them if it lasts."),
    "FETCH_FAILED OURS": _("The fault is ours. Tell a technician."),
    "HUB_DENIED": _("The hub refuses the subscription. Call whoever runs it."),
    "UNREADABLE_FEED": _("What it sends is no feed that can be read. Tell the sender."),
}
CENTRAL_OUTCOME: dict[str, LabelText] = {
    CentralOutcome.DRAFTED: _("Draft, waiting to be submitted"),
    CentralOutcome.REDRAFTED: _("Draft, now with the new words"),
    CentralOutcome.ALERT_DRAFTED: _("Emergency: draft of an alert, waiting for two people"),
    CentralOutcome.FIRED: _("Emergency: sounded by a standing order"),
    CentralOutcome.REPEATED: _("The same event had sounded already"),
    CentralOutcome.REPLACES: _("New version of what was taken: look and decide"),
    CentralOutcome.ASKS_WITHDRAWAL: _("Withdrawn by the central system: look and withdraw"),
    CentralOutcome.NOTHING_OF_IT: _("Withdrawn by the central system; nothing of it is left here"),
    CentralOutcome.AWAITS_SOUND: _("Waiting for its sound file"),
    CentralOutcome.OLD: _("A newer version came before"),
    CentralOutcome.REFUSED: _("Refused"),
}
TONE: dict[str, str] = {
    CentralOutcome.DRAFTED: "brand",
    CentralOutcome.REDRAFTED: "brand",
    CentralOutcome.ALERT_DRAFTED: "bad",
    CentralOutcome.FIRED: "bad",
    CentralOutcome.REPLACES: "wait",
    CentralOutcome.ASKS_WITHDRAWAL: "wait",
    CentralOutcome.AWAITS_SOUND: "wait",
    CentralOutcome.REFUSED: "bad",
}
REPORT: dict[str, LabelText] = {
    ReportKind.DEVICES: _("Devices and their states"),
    ReportKind.BULLETINS: _("States of the central system's bulletins"),
    ReportKind.PLAYED: _("Delivery"),
    ReportKind.STATISTICS: _("Statistics of a day"),
}
_REASON: dict[str, LabelText] = {
    "MISSING": _("missing field"),
    "NOT_TEXT": _("not valid text:"),
    "TOO_LONG": _("too long:"),
    "NOT_A_VERSION": _("wrong version:"),
    "NOT_AN_OBJECT": _("wrong structure"),
    "NOT_CODES": _("wrong list of codes:"),
    "UNKNOWN_VALUE": _("unknown value in"),
    "AREA_UNKNOWN": _("no place has the code"),
    "NOT_A_HASH": _("not a hash:"),
}

_SOUND: dict[str, LabelText] = {
    "SOUND TOO_LARGE": _("the sound file is too large; ask the central system for a smaller one"),
    "SOUND HASH": _("the sound file does not match the hash that was given; tell the central system"),
}


def note(code: str) -> str:
    """Return the sentence of a note, and the figure after its colon."""
    name, _colon, figure = code.partition(":")
    if name not in NOTE:
        return code
    said = str(RESPONSE[ResponseType(figure)]) if name == "RESPONSE" else figure
    return f"{NOTE[name]} ({said})" if figure else str(NOTE[name])


def fault(error: str) -> str:
    """Return error and remedy in words; empty if there is no error. An error without a sentence is shown unchanged."""
    for name, sentence in FAULT.items():
        if error.startswith(name):
            return str(sentence)
    return error


def source(came: str) -> str:
    """Return the channel by which a message came, and the name of its source."""
    way, _space, name = came.partition(" ")
    said = word(_WAY, way) if way in _WAY else __("Another way")
    return f"{said}: {name}" if name else said


def reason(code: str) -> str:
    """Translate the first word of the code; the rest (field names, area codes) is kept.

    The sentence for a faulty sound file includes the remedy.
    """
    if code.startswith(("FETCH_", "SOUND ")):
        return str(_SOUND[code]) if code in _SOUND else fault(code)
    name, _space, rest = code.partition(" ")
    return f"{_REASON[name]} {rest}".strip() if name in _REASON else code


PROBLEMS: dict[str, Sentence] = {
    "NAME_TAKEN": _("The name %(name)s is in use. Choose another."),
    "NOT_A_CERTIFICATE": _(
        "This is no certificate in PEM that can be pinned. Paste the whole of it, with its first and last line."
    ),
    "URL_URL": _("This is no address. Write it whole, as https://host.example/path."),
    "URL_SCHEME": _("The address is not https. Ask for one that is; only for a system without it tick “without TLS”."),
    "URL_HOST": _("The address leads to a host that was not named."),
    "URL_ADDRESS": _("The address lies in our own network. If it is right, tick “in our own network”."),
}


def webhook_event(name: str) -> str:
    """Name the kind of an event that a subscriber is sent: what is before the point, as ``ticket.opened``."""
    kind = name.partition(".")[0]
    return word(WEBHOOK_KIND, WebhookKind.FAULT if kind == "incident" else kind)
