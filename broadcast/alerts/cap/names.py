"""Names of our event code and parameters in CAP documents, written and read."""

from typing import Final

HAZARD: Final = "Loa:hazard"
LEVEL: Final = "Loa:level"
RISK: Final = "VN:capDoRuiRoThienTai"
RISK_COLOUR: Final = "VN:mauRuiRoThienTai"
