"""One-time code for a live address to more than one commune."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from flask import request

from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts.views.confirmation import take_code
from cms.platform.web import request_context
from cms.platform.web.languages import _
from province.errors import NotAllowedError
from province.people import Actor

Done = TypeVar("Done")


class CodeWantedError(Exception):
    """Error: the form has no valid code; ``refusal`` is shown at its field."""

    def __init__(self, refusal: str) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def with_code(act: Callable[[Actor], Done]) -> Done:
    """Do ``act`` as the user, with the code of this form if one is needed; only then is it used up.

    Raises:
        CodeWantedError: it is needed, and is missing or refused.
    """
    try:
        return act(replace(request_context.actor(), second_factor_at=None))
    except NotAllowedError as error:
        if error.reason != "SECOND_FACTOR":
            raise
    if not request.form.get("code", "").strip():
        raise CodeWantedError(
            _("To speak to more than one commune a one-time code is needed. Type it and press again.")
        )
    try:
        return act(take_code("live.speak"))
    except AccountError as error:
        raise CodeWantedError(second_factor.refusal(error)) from None
