"""Remote signing in words: how far it is, and why it failed."""

from collections.abc import Mapping
from typing import Final

from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText, Sentence
from cms.signing.model import SigningFailure, SigningState

STATE: Final[Mapping[SigningState, LabelText]] = {
    SigningState.WAITING: _("Ordered; it begins within seconds."),
    SigningState.ASKING: _("Asking the service for your certificate …"),
    SigningState.CONFIRMING: _(
        "Confirm on your telephone now: open the app of the service. It waits for three minutes."
    ),
    SigningState.CHOOSING: _("You have several certificates there. Choose one."),
    SigningState.SIGNED: _("Signed, verified and kept with the bulletin."),
    SigningState.FAILED: _("It was not signed."),
}
FAILURE: Final[dict[str, Sentence]] = {
    SigningFailure.NO_ANSWER: _(
        "The signing service does not answer. Try again in a few minutes, or download the PDF and sign it elsewhere."
    ),
    SigningFailure.UNREADABLE: _(
        "The signing service gave an answer that could not be read. Tell the administrator of the server."
    ),
    SigningFailure.OUR_ACCESS: _(
        "The signing service does not let this server in. Ask the administrator of the server to check its access."
    ),
    SigningFailure.NO_CERTIFICATE: _(
        "The service knows no valid certificate of this account. Check the account, or renew the certificate there."
    ),
    SigningFailure.BROWSER_ONLY: _(
        "This certificate can be used on the service's own pages alone. Download the PDF, sign it there and "
        "upload it here."
    ),
    SigningFailure.ALGORITHM: _(
        "The key of this certificate uses an algorithm that is not supported here. Choose another certificate."
    ),
    SigningFailure.WRONG_PIN: _("The PIN is wrong. Type it again: after several wrong ones the service locks it."),
    SigningFailure.WRONG_CODE: _("The one-time code is wrong or too old. Type the one that is shown now."),
    SigningFailure.DECLINED: _("The signature was declined in the app. If that was not you, tell the signing service."),
    SigningFailure.NOT_CONFIRMED: _("It was not confirmed in time. Have your telephone at hand, and order it again."),
    SigningFailure.REFUSED: _("The signing service refused. Check account and certificate there, and order it again."),
    SigningFailure.INTERRUPTED: _("It was interrupted. Order it again."),
}
PROBLEMS: Final[dict[str, Sentence]] = {
    **{str(code): sentence for code, sentence in FAILURE.items()},
    "SIGNING_NO_CHOICE": _("Choose one of the certificates shown. If there are none, order the signature again."),
}
FIELDS: Final[dict[str, LabelText]] = {
    "account": _("Your account at the signing service"),
    "pin": _("PIN"),
    "code": _("One-time code"),
    "credential": _("Certificate"),
}
