"""What befalls a fleet, as YAML: who, when, which fault, how long."""
