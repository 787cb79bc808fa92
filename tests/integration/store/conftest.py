from tests.databases import database_url, engine, units

__all__ = ["database_url", "engine", "units"]
