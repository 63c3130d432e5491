"""gmpy2, whose MPFR numbers compute: its only importer.

As it is imported, gmpy2 asks importlib.metadata for its own version. That module brings email, zipfile, socket and
thirty more and searches the installed packages, three quarters of the time that the import of gmpy2 takes, and gmpy2
knows its version without it.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import Any, Final

from exprgrad.lazy import lazy


def _imported() -> Any:
    """gmpy2, imported while importlib.metadata is lazy and answers this question alone without its body."""
    metadata: Any = lazy("importlib.metadata")
    if "gmpy2" in sys.modules or "distribution" in vars(metadata):
        return import_module("gmpy2")
    asking: int | None = threading.get_ident()

    def version(name: str) -> str:
        """Stands in until the body of importlib.metadata defines the real one, and gives others the real answer."""
        if name == "gmpy2" and threading.get_ident() == asking:
            return ""
        return str(metadata.distribution(name).version)

    metadata.version = version
    try:
        module: Any = import_module("gmpy2")
    except Exception:  # a gmpy2 that cannot do with that answer gets the real one
        asking = None
        return import_module("gmpy2")
    asking = None
    inner: Any = sys.modules.get("gmpy2.gmpy2", module)
    module.__version__ = inner.__version__ = module.version()
    return module


gmpy2: Final[Any] = _imported()
