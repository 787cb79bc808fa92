"""Labels of firmware. The source language is Vietnamese."""

from collections.abc import Mapping, Sequence

from cms.platform.web import formats
from cms.platform.web.formats import BarPart
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from devices.firmware.model import ACCEPTED, MemberState, Rollout, RolloutState, Wave
from devices.firmware.rollout_progress import SILENT
from devices.firmware.wave_membership import WaveExclusion
from devices.protocol.messages import Code

STATE: dict[str, LabelText] = {
    RolloutState.DRAFT: __("Not started"),
    RolloutState.CANARY: __("The canary is trying it"),
    RolloutState.HELD: __("The canary is good; waits for a second person to release it"),
    RolloutState.WAVES: __("Updating"),
    RolloutState.STOPPED: __("Stopped"),
    RolloutState.DONE: __("Finished"),
}
STATE_TONE: dict[str, str] = {
    RolloutState.CANARY: "brand",
    RolloutState.HELD: "wait",
    RolloutState.WAVES: "brand",
    RolloutState.STOPPED: "bad",
    RolloutState.DONE: "good",
}
WAVE: dict[str, LabelText] = {
    Wave.CANARY.name: __("Canary"),
    Wave.TENTH.name: __("One tenth"),
    Wave.HALF.name: __("Half"),
    Wave.ALL.name: __("All"),
}
MEMBER: dict[str, LabelText] = {
    MemberState.WAITING: __("On hold"),
    MemberState.SENT: __("Sent"),
    MemberState.RECEIVED: __("Fetching"),
    MemberState.READY: __("Fetched, waits for a calm moment"),
    MemberState.TRYING: __("On trial"),
    MemberState.DONE: __("Succeeded"),
    MemberState.FAILED: __("Failed, back on the old image"),
    MemberState.UNHEARD: __("Out of reach"),
    MemberState.LEFT: __("Not in the roll-out any more"),
}
MEMBER_TONE: dict[str, str] = {
    MemberState.DONE: "good",
    MemberState.FAILED: "bad",
    MemberState.UNHEARD: "wait",
    **dict.fromkeys(ACCEPTED, "brand"),
}
LEFT_OUT: dict[str, LabelText] = {
    WaveExclusion.MODEL_UNKNOWN: __("The device has not told its model"),
    WaveExclusion.NO_IMAGE: __("No firmware is chosen for this model"),
    WaveExclusion.UP_TO_DATE: __("Runs this image or a newer one"),
    WaveExclusion.ELSEWHERE: __("In another roll-out"),
    WaveExclusion.ONLY_ONE: __(
        "The only loudspeaker cluster of its commune: kept out, so that the commune is never without"
    ),
}
STOPPED: dict[str, LabelText] = {
    "GATE": __("Stopped by itself: one in twenty devices of a wave, or more, failed."),
    "UNHEARD": __("Stopped by itself: no device of the canary answered."),
    "PERSON": __("Somebody stopped it."),
}
REASON: dict[str, LabelText] = {
    SILENT: __("Took the image and was not heard again"),
    Code.BOOT_FAILED: __("The new image did not stay up"),
    Code.AMP_FAULT: __("The new image failed the self-test of the amplifier"),
    Code.NO_LINK: __("The new image found no connection"),
    Code.NO_SPACE: __("It could not be written to flash"),
    Code.NEAR_ITEM: __("Something is about to air"),
    Code.IN_ALERT: __("An alert is in force"),
    Code.BUSY_HIGHER: __("Live on air"),
    Code.WEAK_BATTERY: __("Weak battery"),
    Code.INSTALLING: __("Another image is being installed"),
    Code.WRONG_MODEL: __("Another model"),
    Code.STALE: __("Runs a newer image"),
    Code.EXPIRED: __("No calm moment came in time"),
    Code.CANCELLED: __("Withdrawn"),
    Code.KEY_ROLE: __("The signing key is no firmware key"),
    Code.UNKNOWN_KEY: __("The device does not know the signing key"),
    Code.BAD_SIGNATURE: __("The signature does not hold"),
    Code.UNSUPPORTED: __("The device is too old to be updated from afar"),
}
PROBLEMS: dict[str, Sentence] = {
    "NO_PACKAGE": __("This file is no firmware package. Choose the file that loa firmware sign makes."),
    "IMAGE_KEY": __(
        "The package is not signed with a firmware key that the system trusts. Sign it again, or have the system trust "
        "this key."
    ),
    "IMAGE_SPOILT": __("The image in the package is not the one that was signed: the file is damaged. Copy it again."),
    "IMAGE_NUMBER_TAKEN": __(
        "Model %(model)s has firmware number %(number)s already. Sign it again with a higher number."
    ),
    "MODEL_TWICE": __("Two images are chosen for model %(model)s. Choose one."),
    "NOBODY_TO_TELL": __("No device needs this update. Look at the preview to see why."),
}
_SHARES = ((MemberState.DONE, "done"), (MemberState.FAILED, "failed"), (MemberState.UNHEARD, "unheard"))


def reason(code: str) -> str:
    return str(REASON[code]) if code in REASON else code


def wave(which: Wave) -> str:
    return str(WAVE[which.name])


def standing(rollout: Rollout) -> str:
    """Return the state of a roll-out, and whether it is paused."""
    words = str(STATE[rollout.state])
    return _("%(state)s (paused)", state=words) if rollout.paused_at is not None else words


def bar(states: Mapping[MemberState, int]) -> Sequence[BarPart[str]]:
    """Return the parts of a bar of 100; the rest is pending."""
    shown = {kind: states.get(state, 0) for state, kind in _SHARES}
    shown["away"] = sum(states.get(each, 0) for each in (*ACCEPTED, MemberState.SENT))
    return formats.bar(shown, shown, 100, sum(states.values()))


def member(state: MemberState, of: RolloutState) -> LabelText | str:
    """Return the state of a device in words: nothing comes any more to one that waits in a stopped roll-out."""
    if state is MemberState.WAITING and of is RolloutState.STOPPED:
        return _("Not told, stopped before")
    return MEMBER[state]
