from tests.databases import database_url, engine, postgres, units

__all__ = ["database_url", "engine", "postgres", "units"]
