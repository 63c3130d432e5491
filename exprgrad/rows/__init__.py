"""Files of rows, each row one evaluation: read, streamed through a function, and written, in bounded memory.

This module imports neither Polars nor numpy; what it offers does, when it is asked for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from exprgrad.lazy import later

# What needs numpy waits until there are rows to compute, and numpy with it: files are read without it.
later(__name__, "contract", "doubles", "groups", "pipeline", "rebatch", "spans", "whole_columns")

from exprgrad.diagnostics import not_loaded
from exprgrad.rows import pipeline, whole_columns
from exprgrad.run.threads import processors

if TYPE_CHECKING:
    from exprgrad.rows.pipeline import reduce_groups, reduce_held, reduce_rows, transform
    from exprgrad.rows.whole_columns import numbers_in

__all__ = ["columns_of", "numbers_in", "reduce_groups", "reduce_held", "reduce_rows", "transform"]


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    _require_polars()
    return getattr(whole_columns if name == "numbers_in" else pipeline, name)


def _require_polars() -> None:
    # Polars refuses a whole file for times with an offset, and for intervals, also where they are not used.
    os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")
    # Its allocator has four times as many arenas as there are processors, and keeps what is free in each for a while.
    # What stands there may be its own words, from a process that started this one.
    words = os.environ.get("_RJEM_MALLOC_CONF", "")
    if "narenas" not in words:
        os.environ["_RJEM_MALLOC_CONF"] = f"{words}{',' * bool(words)}narenas:{processors()}"
    try:
        import polars  # noqa: F401, only whether it is there
    except ImportError as problem:
        raise not_loaded(problem, "polars", "files of rows need Polars", "rows") from None
