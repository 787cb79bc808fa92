"""Server state: for machines at `/health/ready`, for people on a page and in a line on every page."""

from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from flask import Flask, Response, current_app, jsonify, render_template, request

from cms.platform import readiness
from cms.platform.context import Context
from cms.platform.readiness import FindingSeverity, ReadinessFinding
from cms.platform.server_readiness import ServerReadiness
from cms.platform.web import request_context, security
from cms.platform.web.languages import filled
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import pages
from cms.platform.web.wording import LabelText

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OF_HEALTH: Final = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *security.HEADERS.items()]
_READINESS: Final = "loa.readiness"
_QUEUE: Final = "loa.queue-is-away"
_SYNC: Final = "loa.sync-seconds"


class HealthCheck:
    """WSGI middleware that answers ``/health`` as long as the process serves requests; nothing else is checked.

    The supervisor asks every second: no part of a screen is run for it.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if environ.get("PATH_INFO") != "/health" or method not in {"GET", "HEAD"}:
            return self._app(environ, start_response)
        start_response("200 OK", _OF_HEALTH)
        return [b'{"ok":true}\n'] if method == "GET" else []


def install(app: Flask) -> None:
    app.jinja_env.globals.update(server_line=server_line)
    app.wsgi_app = HealthCheck(app.wsgi_app)  # type: ignore[method-assign]


def watch(app: Flask, is_queue_away: Callable[[], bool], sync_s: Callable[[], float]) -> None:
    """Register whether the queue has not taken this process's events, and how long the disk takes to store a byte."""
    app.extensions[_QUEUE], app.extensions[_SYNC] = is_queue_away, sync_s


def may_read() -> bool:
    """Return whether the request has the token. Its address proves nothing: a proxy may share ours."""
    settings = request_context.context().settings
    token = settings.metrics_token or security.metrics_token(settings.keys_dir)
    given = request.headers.get("Authorization", "")
    return compare_digest(given.encode(), f"Bearer {token}".encode())


@pages.get("/health/ready")
@request_context.sessionless
def ready() -> tuple[Response, int]:
    """Return 200 if everything works, else 503; with the reasons for clients that may read ``/metrics``."""
    found = _readiness().examine()
    is_ready = not any(each.severity is FindingSeverity.FAULT for each in found)
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    told: dict[str, object] = {"ready": is_ready}
    if may_read():
        told["reasons"] = [describe(each) for each in found]
    return jsonify(told), status


@pages.get("/server")
def server_state() -> str:
    """Show the problems of the server, each with its remedy."""
    return render_template("server_state.html", found=[describe(each) for each in _readiness().known()])


@pages.get("/server/line")
def server_state_line() -> str:
    """Render the line of every page, which open pages poll."""
    return render_template("_server_line.html")


def server_line() -> Mapping[str, object] | None:
    """Return the worst problem and the number of others; None if there is none."""
    found = _readiness().known()
    return {**describe(found[0]), "more": len(found) - 1} if found else None


def readiness_of(app: Flask, context: Context) -> ServerReadiness:
    """Return the readiness of this process, made again if it serves another context."""
    parts = app.extensions
    held = cast("ServerReadiness | None", parts.get(_READINESS))
    if held is None or held.context is not context:
        held = ServerReadiness(context, lambda: bool(parts[_QUEUE]()), lambda: float(parts[_SYNC]()))
        parts[_READINESS] = held
    return held


def _readiness() -> ServerReadiness:
    return readiness_of(current_app, request_context.context())


def describe(finding: ReadinessFinding) -> Mapping[str, object]:
    """Return a finding with its sentence and its remedy in the reader's language."""
    sentence, remedy = _SENTENCES[finding.code]
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "text": filled(sentence, finding.values),
        "remedy": str(remedy),
        **finding.values,
    }


_CALL: Final = __("Call the server's engineer now.")
_RESTARTING: Final = __(
    "The system is restarting this part by itself. If this line is still here in 2 minutes, call the server's engineer."
)
_SET_THE_CLOCK: Final = __(
    "Call the technician on duty for the server at once: switch on time synchronisation (NTP) or set the clock. If "
    "the clock is right, confirm it with the command loa clock accept. Once the time is right, sending goes on by "
    "itself."
)
_NO_ALERT_IS_SAVED: Final = __(
    "Nothing can be written, approved or stopped now. Call the server's engineer; if it is urgent, use another way "
    "(telephone, megaphone, going there)."
)
_SENTENCES: Final[Mapping[str, tuple[LabelText, LabelText]]] = {
    "DATABASE_UNREACHABLE": (__("The database cannot be reached."), _NO_ALERT_IS_SAVED),
    "DATABASE_SILENT": (__("The database does not answer."), _NO_ALERT_IS_SAVED),
    "DATABASE_FULL": (
        __("The database's disk is full: nothing more can be stored."),
        __("Have the engineer free the disk now. Loudspeakers go on playing what they hold."),
    ),
    "DATABASE_READ_ONLY": (__("The database can be read and not written."), _NO_ALERT_IS_SAVED),
    "DATABASE_LOCKED": (
        __("The database has been busy for too long."),
        __("Try again in a minute. If it stays so, call the server's engineer."),
    ),
    "GATEWAY_SILENT": (
        __("The gateway to the loudspeakers does not work: alerts do not go out."),
        _RESTARTING,
    ),
    "GATEWAY_STUCK": (__("A part of the gateway to the loudspeakers hangs."), _RESTARTING),
    "SIGNER_AWAY": (
        __("The signer of messages to the loudspeakers does not answer: alerts do not go out."),
        _RESTARTING,
    ),
    "TOKEN_AWAY": (
        __("The signer cannot use the token (HSM) with its keys: alerts do not go out, and wait until it is back."),
        __(
            "See that the token is plugged in, and call the server's engineer: the command loa keys check says what "
            "is wrong."
        ),
    ),
    "SIGNING_REFUSED": (
        __("The signer refused to sign messages to the loudspeakers: somebody may be misusing the system."),
        __("Call the server's engineer now: the log of the signer says what was refused, and which program asked."),
    ),
    "ALERT_UNSIGNED": (
        __("An alert without its people’s own signatures was not sent."),
        __(
            "Raise it again, signed, and have it approved; standing orders cannot be signed yet. If nobody sent it: "
            "call the server's engineer now."
        ),
    ),
    "SIGNATURES_OPEN": (
        __("For %(minutes)s more minutes alerts go out without people’s own signatures: %(reason)s"),
        __("The server's engineer opened this because keys are lost. If you know of no such thing, call now."),
    ),
    "BROKER_LOST": (
        __("The connection to the loudspeakers' message broker is lost: alerts reach no loudspeaker."),
        _RESTARTING,
    ),
    "BROKER_FLAPPING": (
        __("The connection to the loudspeakers' message broker is unstable: made again %(count)s times in 5 minutes."),
        __("Commands still go out but may be late. Have the server's engineer look at the broker's log."),
    ),
    "BROKER_AWAY": (
        __("A message broker of the loudspeakers does not answer: %(brokers)s. Its loudspeakers move to the others."),
        __("Alerts go out. Have the server's engineer look at that broker and at the line to it."),
    ),
    "PROGRAM_AWAY": (__("A part of the server does not answer or is being restarted: %(programs)s."), _RESTARTING),
    "PROGRAM_RESTARTED": (
        __("A part of the server was restarted within the last minute: %(programs)s."),
        __("It works again. If this line comes back, have the server's engineer look at the log."),
    ),
    "CANARY_LOST": (
        __(
            "The server's silent test alert has not come through for %(minutes)s minutes: alerts may reach no "
            "loudspeaker."
        ),
        __("Call the server's engineer now: the log of the scheduler says where it ends."),
    ),
    "CANARY_OFF": (
        __("The silent test alert every three minutes is switched off."),
        __("Nothing tries the path of alerts. Have the engineer switch the trial alert on again."),
    ),
    "CLOCK_IN_DOUBT": (
        __("The server's clock jumped by %(ahead_s)s seconds: the system counts the time on from before."),
        __("Have the engineer check the time service (NTP) now, and confirm the right time by the command loa clock."),
    ),
    "CLOCK_AGAINST_DEVICES": (
        __(
            "The server's clock is off by %(ahead_s)s seconds from most loudspeakers: only alerts and stops are still "
            "sent."
        ),
        _SET_THE_CLOCK,
    ),
    "CLOCK_BEHIND_EVENTS": (
        __("The server's clock is behind its own log by %(ahead_s)s seconds: only alerts and stops are still sent."),
        _SET_THE_CLOCK,
    ),
    "CLOCK_WITHOUT_NTP": (
        __("The server's time is not synchronised (NTP): only alerts and stops are still sent."),
        _SET_THE_CLOCK,
    ),
    "URGENT_SILENT": (
        __("The making of alerts' sound does not work."),
        _RESTARTING,
    ),
    "URGENT_STUCK": (__("The making of alerts' sound hangs."), _RESTARTING),
    "URGENT_WAITING": (
        __("An alert's sound has waited %(seconds)s seconds to be made."),
        _RESTARTING,
    ),
    "CONTENT_AWAY": (
        __("The content store (audio, files) does not answer: no new audio can be received or made."),
        __("Tell the technician on duty for the server at once. Loudspeakers still play what they have downloaded."),
    ),
    "DISK_RESERVE_SPENT": (
        __("The disk space reserved for alerts is used up: %(free_mb)s MB are free on the server."),
        __("Tell the technician to free disk space now. Once there is room, the server makes a new reserve by itself."),
    ),
    "DISK_SLOW": (
        __("The server's disk stores slowly: everything takes longer, alerts included."),
        __("Have the engineer look at the disk now: it may be failing, or other programs use it."),
    ),
    "RECORDINGS_REFUSED": (
        __("Only %(free_mb)s MB are free on the server's disk: no more recordings are taken, except for alerts."),
        __("Tell the technician to free disk space. Text bulletins and alerts still work."),
    ),
    "DISK_LOW": (
        __("The server's disk is almost full: %(pct)s%% free (%(gb)s GB)."),
        __("Have the engineer free the disk. When it is full, nothing can be approved any more."),
    ),
    "CERTIFICATE_ENDS": (
        __("The certificate of these pages ends in %(days)s days: then no browser opens them."),
        __("Tell the technician to renew it. Loudspeakers go on playing."),
    ),
    "BACKUP_BEHIND": (
        __("The back-up is behind: what was done in the last %(minutes)s minutes is on this server alone."),
        __("Tell the technician to look at the disk of the back-up. Everything else works."),
    ),
    "SCHEDULER_SILENT": (
        __("The watching of devices, the reporting of faults and the exchange with other systems do not work."),
        _RESTARTING,
    ),
    "SCHEDULER_STUCK": (__("A part of the watching and exchanging hangs."), _RESTARTING),
    "WORKER_SILENT": (__("The making of bulletins' sound and reports does not work."), _RESTARTING),
    "WORKER_STUCK": (__("The making of bulletins' sound and reports hangs."), _RESTARTING),
    "QUEUE_AWAY": (
        __("The job queue does not work. Jobs are still done, about a second later."),
        _CALL,
    ),
}
assert set(_SENTENCES) == set(readiness.CODES)
