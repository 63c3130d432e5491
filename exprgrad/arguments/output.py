"""Which form the output has, and which options fit together."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from exprgrad.arguments.scan import ROWS_FROM
from exprgrad.compiled import MODES
from exprgrad.diagnostics import UsageError
from exprgrad.rows.formats import ENDINGS
from exprgrad.rows.formats import NAMES as ROW_FORMATS
from exprgrad.views import FORMATS, GRAPHS, PICTURES, format_of
from exprgrad.views.numbers import NumberFormat, formatted, shortest

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.result import Result


class Output(NamedTuple):
    """How the output is written."""

    format: str
    number: NumberFormat

    def result(self, result: Result) -> str:
        """A result in this form."""
        show = FORMATS[self.format].show
        assert show is not None, "a form that shows no results is refused"
        return show(result, self.number)


def output(settings: Settings) -> Output:
    """The form that is asked for, else the one that the output file's ending says, else text."""
    name = settings.output_format or (settings.output_file and format_of(settings.output_file)) or "text"
    ending = PurePath(settings.output_file or "").suffix.lower()
    one = "--reduce-rows gives one result"
    if settings.output_format is None and ending in ENDINGS and settings.draw_graph is None:
        if settings.rows_from:
            raise UsageError(f"{settings.output_file} is a file of rows, but {one}", hint="name a .txt or .json file")
        raise UsageError(
            f"{settings.output_file} is a file of rows", hint=f"add {ROWS_FROM} FILE, or say the format by -f"
        )
    if name not in FORMATS and settings.rows_from:
        results = ", ".join(key for key, form in FORMATS.items() if form.show is not None)
        raise UsageError(f"{name} is a format of rows, but {one}", hint=f"write -f with one of {results}")
    if name not in FORMATS:
        raise UsageError(f"{name} is a format of rows", hint=f"add {ROWS_FROM} FILE, without --reduce-rows")
    form = FORMATS[name]
    if settings.draw_graph is not None and form.drawn_by is None:
        raise UsageError(f"{name} is no form of a graph", hint=f"write -f {', '.join(PICTURES[:-1])} or {PICTURES[-1]}")
    if settings.draw_graph is None and form.show is None:
        graphs = " or ".join(f"--draw-graph {graph}" for graph in GRAPHS)
        raise UsageError(f"{name} is a form of graphs", hint=f"add {graphs}")
    if settings.show_steps and (name != "text" or settings.draw_graph is not None):
        what = name if settings.draw_graph is None else "--draw-graph"
        raise UsageError(f"--show-steps does not fit {what}: steps are text for a reader", hint=f"leave {what} out")
    shown = "--show-steps" if settings.show_steps else "--draw-graph" if settings.draw_graph is not None else None
    if shown is not None and settings.along_direction is not None:
        raise UsageError(
            f"--along-direction does not fit {shown}, which shows the derivatives of the backward pass",
            hint="leave it out; --wrt chooses the inputs",
        )
    if shown is not None and settings.weight_by:
        raise UsageError(f"--weight-by does not fit {shown}", hint="write sum(w*result) in the program")
    number = formatted(settings.number_format) if settings.number_format is not None else None
    if number is not None and form.exact:
        raise UsageError(f"--number-format does not fit {name}: it holds exact numbers", hint="leave it out")
    return Output(name, number or shortest)


# What is about one evaluation does not fit many, nor what is about many one.
_ONE_ONLY: Final = ("draw_graph", "show_steps", "full_jacobian", "sparse_output", "weight_by")
_ROWS_ONLY: Final = ("from_column", "reduce_rows", "keep_columns", "keep_text", "on_bad_row", "row_engine")


def check_rows(settings: Settings) -> None:
    """Raises a UsageError for options that do not fit together where rows are concerned."""
    if not settings.rows_from:
        for name in _ROWS_ONLY:
            if name in settings.given:
                raise UsageError(f"{_option(name)} is about rows", hint=f"add {ROWS_FROM} FILE")
        return
    for name in _ONE_ONLY:
        if name in settings.given:
            raise UsageError(f"{_option(name)} does not fit rows, which are many evaluations", hint="leave it out")
    if settings.mode != MODES[0]:
        raise UsageError(f"rows run as a {MODES[0]} graph", hint=f"leave out --mode {settings.mode}")
    if settings.reduce_rows is None and settings.number_format is not None:
        raise UsageError("--number-format does not fit rows: they hold exact numbers", hint="leave it out")
    if settings.reduce_rows is None and settings.output_format in FORMATS:
        formats = ", ".join(ROW_FORMATS)
        raise UsageError(
            f"{settings.output_format} is no format of rows", hint=f"write -f with one of {formats}, or --reduce-rows"
        )
    for name, kept in (("keep_columns", settings.keep_columns is not None), ("keep_text", settings.keep_text != ())):
        if settings.reduce_rows is not None and kept:
            raise UsageError(f"{_option(name)} does not fit --reduce-rows, which keeps no rows", hint="leave it out")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
