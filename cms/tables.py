"""All tables of the store. Metadata that is read as a whole is imported from here: elsewhere it may lack some."""

from importlib import import_module
from pathlib import Path
from typing import Final

from cms.platform.store.columns import Base

__all__ = ["Base"]

_HERE: Final = Path(__file__).parent

for _path in sorted([*_HERE.glob("*/tables.py"), *_HERE.glob("*/tables/*.py"), _HERE / "platform/store/tables.py"]):
    import_module(".".join(("cms", *_path.relative_to(_HERE).with_suffix("").parts)))
