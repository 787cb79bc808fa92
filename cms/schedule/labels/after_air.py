"""Labels for devices that are not ready and for missed airings."""

from typing import Any, TypeAlias

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.scheduling.make_good import Left, Remedy
from cms.platform.web.languages import lazy as _
from cms.schedule.queries.readiness import Hold

LabelText: TypeAlias = Any

HOLD: dict[str, LabelText] = {
    Hold.SILENT: _("never yet connected"),
    Hold.OFFLINE: _("disconnected"),
    Hold.REFUSED: _("says that it cannot play it"),
    Hold.FETCHING: _("sound not fetched yet"),
    Hold.UNSENT: _("plan not sent yet"),
    Hold.NO_PLAN: _("new plan not taken"),
}
REMEDY_FOR: dict[str, LabelText] = {
    Hold.SILENT: _("Check power, SIM and the installation at the pole."),
    Hold.OFFLINE: _(
        "Call whoever looks after it to check power and network; connected before the time it is still in time. What "
        "was fetched before is played all the same."
    ),
    Hold.REFUSED: _("See the reason it gives; if it is the equipment, call the technician."),
    Hold.FETCHING: _("Wait a few minutes; if nothing moves, look at the 4G signal and the free space."),
    Hold.UNSENT: _("It is being sent. After more than 5 minutes tell the operator of the server."),
    Hold.NO_PLAN: _("It is connected but has not taken the plan: wait a few minutes, then restart it."),
}
MODE: dict[str, LabelText] = {
    MakeGoodMode.NONE: _("Do not make good"),
    MakeGoodMode.ASK: _("Ask an approver"),
    MakeGoodMode.NEXT_SESSION: _("Right after the next session"),
    MakeGoodMode.SAME_DAY: _("The same day"),
}
REMEDY: dict[str, LabelText] = {
    Remedy.ASKED: _("waits for a decision"),
    Remedy.PLANNED: _("made good"),
    Remedy.LEFT: _("not made good"),
}
REMEDY_TONE: dict[str, str] = {Remedy.ASKED: "wait", Remedy.PLANNED: "brand", Remedy.LEFT: ""}
LEFT: dict[str, LabelText] = {
    Left.POLICY: _("the rule of the area is not to"),
    Left.PERSON: _("an approver decided so"),
    Left.TOO_LATE: _("no time left"),
    Left.AIRS_AGAIN: _("the bulletin airs again by itself soon"),
    Left.WITHDRAWN: _("the bulletin was withdrawn"),
    Left.STOPPED: _("the loudspeaker was stopped by command"),
    Left.HEARD: _("it was played after all"),
}
