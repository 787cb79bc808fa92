"""Labels of broadcast sessions."""

from collections.abc import Mapping

from broadcast.sessions.model import ItemRole, Overrun
from broadcast.sessions.placement import NoPlace
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence

ROLE: dict[str, LabelText] = {
    ItemRole.OPENING: _("Opening"),
    ItemRole.ITEM: _("In order"),
    ItemRole.FILL: _("Fills time that is left"),
    ItemRole.CLOSING: _("Closing"),
}
OVERRUN: dict[str, LabelText] = {
    Overrun.REFUSE: _("Refuse what does not fit"),
    Overrun.PUSH: _("Move it to the next date of the session"),
    Overrun.DROP: _("Leave it out"),
}
NO_PLACE: dict[str, LabelText] = {
    NoPlace.FULL: _("No time is left for it"),
    NoPlace.ANCHOR: _("Its fixed time is taken or outside the session"),
}
PROBLEMS: Mapping[str, Sentence] = {
    "SESSION_LENGTH": _("From %(min)s to %(max)s minutes."),
    "SESSION_GAP": _("From 0 to %(max)s seconds."),
    "SESSION_OVERLAPS": _("It would overlap the session “%(name)s” of the same place. Choose another time."),
    "SESSION_UNKNOWN": _("This broadcast session no longer exists. Choose another one."),
    "SESSION_ELSEWHERE": _(
        "The session “%(name)s” is not heard at all the chosen places. Choose fewer places or another session."
    ),
    "SESSION_NOT_HELD": _("The session “%(name)s” is not held on that date. Choose another date."),
    "SESSION_LOCKED": _("The session “%(name)s” of that date is locked: its order stands. Choose a later one."),
    "SESSION_ITEMS": _("A session has at most %(max)s items. Choose another session."),
    "SESSION_FULL": _(
        "Only %(free)s seconds are left in the session “%(name)s”, and it needs %(needed)s. Take something out or "
        "choose another session."
    ),
    "OWN_TIME_ONLY": _("Only a time of its own can be chosen here, no broadcast session."),
    "NO_OPEN_SESSION": _(
        "No session of its places is open in the next days. Choose a time of its own, or set up a session."
    ),
    "SESSION_TWICE": _("It is in that session already."),
    "ANCHOR_OUTSIDE": _("That time is outside the session “%(name)s”."),
    "PLACED_BY_SESSION": _("A broadcast session decides its time. Change the order on the session's page."),
    "NO_PLACE_IN_SESSION": _(
        "It has no place in its broadcast session: that is locked or full. Choose a later session or a time of its own."
    ),
}
