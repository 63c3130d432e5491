"""gmpy2, whose MPFR numbers compute: its only importer.

As it is imported, gmpy2 asks importlib.metadata for its own version. That module brings email, zipfile, socket and
thirty more, three quarters of the time that the import of gmpy2 takes; the name of the folder that an installer put
beside gmpy2 says the version, too.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final

from exprgrad.lazy import lazy

_FOLDER: Final = ("gmpy2-", ".dist-info")


def _version(distribution: str) -> str:
    """importlib.metadata.version until its body runs, which it does for all but a gmpy2 that is installed as usual."""
    begin, end = _FOLDER
    module = sys.modules.get("gmpy2") if distribution == "gmpy2" else None
    spec = None if module is None else module.__spec__
    if spec is not None and spec.origin is not None:
        beside = os.listdir(os.path.dirname(os.path.dirname(spec.origin)))
        found = [name for name in beside if name.startswith(begin) and name.endswith(end)]
        if len(found) == 1:
            return found[0].removeprefix(begin).removesuffix(end)
    return str(import_module("importlib.metadata").distribution(distribution).version)


lazy("importlib.metadata", version=_version)
gmpy2: Final[Any] = import_module("gmpy2")
