from tests.contract.accounts.officers import people, secret, vault
from tests.databases import database_url, engine, postgres, units

__all__ = ["database_url", "engine", "people", "postgres", "secret", "units", "vault"]
