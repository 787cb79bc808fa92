"""Forms: answers of a view, and the page shown again with the problems of what was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Response as FlaskResponse
from flask import abort
from werkzeug.wrappers import Response

from cms.platform.web.messages import area_names
from province.errors import InvalidError, NotAllowedError, Problem

Answer = str | tuple[str, int] | Response


@contextmanager
def redisplay(page: Callable[..., str], *shown: object, not_yours: str = "", **more: object) -> Iterator[None]:
    """Show the page again, with its problems and status 422, where the input within is invalid.

    ``not_yours`` names the field of areas: those in which the user lacks the right are a problem of that field.
    """
    try:
        yield
    except InvalidError as error:
        problems = error.problems
    except NotAllowedError as error:
        if not (not_yours and error.areas):
            raise
        problems = (Problem(not_yours, "NOT_YOURS", {"areas": area_names(error.areas)}),)
    else:
        return
    abort(FlaskResponse(page(*shown, problems=problems, **more), HTTPStatus.UNPROCESSABLE_ENTITY))
