"""Requests whose query and form values are cleaned once, before any route reads them."""

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from cms.platform.clean_text import clean


class CleanRequest(Request):
    """A request without control characters in ``args`` and ``form``; files and raw bodies are unchanged."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return _cleaned(super().args)

    def _load_form_data(self) -> None:
        if "form" not in self.__dict__:
            super()._load_form_data()
            self.__dict__["form"] = _cleaned(self.__dict__["form"])


def _cleaned(values: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict([(name, clean(value)) for name, value in values.items(multi=True)])
