"""Labels of citizens' feedback. The source language is Vietnamese."""

from broadcast.feedback.model import Channel, FeedbackKind, FeedbackState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText

STATE: dict[str, LabelText] = {
    FeedbackState.OPEN: _("Waiting for an answer"),
    FeedbackState.ANSWERED: _("Answered"),
    FeedbackState.CLOSED: _("Closed"),
}
TONE: dict[str, str] = {FeedbackState.OPEN: "wait", FeedbackState.ANSWERED: "brand", FeedbackState.CLOSED: "good"}
CHANNEL: dict[str, LabelText] = {
    Channel.PHONE: _("Telephone"),
    Channel.IN_PERSON: _("In person"),
    Channel.PAPER: _("On paper"),
    Channel.EMAIL: _("E-mail"),
    Channel.WEB: _("Web"),
}
KIND: dict[str, LabelText] = {
    FeedbackKind.NOISE: _("Too loud"),
    FeedbackKind.NOT_HEARD: _("Not heard"),
    FeedbackKind.CONTENT: _("What the message says"),
    FeedbackKind.PRAISE: _("Praise"),
    FeedbackKind.OTHER: _("Other"),
}
EVENT: dict[str, LabelText] = {
    "feedback.taken_down": _("Noted feedback"),
    "feedback.corrected": _("Put feedback right"),
    "feedback.answered": _("Answered feedback"),
    "feedback.closed": _("Close feedback"),
    "feedback.received": _("Received by the public page"),
    "feedback.published": _("Publish on the public page"),
    "feedback.hidden": _("Take off the public page"),
}
