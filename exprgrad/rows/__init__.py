"""Files of rows, each row one evaluation: read, streamed through a function, and written, in bounded memory.

This module imports neither Polars nor numpy; what it offers does, when it is called.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exprgrad.lazy import later

later(__name__, "contract", "pipeline")

from exprgrad.diagnostics import UsageError
from exprgrad.rows import pipeline

if TYPE_CHECKING:
    from exprgrad.rows.contract import Consume, Evaluate, Progress, Summary
    from exprgrad.rows.formats import BadRows


def transform(
    names: Sequence[str],
    target: str | None,
    evaluate: Evaluate,
    *,
    keep: Sequence[str] | None = None,
    keep_text: Sequence[str] | None = (),
    on_bad_row: BadRows = "error",
    output_format: str | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Computes each row of some files and writes the columns that are kept, then the outputs.

    `names` are files, globs, directories, or '-' alone; `target` is a file, or None or '-' for standard output.
    `keep` names the input columns that the output holds: None is all, () none. `output_format` is the name of a
    format (NAMES); without it the target's ending tells the format, and for a stream that of the input does,
    where it is text; else it is CSV.

    A row with a null in a column that is used has null outputs. What `on_bad_row` says, "error", "null" (null
    outputs) or "skip" (no row), is done with a row that has a cell that is no number, and with one that `evaluate`
    refuses. Columns that are kept come out as they are in the file: cells of CSV and TSV and lines of NDJSON as the
    text that they are. Only where text is written to a format with types, columns that are used become doubles, and
    others numbers if all their cells are; `keep_text` names columns that stay text, None is all.
    Raises ExprError, and BrokenPipeError where nobody reads any more; then no file has changed.
    """
    _require_polars()

    return pipeline.transform(
        names,
        target,
        evaluate,
        keep=keep,
        keep_text=keep_text,
        on_bad_row=on_bad_row,
        output_format=output_format,
        progress=progress,
    )


def reduce_rows(
    names: Sequence[str],
    columns: Sequence[str],
    consume: Consume,
    *,
    size: int = 1 << 16,
    on_bad_row: BadRows = "error",
    progress: Progress | None = None,
) -> Summary:
    """Gives the rows of some files to a consumer, in blocks of `size` rows, in order; the last one may be smaller.

    Rows with a null or a bad cell are left out before blocks are cut, so that blocks depend on the rows alone: not
    on the format, nor on how Polars reads it, nor on the number of threads. Rows that `consume` itself refuses are
    left out of their block. Raises ExprError.
    """
    _require_polars()

    return pipeline.reduce_rows(names, columns, consume, size=size, on_bad_row=on_bad_row, progress=progress)


def _require_polars() -> None:
    # Polars refuses a whole file for times with an offset, and for intervals, also where they are not used.
    os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")
    try:
        import polars  # noqa: F401, only whether it is there
    except ImportError:
        raise UsageError("files of rows need Polars", hint='pip install "exprgrad[rows]"') from None
