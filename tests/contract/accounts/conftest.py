from tests.contract.accounts.officers import people, secret, vault
from tests.databases import database_url, engine, units

__all__ = ["database_url", "engine", "people", "secret", "units", "vault"]
