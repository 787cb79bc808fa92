"""Error catalogue: HTTP status, problem type and sentence of each refusal.

One table, keyed by the stable ``code`` that every error class of ours carries; ``docs/errors.md`` is written from it.
Sentences are message ids, translated where they are shown, with the error's attributes as ``%(name)s``.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from province.errors import CodedError

PROBLEM_BASE = "/problems/"
RETRY_AFTER_S = 15
"""``Retry-After`` of a 503 response."""


def N_(sentence: str) -> str:  # noqa: N802 the name message extraction looks for
    """Mark a sentence for translation where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class ProblemType:
    """Catalogue row. ``title`` is English, for the API; ``sentence`` is a message id; ``remedy`` says who can help."""

    code: str
    status: HTTPStatus
    title: str
    sentence: str
    remedy: str

    @property
    def uri(self) -> str:
        """Return the ``type`` of RFC 9457, relative to the API's address."""
        return PROBLEM_BASE + self.code.lower().replace("_", "-")


class FeatureError(CodedError, code="REFUSED"):
    """Base of errors of the server's own features; ``code`` is stable and names a row of the catalogue."""


UNEXPECTED = ProblemType(
    "UNEXPECTED",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something broke here",
    N_("Something broke here. It has been written down; try again in a few minutes."),
    "call an engineer",
)

_ROWS = (
    ProblemType(
        "NOT_FOUND",
        HTTPStatus.NOT_FOUND,
        "Nothing of that kind has that id",
        N_("Not found, or not visible to you."),
        "look again",
    ),
    ProblemType(
        "VERSION_CONFLICT",
        HTTPStatus.CONFLICT,
        "Somebody else changed it meanwhile",
        N_("This has just been changed elsewhere. Reload and go on."),
        "reload",
    ),
    ProblemType(
        "CONTENT_CHANGED",
        HTTPStatus.CONFLICT,
        "What would be aired is not what was looked at",
        N_("What would be aired has changed since you looked at it. Listen again, then decide."),
        "listen again",
    ),
    ProblemType(
        "NOT_ALLOWED",
        HTTPStatus.FORBIDDEN,
        "You may not do this here",
        N_("You may not do this in the chosen places."),
        "ask another person",
    ),
    ProblemType(
        "TOKEN_REFUSED",
        HTTPStatus.FORBIDDEN,
        "No token does this, or this token is not for it; see reason",
        N_("A program (token) cannot do this. A person with the right does it at the console."),
        "have a person do it at the console, or make a token with the scope",
    ),
    ProblemType(
        "NOT_POSSIBLE",
        HTTPStatus.CONFLICT,
        "The present state does not allow this step",
        N_("This step is not possible in the bulletin's present state."),
        "look at the state",
    ),
    ProblemType(
        "FROZEN",
        HTTPStatus.CONFLICT,
        "It is about to air, and its plan stands until then",
        N_(
            "It is about to air: within %(freeze_min)s minutes before air nothing is changed. Wait until it has aired, "
            "ask somebody entitled to give a reason, or stop the loudspeakers."
        ),
        "wait, have it overridden with a reason, or stop",
    ),
    ProblemType(
        "INVALID",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The input has problems; all of them are listed",
        N_("Some of the input is not right yet; see each item below."),
        "fix the input",
    ),
    ProblemType(
        "CLASH",
        HTTPStatus.CONFLICT,
        "The schedule collides; all collisions are listed",
        N_("The schedule collides; see each collision below."),
        "move, shorten or leave out",
    ),
    ProblemType(
        "UNKNOWN_AREA",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No area has this id",
        N_("No area has the code %(area_id)s."),
        "fix the input",
    ),
    ProblemType(
        "AREA_TREE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The tree of areas contradicts itself",
        N_("The data of area %(area_id)s contradicts itself. Tell a technician."),
        "call an engineer",
    ),
    ProblemType(
        "LINK",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The message broker did not take the message",
        N_("Not sent to the devices yet. The system will send it again by itself."),
        "retry",
    ),
    ProblemType(
        "TOO_BIG",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "A message is larger than the wire allows",
        N_("The bulletin makes a message too large for devices. Tell a technician."),
        "call an engineer",
    ),
    ProblemType(
        "AUDIO_REFUSED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This audio file is not taken; see reason",
        N_("This recording is not taken (%(reason)s). Choose another file."),
        "choose another file",
    ),
    ProblemType(
        "NO_VOICE",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No voice speaks this language",
        N_("No voice speaks this language yet. Upload a recording."),
        "record it",
    ),
    ProblemType(
        "VOICE_CHOICE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The setting of voices is not understood",
        N_("The setting of voices is wrong. Please tell a technician."),
        "correct LOA_VOICES",
    ),
    ProblemType(
        "VOICE_BROKEN",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The folder of a chosen voice cannot be used",
        N_("The folder of a voice is incomplete or broken. Please tell a technician."),
        "supply the folder anew",
    ),
    ProblemType(
        "TOOL_FAILED",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "An audio tool failed",
        N_("Making the sound failed. Try again; if it still fails, tell a technician."),
        "retry, then call an engineer",
    ),
    ProblemType(
        "CONTENT_MISSING",
        HTTPStatus.NOT_FOUND,
        "The content store holds nothing under this hash",
        N_("The store does not hold this content."),
        "call an engineer",
    ),
    ProblemType(
        "UPLOAD_MISSING",
        HTTPStatus.NOT_FOUND,
        "No such upload of yours; it may have been left for more than a day",
        N_("What was sent of this file is gone. Send it again from the beginning."),
        "begin anew",
    ),
    ProblemType(
        "UPLOAD_GAP",
        HTTPStatus.CONFLICT,
        "Bytes from offset on are missing",
        N_("The file has not come in whole. Go on sending."),
        "go on from offset",
    ),
    ProblemType(
        "SIGN_IN_FAILED",
        HTTPStatus.UNAUTHORIZED,
        "Login or password is wrong",
        N_("User name or password is wrong."),
        "try again",
    ),
    ProblemType(
        "SIGN_IN_LOCKED",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Sign-in is held back after repeated failures",
        N_("Wrong several times. Wait, then try again."),
        "wait",
    ),
    ProblemType(
        "SIGN_IN_BUSY",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Too many sign in at this moment",
        N_("Too many people are signing in at this moment. Wait a few seconds and try again."),
        "wait a few seconds",
    ),
    ProblemType(
        "PASSWORD_WEAK",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The password is too short, guessed easily, or the one before; see reason",
        N_(
            "The password has to be new, of at least %(min_length)s characters and hard to guess: no repetition, no "
            "row of keys or figures, no name, place or the word “password”. Four or five unrelated words are good."
        ),
        "choose a longer one",
    ),
    ProblemType(
        "LOGIN_TAKEN",
        HTTPStatus.CONFLICT,
        "Another user has this login",
        N_("Another user has the name %(login)s."),
        "choose another login",
    ),
    ProblemType(
        "CODE_MISSING",
        HTTPStatus.FORBIDDEN,
        "No code was given",
        N_("Type the authentication code: the 6 digits that the app on your telephone shows now."),
        "type the present code",
    ),
    ProblemType(
        "WRONG_CODE",
        HTTPStatus.FORBIDDEN,
        "Neither a present code of the authenticator nor an unused recovery code",
        N_("The code is not right. Open the authenticator app and type the code it shows now."),
        "type the present code",
    ),
    ProblemType(
        "CODE_CLOCK_OFF",
        HTTPStatus.FORBIDDEN,
        "This code belongs to another time: the server's clock, or the telephone's, may be off",
        N_(
            "This code belongs to another time: the clock of the server or of the telephone may be off. Compare the "
            "telephone's time; if it is right, tell the technician who looks after the server. A recovery code is "
            "still taken."
        ),
        "compare the clocks, or give a recovery code",
    ),
    ProblemType(
        "PASSKEY_REFUSED",
        HTTPStatus.UNAUTHORIZED,
        "The passkey is unknown, or its answer is wrong, late or was given before",
        N_("The passkey was not taken. Try it again, or sign in with user name and password."),
        "try again, or sign in with the password",
    ),
    ProblemType(
        "PASSKEYS_TOO_MANY",
        HTTPStatus.CONFLICT,
        "The person has the most passkeys there may be",
        N_("You have %(most)s passkeys, which is the most. Remove one that you do not use."),
        "remove a passkey",
    ),
    ProblemType(
        "TOKENS_TOO_MANY",
        HTTPStatus.CONFLICT,
        "The person has the most tokens there may be",
        N_("You have %(most)s tokens, which is the most. Revoke one that no program needs."),
        "revoke a token",
    ),
    ProblemType(
        "INVITATION_OVER",
        HTTPStatus.GONE,
        "The link was used, replaced or has expired",
        N_(
            "It was used before, replaced by a newer one, or is too old. Ask the administrator who sent it for another."
        ),
        "ask an administrator for a new link",
    ),
    ProblemType(
        "CODE_USED",
        HTTPStatus.CONFLICT,
        "This code has been taken before; each is good once",
        N_("This code has been used. Wait for the app to show a new one (at most 30 seconds) and type that."),
        "wait for the next code",
    ),
    ProblemType(
        "CODE_LOCKED",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Codes are held back after repeated wrong ones",
        N_("Wrong codes many times. Wait and try again, or ask the administrator."),
        "wait",
    ),
    ProblemType(
        "NOT_ENROLLED",
        HTTPStatus.FORBIDDEN,
        "The user has no second factor",
        N_("This account has no second factor yet. Sign in again to set it up."),
        "enrol an authenticator",
    ),
    ProblemType(
        "SECOND_FACTOR_UNREADABLE",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The second factor is sealed with a key that is gone",
        N_("The data of the second factor cannot be read. Ask the administrator to reset it for this account."),
        "have an administrator reset it",
    ),
    ProblemType(
        "UNKNOWN_DATA_SET",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No data set of areas has this name",
        N_("There is no set of areas named %(name)s."),
        "fix the input",
    ),
    ProblemType(
        "NOT_LOADED",
        HTTPStatus.CONFLICT,
        "A data set of areas has to be loaded first",
        N_("The areas of %(name)s have to be loaded first."),
        "load it",
    ),
)

_OUTAGES = tuple(
    ProblemType(code, HTTPStatus.SERVICE_UNAVAILABLE, title, sentence, remedy)
    for code, title, sentence, remedy in (
        (
            "DATABASE_UNREACHABLE",
            "The database cannot be reached; nothing was stored",
            N_("The database cannot be reached, so this was not done."),
            "start the database, then retry",
        ),
        (
            "DATABASE_SILENT",
            "The database does not answer; whether this was stored is not known",
            N_("The database does not answer, so it is not known whether this was stored."),
            "look whether it was done, then retry",
        ),
        (
            "DATABASE_FULL",
            "The database's disk is full; nothing was stored",
            N_("The database's disk is full, so this was not stored."),
            "free the disk, then retry",
        ),
        (
            "DATABASE_READ_ONLY",
            "The database can be read and not written; nothing was stored",
            N_("The database can only be read now, so this was not stored."),
            "make it writable, then retry",
        ),
        (
            "DATABASE_LOCKED",
            "The database was busy for too long; nothing was stored",
            N_("The database was busy for too long, so this was not stored."),
            "retry",
        ),
        (
            "DISK_FULL",
            "The server's disk is full or cannot be written to",
            N_("The server's disk is full or cannot be written to."),
            "free the disk, then retry",
        ),
        (
            "CONTENT_AWAY",
            "The content store does not answer; nothing was stored",
            N_("The content store (audio, files) does not answer, so this was not done."),
            "start the S3 server, then retry",
        ),
    )
)

PROBLEMS: Mapping[str, ProblemType] = {row.code: row for row in (*_ROWS, *_OUTAGES, UNEXPECTED)}


def problem_of(error: BaseException) -> ProblemType:
    """Return the row of an error; UNEXPECTED if it has none of our codes."""
    return PROBLEMS.get(str(getattr(error, "code", "")), UNEXPECTED)


def attributes_of(error: object) -> dict[str, object]:
    """Return the error's typed attributes: members of the problem document and figures of the sentence."""
    if not dataclasses.is_dataclass(error):
        return {}
    return {field.name: getattr(error, field.name) for field in dataclasses.fields(error)}
