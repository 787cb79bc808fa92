from tests.unit.conftest import _lent_databases

__all__ = ["_lent_databases"]
