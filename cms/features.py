"""Features of the server: the only list of them."""

from typing import Final

from cms.accounts.feature import FEATURE as ACCOUNTS
from cms.alerts.feature import FEATURE as ALERTS
from cms.areas.feature import FEATURE as AREAS
from cms.audit.feature import FEATURE as AUDIT
from cms.boards.feature import FEATURE as BOARDS
from cms.bulletins.feature import FEATURE as BULLETINS
from cms.commands.feature import FEATURE as COMMANDS
from cms.exchange.feature import FEATURE as EXCHANGE
from cms.feedback.feature import FEATURE as FEEDBACK
from cms.firmware.feature import FEATURE as FIRMWARE
from cms.fleet.feature import FEATURE as FLEET
from cms.health.feature import FEATURE as HEALTH
from cms.inbox.feature import FEATURE as INBOX
from cms.live.feature import FEATURE as LIVE
from cms.platform.feature import Feature
from cms.public.feature import FEATURE as PUBLIC
from cms.relays.feature import FEATURE as RELAYS
from cms.reports.feature import FEATURE as REPORTS
from cms.schedule.feature import FEATURE as SCHEDULE
from cms.speech.feature import FEATURE as SPEECH
from cms.stations.feature import FEATURE as STATIONS
from cms.tickets.feature import FEATURE as TICKETS

FEATURES: Final[tuple[Feature, ...]] = (
    ACCOUNTS,
    ALERTS,
    AREAS,
    AUDIT,
    BOARDS,
    BULLETINS,
    COMMANDS,
    EXCHANGE,
    FEEDBACK,
    FIRMWARE,
    FLEET,
    HEALTH,
    INBOX,
    LIVE,
    PUBLIC,
    RELAYS,
    REPORTS,
    SCHEDULE,
    SPEECH,
    STATIONS,
    TICKETS,
)
