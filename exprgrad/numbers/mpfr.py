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


class _Version:
    """importlib.metadata.version, which answers gmpy2 that it does not know, while that is imported, and others with
    the truth."""

    def __init__(self) -> None:
        self.importing = threading.get_ident()

    def __call__(self, distribution: str) -> str:
        if distribution == "gmpy2" and threading.get_ident() == self.importing:
            return ""
        return str(import_module("importlib.metadata").distribution(distribution).version)


def _imported() -> Any:
    version = _Version()
    if "gmpy2" not in sys.modules:
        lazy("importlib.metadata", version=version)
    try:
        module: Any = import_module("gmpy2")
    except Exception:  # a gmpy2 that cannot do with that answer gets the real one
        version.importing = 0
        module = import_module("gmpy2")
    version.importing = 0
    if not module.__version__:
        inner: Any = sys.modules.get("gmpy2.gmpy2", module)
        module.__version__ = inner.__version__ = module.version()
    return module


gmpy2: Final[Any] = _imported()
