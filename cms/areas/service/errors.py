"""Data set errors, split by remedy.

PlacesError
├── UnknownDataSetError  fix the input: no data set has this name
└── NotLoadedError       load it first: nothing of that data set is stored
"""

from dataclasses import dataclass
from typing import ClassVar

from cms.platform.errors import FeatureError


class PlacesError(FeatureError):
    """Base of data set errors; ``code`` is stable."""

    code: ClassVar[str] = "PLACES"


@dataclass
class UnknownDataSetError(PlacesError):
    """No data set of areas has this name."""

    name: str
    code: ClassVar[str] = "UNKNOWN_DATA_SET"


@dataclass
class NotLoadedError(PlacesError):
    """The data set has to be loaded before this."""

    name: str
    code: ClassVar[str] = "NOT_LOADED"
