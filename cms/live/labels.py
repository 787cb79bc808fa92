"""Labels of live addresses. The source language is Vietnamese."""

from broadcast.alerts.orders import ReachState
from broadcast.live.model import LiveEnd, LiveState
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

STATE: dict[str, LabelText] = {
    LiveState.HELD: __("Recorded first, not released"),
    LiveState.PREPARING: __("Preparing"),
    LiveState.ON_AIR: __("Live on air"),
    LiveState.ENDED: __("Has ended"),
}
TONE: dict[str, str] = {
    LiveState.HELD: "wait",
    LiveState.PREPARING: "wait",
    LiveState.ON_AIR: "bad",
    LiveState.ENDED: "good",
}
END: dict[str, LabelText] = {
    LiveEnd.OWNER: __("stopped by the speaker"),
    LiveEnd.STOPPED: __("somebody stopped the loudspeakers"),
    LiveEnd.SILENT: __("nothing came from the speaker's device any more"),
    LiveEnd.NEVER: __("prepared, and never on air"),
    LiveEnd.TIME_LIMIT: __("its greatest length was reached"),
    LiveEnd.QUIET_HOURS: __("quiet hours began"),
    LiveEnd.BROKER: __("the message broker was lost"),
    LiveEnd.GATEWAY: __("the sending server was restarted"),
    LiveEnd.HEARD: __("the recording was over"),
    LiveEnd.DISCARDED: __("discarded, not released"),
}
REACH: dict[str, LabelText] = {
    ReachState.WAITING: __("no answer yet"),
    ReachState.SILENT: __("no answer"),
    ReachState.RECEIVED: __("loudspeakers open"),
    ReachState.REFUSED: __("not played"),
    ReachState.SOUNDING: __("playing"),
    ReachState.CUT: __("cut"),
    ReachState.DONE: __("played"),
    ReachState.CANCELLED: __("stopped"),
}
REACH_TONE: dict[str, str] = {
    ReachState.RECEIVED: "brand",
    ReachState.SOUNDING: "brand",
    ReachState.DONE: "good",
    ReachState.CUT: "wait",
    ReachState.CANCELLED: "wait",
    ReachState.REFUSED: "bad",
}
EVENT: dict[str, LabelText] = {
    "live.prepared": __("Live address prepared"),
    "live.held": __("Chose to record first"),
    "live.said": __("Record sound"),
    "live.made": __("Sound made"),
    "live.released": __("Recording released"),
    "live.on_air": __("On air"),
    "live.ended": __("Live address over"),
    "live.recorded": __("Recording stored"),
}
PROBLEMS: dict[str, Sentence] = {
    "QUIET_HOURS_NOW": __("%(area)s is in quiet hours. Wait until they are over, or leave it out."),
    "QUIET_HOURS_SOON": __(
        "Quiet hours begin in %(area)s before the recording is over. Wait until they end, or record a shorter one."
    ),
    "LIVE_TOO_LONG": __("The recording is longer than %(minutes)s minutes. Record a shorter one."),
    "LIVE_STALE": __(
        "The recording is more than %(hours)s hours old and may not hold any more. Discard it and record anew."
    ),
    "LIVE_NOT_HELD": __("This one was released or discarded and takes no recording any more. Begin a new one."),
    "NO_LOUDSPEAKER": __("There is no loudspeaker in what you chose. Choose a place that has one."),
    "LIVE_UNSIGNED": __(
        "%(area)s airs only what is digitally signed, so nobody can speak live there. Record it and send it for "
        "approval."
    ),
    "LIVE_TAKEN": __("%(by)s is speaking live in %(area)s. Wait until they have finished, or leave it out."),
}
