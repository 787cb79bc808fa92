"""Names of the groups of calls, and what is wrong with the form of a call, for developers of other systems."""

from typing import Final

from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

GROUP: Final[dict[str, LabelText]] = {
    "accounts": __("People and tokens"),
    "alerts": __("Alerts"),
    "areas": __("Areas and their rules"),
    "audit": __("Audit log"),
    "boards": __("Electronic boards"),
    "bulletins": __("Bulletins"),
    "commands": __("Commands to devices"),
    "exchange": __("CAP and the central system"),
    "feedback": __("Feedback of citizens"),
    "firmware": __("Firmware"),
    "fleet": __("Devices"),
    "health": __("Faults and telemetry"),
    "inbox": __("Bulletins sent to communes"),
    "listening": __("Listening tests"),
    "live": __("Live addresses"),
    "notifications": __("Notifications"),
    "public": __("Public pages"),
    "relays": __("Relay sources"),
    "reports": __("Reports"),
    "royalties": __("Royalties"),
    "schedule": __("Calendar and as-run log"),
    "sessions": __("Broadcast sessions"),
    "speech": __("Pronunciation and phrases"),
    "stations": __("Stations"),
    "tickets": __("Tickets"),
    "user_tasks": __("Tasks of people"),
}
PROBLEMS: dict[str, Sentence] = {
    "NOT_A_CURSOR": __("This address leads to no page of the list. Begin with the first page."),
    "UNKNOWN_PARAMETER": __("The call has no parameter of this name."),
}
FIELDS: Final[dict[str, LabelText]] = {"cursor": __("Page of the list")}
