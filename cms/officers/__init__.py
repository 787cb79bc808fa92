"""Officers: people's own keys for alerts, enrolled and revoked by two others."""
