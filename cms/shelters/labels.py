"""Words of shelters."""

from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText

FIELDS: dict[str, LabelText] = {"shelter": __("Shelter when people have to leave")}
