"""Sizes and times of the wire, each with its reason."""

# A broker drops the connection of a sender that exceeds its limit, and a resend then loops endlessly.
MESSAGE_MAX_BYTES = 16 * 1024
# An alert's speech may travel as one message of its own: 20 s of Opus at 16 kbit/s, so that no device need fetch it.
SPEECH_MAX_BYTES = 48 * 1024
# Points of all rings of a target's shape: with its text an alert still fits one message.
SHAPE_POINTS_MAX = 200
# A day's plan is fetched as content; 2,000 items of 500 bytes is far beyond any day.
PLAN_MAX_BYTES = 1024 * 1024
# A text of this many letters fills three or four pages of a usual board: more than a passer-by reads.
BOARD_TEXT_MAX = 500
# A board of the usual kind, as an editor is shown it; one of another size breaks the same text by the same rules.
BOARD_COLUMNS = 28
BOARD_LINES = 7
# Time for which a page stands: some thirty Vietnamese words at four a second.
BOARD_PAGE_MS = 8_000
# A page of an alert: shorter, so that no passer-by misses the rest.
BOARD_ALERT_PAGE_MS = 4_000
# Time in which a moving text covers the width of one letter: seven letters a second can be read.
BOARD_SCROLL_MS = 150
# Addresses of one relayed source: its own, and a few mirrors.
RELAY_URLS_MAX = 4
# Parts of a relay listed one by one in a record: three records of so many still fit a message. The sums are of all.
RELAY_PARTS_MAX = 40
# Pauses of one round of an alert: five series of twenty blasts.
ROUND_PAUSES_MAX = 100
# Longest silence of a stream before the stand-in sounds.
RELAY_PATIENCE_MS = 4_000
# Every override ends by itself: a hush that is never lifted ends the next day.
HUSH_MAX_MS = 86_400_000
# A request for a certificate of an EC key has 500 bytes, with RSA 1,700.
CSR_MAX = 2_000
# A certificate of ours has 800 bytes.
CERTIFICATE_MAX = 3_000
# A message to the enrolment listener, which answers anyone: a request and its proof, and nothing larger.
ENROL_MAX_BYTES = 4 * 1024
# Orders in force that a device reports: more are never in force at one place.
HELD_ORDERS_MAX = 20
# Items named in an answer, records and receipts in an event: each costs a look-up. A device that has more splits them.
ITEMS_MAX = 50
# Greatest lead of a command's ``iat`` over the device's clock.
IAT_AHEAD_MAX_MS = 120_000
# A time beacon covers commands this long when the device's own clock is not known.
BEACON_FRESH_MS = 180_000
# A live frame of 200 ms at 64 kbit/s is 1.7 KB.
LIVE_FRAME_MAX_BYTES = 4 * 1024
# A live address that is not renewed ends by itself.
LIVE_RENEW_MS = 90_000
# A device's log: a few thousand lines, and a bound on what a hostile one could have us unpack.
LOG_MAX_BYTES = 256 * 1024
# A part of it, gzip: with base64 and its envelope it fits one message.
LOG_PART_BYTES = 11_000
# And so many parts: a log that does not shrink to this is cut to its newest lines.
LOG_PARTS_MAX = 6
# An image's manifest travels, signed, within a signed command; a third of a message is far more than it needs.
IMAGE_MANIFEST_MAX = 4 * 1024
# Two of them, and content, on a small flash.
IMAGE_MAX_BYTES = 64 * 1024 * 1024
# People with a key of one box: each costs a slow hash at every try.
KEY_HOLDERS_MAX = 8
# Local orders of one device: with their texts they fit one message, and a keypad has a digit for each.
LOCAL_ORDERS_MAX = 6
# Validity of local orders: renewed each week, a box without a network keeps them for three weeks at least.
LOCAL_ORDERS_LAST_MS = 30 * 86_400_000
# Alerts raised at a device in one report; a device that has more sends several.
RAISED_ALERTS_MAX = 10
# Brokers of a province: a machine each.
BROKERS_MAX = 8
# The window in which 12,000 devices return to one broker; a longer one leaves a device without alerts for too long.
RECONNECT_SPREAD_MAX_MS = 30_000
KEEP_ALIVE_S = 60
SESSION_EXPIRY_S = 86_400
RECEIVE_MAXIMUM = 20
WILL_DELAY_S = 30
