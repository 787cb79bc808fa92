"""Reasons for refusing a recording, with remedies: one sentence for each of ``media.errors.REASONS``."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from cms.platform.web import request_context
from cms.platform.web.languages import filled
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from media.errors import RefusedAudioError
from province.errors import Problem

REFUSED: Final[Mapping[str, LabelText]] = {
    "TOO_LARGE": __("The file is too large. Compress it (mp3) or shorten it, then upload it again."),
    "TOO_LONG": __("The recording is longer than %(minutes)s minutes. Shorten it and send it again."),
    "TOO_SHORT": __("The recording is too short. Choose another file."),
    "NOT_AUDIO": __("This is not a sound file. Choose wav, mp3, m4a or ogg."),
    "FORMAT": __("The file is cut off or of the wrong kind. Send it again, or export it as wav, mp3, m4a or ogg."),
    "SILENT": __("The recording is silent. Record it again."),
    "MANY_STREAMS": __("The file has several sound streams. Export a single one and upload it again."),
    "CLIPPED": __("Too loud, it distorts. Move away from the microphone and record again."),
    "QUIET": __("Too soft. Speak nearer to the microphone and record again."),
    "NOISY": __(
        "The room is noisy, joins between phrases would be heard. Turn off fans, close the door and record again."
    ),
    "KNOCKS": __(
        "The recording is nearly all knocks and bangs, so it cannot be brought to the right loudness. Record it again."
    ),
    "CHIME_LONG": __("The chime is longer than 30 seconds. Shorten it and send it again."),
    "DAY_FULL": __(
        "You have reached today's limit (%(count)s files or %(mb)s MB). Send more tomorrow, or ask an administrator to "
        "raise the limit."
    ),
    "ALL_FULL": __(
        "The server holds too many recordings that are not used yet. Unused files are deleted after 3 days; to send "
        "one now, tell an administrator."
    ),
    "DISK_FULL": __(
        "The server's disk is nearly full, so no recordings are taken for now. Text bulletins and alerts still work; "
        "tell the technician on call."
    ),
    "CUES": __("The cues or fades do not fit the recording. Set them again under Cues and fades."),
}


def sentence(reason: str) -> str:
    """Return the reason and the remedy, with the limits of this server."""
    settings = request_context.context().settings
    limits = {"count": settings.upload_day_count, "mb": settings.upload_day_mb, "minutes": settings.upload_max_minutes}
    return filled(REFUSED[reason], limits)


def status_of(problems: Sequence[Problem]) -> HTTPStatus:
    """Return the status of a page that shows the problems; a recording that is too large has one of its own."""
    is_large = any(each.code == f"{RefusedAudioError.code}:TOO_LARGE" for each in problems)
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_large else HTTPStatus.UNPROCESSABLE_ENTITY


def problem_of(error: RefusedAudioError) -> Problem:
    """Return the refusal as a problem of the form's field."""
    return Problem("recording", f"{error.code}:{error.reason}")


REMARKS: Final[Mapping[str, LabelText]] = {
    "CLIPPED": __(
        "It is too loud and distorted in many places. Listen to it; if it is distorted, record again or choose another "
        "file."
    ),
    "QUIET": __(
        "It is very quiet, and background noise will be heard on air. Listen to it; if it is noisy, record again "
        "closer to the microphone."
    ),
}
"""Remarks on a recording that is accepted all the same."""
