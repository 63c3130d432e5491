"""Files of rows in, a file of rows out, or of groups of rows, or blocks for a reduction: what is done with rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl

from exprgrad.compression import codec_of
from exprgrad.diagnostics import ExprError, InputDataError, UsageError
from exprgrad.files import STANDARD, temporary
from exprgrad.records import NamedTuple
from exprgrad.rows import doubles, rebatch
from exprgrad.rows.arrow_stream import ArrowStream
from exprgrad.rows.chunks import Chunk
from exprgrad.rows.columnar import Columnar
from exprgrad.rows.columns import Columns, check_same, found_all, resolved
from exprgrad.rows.contract import Choose, Consume, Evaluate, Gather, Progress, Reading, Summary
from exprgrad.rows.delimited import Delimited
from exprgrad.rows.dialect import PLAIN, Dialect
from exprgrad.rows.formats import (
    ARROW,
    BAD_ROWS,
    CONTINUES,
    CSV,
    NAMES,
    NDJSON,
    PARQUET,
    SWEPT,
    BadRows,
    Format,
    format_of,
)
from exprgrad.rows.groups import Groups, Keyed, check_groups, keyed
from exprgrad.rows.kinds import check_writable
from exprgrad.rows.locations import AtRow
from exprgrad.rows.ndjson import Ndjson
from exprgrad.rows.panics import silent_panics
from exprgrad.rows.passed import numeric
from exprgrad.rows.row_count import DoneBlock, RowCount
from exprgrad.rows.sink import RowForm, sink
from exprgrad.rows.sources import Origin, Source, Sweep, beginning, ready, sources
from exprgrad.rows.stream import Table, TextTable, in_order
from exprgrad.rows.swept import Swept
from exprgrad.rows.table_shape import TableShape
from exprgrad.run.threads import begun, waited
from exprgrad.syntax.parser import normalized
from exprgrad.views.numbers import NumberFormat, as_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exprgrad.rows.doubles import Array, Cells


# The column that says how many rows a group has.
ROWS: Final = "rows"


class _Piece(NamedTuple):
    table: int
    data: Any


def transform(
    names: Sequence[str] | Sweep,
    target: str | None,
    evaluate: Evaluate,
    *,
    keep: Sequence[str] | None = None,
    keep_text: Sequence[str] | None = (),
    on_bad_row: BadRows = "error",
    output_format: str | None = None,
    number: NumberFormat | None = None,
    dialect: Dialect = PLAIN,
    constants: Collection[str] = (),
    progress: Progress | None = None,
) -> Summary:
    """Computes each row of some files and writes the columns that are kept, then the outputs.

    `names` are files, globs, directories, or '-' alone, or all points of a grid; `target` is a file, or None or '-' for
    standard output.
    `keep` names the input columns that the output holds: None is all, () none. `output_format` is the name of a
    format (NAMES); without it the target's ending tells the format, and for a stream that of the input does,
    where it is text; else it is CSV. A column with the name of one of the `constants` is refused. In a text the doubles
    that are made are written by `number`, if it is given.
    `dialect` is how texts of cells are written.

    A row with a null in a column that is used has null outputs. What `on_bad_row` says, "error", "null" (null
    outputs) or "skip" (no row), is done with a row that has a cell that is no number, and with one that `evaluate`
    refuses. Columns that are kept come out as they are in the file: cells of CSV and TSV and lines of NDJSON as the
    text that they are. Only where text is written to a format with types, columns that are used become doubles, and
    others numbers if all their cells are; `keep_text` names columns that stay text, None is all.
    Raises ExprError, and BrokenPipeError where nobody reads any more; then no file has changed.
    """
    _check_mode(on_bad_row)
    found = _found(names, dialect)
    format, number = _written_as(found[0].format, target, output_format, number)
    if keep_text is None or keep_text:
        _check_typed(found[0].format, format)
    with silent_panics(), ExitStack() as stack:
        tables = opened(found, stack)
        first = tables[0]
        _check_constants(found, tables, constants)
        columns = _resolved(found, tables, evaluate.columns, evaluate.outputs, keep)
        text = columns.kept if keep_text is None else found_all(found[0].called, first.schema, keep_text, first.absent)
        shape = TableShape(found[0].format, format, columns, keep is None, text, number=number)
        shape = shape._replace(numeric=_numeric(tables, shape, found[-1], stack))
        schema = first.schema if first.schema else dict.fromkeys(columns.kept, pl.String())
        check_writable({name: schema[name] for name in columns.kept}, format)
        count = RowCount(found, tables, progress)
        with sink(target, RowForm(format, shape.schema(schema), shape.header)) as writer:

            def computed(_: _Piece, block: pl.DataFrame, read: Cells) -> pl.DataFrame | io.BytesIO:
                made, valid = doubles.tried(evaluate, read, on_bad_row)
                return writer.prepared(_written(shape, block, read, made, valid, on_bad_row))

            work = _worker(tables, shape.read, shape.floats, columns.used, on_bad_row, computed)
            prepared = begun(evaluate.prepare)
            with closing(count.of(in_order(_pieces(tables, shape.read), work, partial(ready, found[-1])))) as results:
                try:
                    for done in results:
                        waited(prepared)
                        if done.problem is None:
                            writer.write(done.result)
                except ExprError:
                    waited(prepared)  # what is wrong with the program comes before what is wrong with a row
                    raise
            waited(prepared)
    return count.summary(skip=on_bad_row == "skip")._replace(kept=columns.kept)


def reduce_rows(
    names: Origin,
    columns: Sequence[Reading] | Choose,
    consume: Consume,
    *,
    size: int = 1 << 16,
    on_bad_row: BadRows = "error",
    dialect: Dialect = PLAIN,
    constants: Collection[str] = (),
    progress: Progress | None = None,
) -> Summary:
    """Gives the rows of some files to a consumer, in blocks of `size` rows, in order; the last one may be smaller.
    `columns` are what is read, or choose that when the files have told their columns.

    Rows with a null or a bad cell are left out before blocks are cut, so that blocks depend on the rows alone: not
    on the format, nor on how Polars reads it, nor on the number of threads. Rows that `consume` itself refuses are
    left out of their block. Raises ExprError.
    """
    _check_mode(on_bad_row)
    found = _found(names, dialect)
    with silent_panics(), ExitStack() as stack:
        tables = opened(found, stack)
        _check_constants(found, tables, constants)
        if not isinstance(columns, Sequence):
            columns = columns(found[0].called, list(tables[0].schema))
        read = _resolved(found, tables, columns, (), ())
        return _reduced(found, tables, read, consume, size=size, on_bad_row=on_bad_row, progress=progress)


def reduce_held(
    columns: Sequence[Array], consume: Consume, *, size: int = 1 << 16, on_bad_row: BadRows = "error"
) -> Summary:
    """The same of rows that are in memory, an array for each of what is read."""
    rows, refused = len(columns[0]), 0
    for start in range(0, rows, size):
        block = doubles.Cells.whole([column[start : start + size] for column in columns])
        try:
            doubles.tried(consume, block, on_bad_row)
        except AtRow as problem:
            raise problem.about or problem from None
        refused += int(block.bad.sum())
    return Summary(rows, refused, 0, 0)


def reduce_groups(
    names: Origin,
    target: str | None,
    gather: Gather,
    by: Sequence[str],
    *,
    size: int = 1 << 16,
    on_bad_row: BadRows = "error",
    output_format: str | None = None,
    number: NumberFormat | None = None,
    dialect: Dialect = PLAIN,
    constants: Collection[str] = (),
    progress: Progress | None = None,
) -> Summary:
    """Gives the rows of some files to what gathers them by the columns `by`, and writes a row for each group, in the
    order in which they first come: its cells in these columns, how many rows it has, and what was gathered.

    Rows that are left out are those that `reduce_rows` leaves out, and a group that has no others is none. One for
    which nothing could be gathered is an error that names it, has nulls, or is left out, as `on_bad_row` says.
    `output_format`, `number`, `constants` and `target` are as for `transform`. Raises ExprError.
    """
    _check_mode(on_bad_row)
    found = _found(names, dialect)
    format, number = _written_as(found[0].format, target, output_format, number)
    with silent_panics(), ExitStack() as stack:
        tables = opened(found, stack)
        _check_constants(found, tables, constants)
        first = tables[0]
        columns = _resolved(found, tables, gather.columns, (), by)
        kept = columns.kept
        _check_named([*kept, ROWS], gather.outputs)
        schema = {name: first.schema.get(name, pl.String()) for name in kept}
        check_groups(found[0].called, schema, kept)
        check_writable(schema, format)
        groups = Groups(kept)
        summary = _reduced(found, tables, columns, gather, groups, size=size, on_bad_row=on_bad_row, progress=progress)
        keys = groups.written(schema)
        cells = first.cells(keys)
        failed: set[int] = set()

        def troubled(group: int, problem: ExprError) -> None:
            if on_bad_row == "error":
                raise _in_group(cells.row(group, named=True), problem)
            failed.add(group)

        rows, values = gather.values(len(keys), troubled)
        made = [pl.Series(name, found, pl.Float64) for name, found in zip(gather.outputs, values, strict=True)]
        block = cells.with_columns(pl.Series(ROWS, rows, pl.Int64))
        # The cells of NDJSON are texts here, as those of CSV are.
        source = CSV if found[0].format.is_json else found[0].format
        shape = TableShape(source, format, Columns((), [*kept, ROWS], gather.outputs), False, [ROWS], number=number)
        if shape.passed:
            shape = shape._replace(numeric=numeric(iter([cast("TextTable", first).plain(keys)]), kept))
        frame = shape.frame(block, {}, made)
        with sink(target, RowForm(format, shape.schema(block.schema), shape.header)) as writer:
            left_out = failed if on_bad_row == "skip" else ()
            written = [count > 0 and group not in left_out for group, count in enumerate(rows)]
            writer.write(writer.prepared(frame.filter(pl.Series(written, dtype=pl.Boolean))))
        return summary._replace(groups=sum(map(bool, rows)), failed=len(failed))


def _in_group(cells: Mapping[str, Any], problem: ExprError) -> ExprError:
    """The error about the rows with these cells."""
    which = ", ".join([f"{name} = {'null' if cell is None else cell}" for name, cell in cells.items()])
    hint = "--on-bad-row null or skip goes on without the group"
    return InputDataError(
        f"{which}: {problem.message}",
        problem.span,
        hint=hint if problem.hint is None else f"{problem.hint}; {hint}",
        source=problem.source,
        origin=problem.origin,
    )


def _reduced(
    found: Sequence[Source],
    tables: Sequence[Table],
    columns: Columns,
    consume: Consume | Gather,
    groups: Groups | None = None,
    *,
    size: int,
    on_bad_row: BadRows,
    progress: Progress | None,
) -> Summary:
    """Gives the rows of tables to a consumer, with the numbers of their groups if there are `groups`, by the columns
    that are kept."""
    by = columns.kept
    read = list(dict.fromkeys((*columns.read, *by)))
    floats = set(columns.numbers) - {*columns.tested, *by}

    def selected(
        piece: _Piece, block: pl.DataFrame, read: Cells
    ) -> tuple[list[Array], NDArray[np.int64], Keyed | None]:
        arrays, offsets = read.numbered()
        if groups is None:
            return arrays, offsets, None
        return arrays, offsets, keyed(tables[piece.table].keys(piece.data, block, by)[offsets])

    count = RowCount(found, tables, progress)
    gathered = rebatch.Rebatch(size)
    refused = 0

    def take(block: Sequence[NDArray[Any]]) -> None:
        nonlocal refused
        *arrays, places = block
        read = doubles.Cells.whole(arrays)
        try:
            offsets, valid = doubles.tried(_taking(consume, groups), read, on_bad_row)
        except AtRow as problem:
            raise count.error(int(places[problem.offset]), problem) from None
        refused += int(read.bad.sum())
        if offsets:
            count.went_astray(places[valid][offsets].tolist())

    work = _worker(tables, read, floats, columns.used, on_bad_row, selected)
    with closing(count.of(in_order(_pieces(tables, read), work, partial(ready, found[-1])))) as results:
        try:
            for done in results:
                arrays, offsets, keys = done.result
                numbers = [] if groups is None or keys is None else [groups.numbers(keys)]
                for block in gathered.add([*arrays, *numbers, offsets + (count.rows - done.rows)]):
                    take(block)
        except InputDataError:
            for block in gathered.rest():  # one of which may come first
                take(block)
            raise
    for block in gathered.rest():
        take(block)
    summary = count.summary(skip=True)
    return summary._replace(skipped=summary.skipped + refused)


def _taking(consume: Consume | Gather, groups: Groups | None) -> Callable[[list[Any]], Sequence[int]]:
    """What takes the arrays of a block, the last of which has the numbers of groups, if there are any."""
    if groups is None:
        return cast("Consume", consume)
    return lambda arrays: cast("Gather", consume)(arrays[:-1], arrays[-1])


def _check_named(columns: Sequence[str], outputs: Sequence[str]) -> None:
    """Raises UsageError for two columns with one name."""
    if ROWS in columns[:-1]:
        raise UsageError(
            f"rows are grouped by {ROWS}, and a column of that name says how many each group has",
            hint="give the column in the file another name",
        )
    for name in outputs:
        if name in columns:
            what = "says how many rows a group has" if name == ROWS else "rows are grouped by"
            raise UsageError(f"a result is called {name}, and so is what {what}", hint="give the result another name")


def _written_as(
    source: Format, target: str | None, asked: str | None, number: NumberFormat | None
) -> tuple[Format, NumberFormat | None]:
    """The format that is written, and how numbers are in it. Raises UsageError for what is not written so."""
    format = _output_format(source, target, asked).after(source)
    _check_target(target, format, number)
    if number is not None and format.is_json:
        number = as_json(number)
    return format, number


def _check_target(target: str | None, format: Format, number: NumberFormat | None) -> None:
    """Raises UsageError for a format that is not written compressed, or that holds exact numbers."""
    codec = codec_of(target or "")
    if codec is not None and not format.is_text:
        message = f"{target} is to be compressed by {codec.name}, and {format.name} is not written so"
        raise UsageError(message, hint=f"let its name end without {codec.ending}: such files are compressed within")
    if number is not None and not format.is_text:
        message = f"--number-format does not fit {format.name}: it holds exact numbers"
        raise UsageError(message, hint="write -f csv or -f ndjson, or leave it out")


def _found(names: Origin, dialect: Dialect) -> list[Source]:
    found = sources(names, dialect)
    format = found[0].format
    without = dialect._replace(nulls=()) if format.is_json else dialect
    if without != PLAIN and not isinstance(names, Sweep) and not format.separated:
        message = f"{without.option} does nothing where {format.name} is read"
        raise UsageError(message, hint="leave it out")
    return found


def _check_constants(found: Sequence[Source], tables: Sequence[Table], constants: Collection[str]) -> None:
    """Raises UsageError where a column has the name of a constant that the program reads."""
    for column in tables[0].schema:
        if normalized(column.strip()) in constants:
            raise UsageError(
                f"{found[0].called} has a column {column}, and {column} is a constant",
                hint=f"--from-column {column}={column} reads the column",
            )


def _check_mode(on_bad_row: str) -> None:
    if on_bad_row not in BAD_ROWS:
        raise UsageError(f"on_bad_row is {on_bad_row!r}", hint=f"it is one of {', '.join(BAD_ROWS)}")


def _check_typed(source: Format, target: Format) -> None:
    """Raises UsageError for columns that are to stay text where none becomes anything else."""
    if target.separated:
        why = f"where {target.name} is written, which is all text"
    elif not source.is_text:
        why = f"where {source.name} is read, whose columns have types"
    elif source is target:
        why = f"where {source.name} is read and written: lines stay as they are"
    else:
        return
    raise UsageError(f"--keep-text does nothing {why}", hint="leave it out")


def _output_format(source: Format, target: str | None, asked: str | None) -> Format:
    if asked is not None:
        if asked not in NAMES:
            raise UsageError(f"there is no format {asked!r} for rows", hint=f"it is one of {', '.join(NAMES)}")
        return NAMES[asked]
    if target not in (None, STANDARD) and not str(target).startswith(("/dev/", "/proc/")):
        return format_of(str(target))
    return source if source.is_text else CSV


def columns_of(names: Sequence[str], dialect: Dialect = PLAIN) -> list[str]:
    """The names of the columns of some files. Raises ExprError."""
    with silent_panics(), ExitStack() as stack:
        return list(opened(_found(names, dialect), stack)[0].schema)


def opened(found: Sequence[Source], stack: ExitStack) -> list[Table]:
    """The files, open to be read, all with the same columns."""
    kinds: dict[str, Callable[[Source], Table]] = {
        NDJSON.name: Ndjson,
        PARQUET.name: Columnar,
        ARROW.name: Columnar,
        SWEPT.name: Swept,
    }
    tables = []
    for source in found:
        if source.stream is not None and source.name != STANDARD:
            stack.enter_context(source.stream)
        streams = source.format is ARROW and beginning(source, len(CONTINUES)) == CONTINUES
        table = ArrowStream(source) if streams else kinds.get(source.format.name, Delimited)(source)
        stack.callback(table.close)
        tables.append(table)
        if not source.format.is_json:  # there, each line has members of its own
            check_same(source.called, table.schema, found[0].called, tables[0].schema)
    return tables


def _resolved(
    found: Sequence[Source],
    tables: Sequence[Table],
    columns: Sequence[Reading],
    outputs: Sequence[str],
    keep: Sequence[str] | None,
) -> Columns:
    schema = tables[0].schema
    unreadable = {name: what for table in reversed(tables) for name, what in table.unreadable.items()}
    # A file of NDJSON without rows has no columns to be wrong about.
    known = bool(schema) or not found[0].format.is_json
    return resolved(
        found[0].called,
        schema,
        columns,
        outputs,
        keep,
        known=known,
        unreadable=unreadable,
        absent=tables[0].absent,
    )


def _numeric(
    tables: Sequence[Table], shape: TableShape, last: Source, stack: ExitStack
) -> Mapping[str, pl.DataType] | None:
    """The columns that are passed on and become numbers, which is known when all rows were looked at. None if each
    cell is looked at for itself, as where rows are written while others are still to come."""
    texts = cast("Sequence[TextTable]", tables)
    names = shape.passed
    if not names:
        return {}
    for table in texts:
        if table.source.streams:
            if shape.target.is_text:
                return None
            table.copy(stack.enter_context(temporary()))

    def raw(piece: _Piece) -> pl.DataFrame:
        return texts[piece.table].raw(piece.data, names)

    with closing(in_order(_pieces(tables, names), raw, partial(ready, last))) as blocks:
        try:
            return numeric(blocks, names)
        except AtRow:
            return {}  # it is told when its turn comes


def _pieces(tables: Sequence[Table], columns: Sequence[str]) -> Iterator[_Piece]:
    for i, table in enumerate(tables):
        try:
            for data in table.pieces(columns):
                yield _Piece(i, data)
        except AtRow as problem:
            problem.table = i
            raise


def _worker(
    tables: Sequence[Table],
    columns: Sequence[str],
    floats: Collection[str],
    used: Sequence[Reading],
    on_bad_row: BadRows,
    finish: Callable[[_Piece, pl.DataFrame, Cells], Any],
) -> Callable[[_Piece], DoneBlock]:
    """What threads do with a piece: the frame that it is, the numbers in it, and what `finish` makes of both."""

    def work(piece: _Piece) -> DoneBlock:
        table, data = tables[piece.table], piece.data
        size, lines = (len(data.data), data.lines) if isinstance(data, Chunk) else (0, 0)
        problem: AtRow | None = None
        while True:
            try:
                block = table.frame(data, columns, floats)
                read = doubles.cells(block, used, on_bad_row, table)
                result = finish(_Piece(piece.table, data), block, read)
                bad, null = int(read.bad.sum()), int(read.null.sum())
                return DoneBlock(piece.table, size, lines, len(block), bad, null, result, problem)
            except AtRow as found:
                problem = found
                problem.table = piece.table
                if problem.line is None:
                    problem.line = table.line(data, problem.offset)
                if not problem.offset or on_bad_row != "error":
                    raise
            # Cells are read before rows are computed, but a row before this one may be one that cannot be.
            data = table.head(data, problem.offset)

    return work


def _written(
    shape: TableShape,
    block: pl.DataFrame,
    read: Cells,
    made: Sequence[NDArray[np.float64]] | None,
    valid: NDArray[np.bool_],
    on_bad_row: BadRows,
) -> pl.DataFrame:
    outputs = shape.columns.outputs
    values = made if made is not None else [None] * len(outputs)
    frame = shape.frame(
        block,
        read.columns,
        [doubles.spread(name, array, valid) for name, array in zip(outputs, values, strict=True)],
    )
    if on_bad_row == "skip" and read.bad.any():
        return frame.filter(pl.Series(~read.bad))
    return frame
