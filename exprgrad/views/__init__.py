"""How results, programs and derivatives are shown: pure functions to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from exprgrad import expected
from exprgrad.lazy import later

later(
    __name__,
    "aligned",
    "catalogue",
    "formula",
    "html",
    "json_line",
    "latex",
    "listing",
    "mathml",
    "row",
    "signature",
    "steps",
    "table",
    "values",
)

from exprgrad.diagnostics import UsageError
from exprgrad.outcomes import Outcomes
from exprgrad.records import NamedTuple
from exprgrad.views import json_line, row, signature, table, values
from exprgrad.views.numbers import NumberFormat, shortest
from exprgrad.views.text import text

if TYPE_CHECKING:
    from typing import Literal

    from exprgrad.nodes import Nodes


class OutputForm(NamedTuple):
    """A form of output. `show` writes a result, in so many columns of a terminal, `drawn_by` names the view that draws
    a picture, `told_by` the method of a function that tells of a run, and `plots` says whether a plot has it, where the
    form can; `endings` are those of files that hold it, `exact` forms take no number format, and `brief` ones have
    short numbers if they get none."""

    show: Callable[[Outcomes, NumberFormat, int], str] | None = None
    drawn_by: str | None = None
    endings: tuple[str, ...] = ()
    exact: bool = False
    brief: bool = False
    plots: bool = False
    told_by: str | None = None


FORMATS: Final = {
    "text": OutputForm(lambda result, number, width: text(result, number), "listing", (".txt",), plots=True),
    "table": OutputForm(lambda result, number, width: table.table(result, number, width)),
    "json": OutputForm(lambda result, number, width: json_line.json_line(result, number), None, (".json",)),
    "values": OutputForm(lambda result, number, width: values.values(result, number)),
    "env": OutputForm(lambda result, number, width: values.environment(result, number), None, (".env",)),
    "csv": OutputForm(lambda result, number, width: row.row(result, number), None, (".csv",)),
    "tsv": OutputForm(lambda result, number, width: row.row(result, number, "\t"), None, (".tsv",)),
    "dot": OutputForm(None, "dot", (".dot", ".gv"), brief=True),
    "mermaid": OutputForm(None, "mermaid", (".mmd", ".mermaid"), brief=True),
    "svg": OutputForm(None, "svg", (".svg",), brief=True, plots=True),
    "png": OutputForm(endings=(".png",), plots=True),
    "pdf": OutputForm(endings=(".pdf",), plots=True),
    "html": OutputForm(None, None, (".html", ".htm"), exact=True, told_by="page"),
}


class EquationForm(NamedTuple):
    """A form of a program and its derivatives as equations, which the method of a function by its name writes: the
    endings of files that hold it, and whether it may be a document of its own."""

    endings: tuple[str, ...] = ()
    document: bool = False


EQUATIONS: Final[Mapping[str, EquationForm]] = {
    "formula": EquationForm(),
    "latex": EquationForm((".tex",), document=True),
    "mathml": EquationForm((".mml", ".mathml"), document=True),
}
# How the inputs and results of a program are written, by their names.
SIGNATURES: Final[Mapping[str, Callable[[Sequence[str], Sequence[str]], str]]] = {
    "text": lambda inputs, results: signature.text(inputs, results),
    "json": lambda inputs, results: signature.json_line(inputs, results),
}
RESULTS: Final = tuple(name for name, form in FORMATS.items() if form.show)
PICTURES: Final = tuple(name for name, form in FORMATS.items() if form.drawn_by)
PLOTS: Final = tuple(name for name, form in FORMATS.items() if form.plots)
# The two pictures of a program, by what their nodes are, and the mode that has each.
GRAPHS: Final[dict[str, Literal["static", "dynamic"]]] = {"operations": "static", "data": "dynamic"}


class Drawable(Protocol):
    """What can be drawn: a compiled function."""

    def nodes(self, values: Mapping[str, Any] | None = None) -> Nodes:
        """The nodes behind its results."""


def draw(
    function: Drawable,
    values: Mapping[str, Any] | None = None,
    output_format: str = "text",
    number: NumberFormat | None = None,
) -> str:
    """Draws a compiled function: of a static one the graph, whose nodes are operations, of a dynamic one the trace of
    a run with these values, whose nodes are data.

    `output_format` is text, dot, mermaid or svg. A static graph needs no values; with them it shows what flowed. Unless
    `number` writes them, numbers are exact in text, and short in the other forms.

    >>> import exprgrad
    >>> print(exprgrad.draw(exprgrad.compile("c = a*b")), end="")
    #1  a       input
    #2  b       input
    #3  *       <- a, b  c = a*b
    #4  result  <- c
    """
    if not isinstance(output_format, str) or output_format not in PICTURES:
        what = output_format if isinstance(output_format, str) else expected.shown(output_format)
        raise UsageError(f"{what} is no form of a picture", hint=f"the forms are {', '.join(PICTURES)}")
    if not hasattr(function, "nodes"):
        raise UsageError(
            f"what is drawn is a compiled function, found {type(function).__name__}", hint='draw(compile("a*b"))'
        )
    if number is not None and not _writes(number):
        what = expected.shown(number)
        raise UsageError(f"number writes a number as text, found {what}", hint="number=repr, or a function")
    # What draws is loaded when something is drawn.
    form = FORMATS[output_format]
    if number is None and not form.brief:
        number = shortest
    picture = import_module("exprgrad.views.picture").picture(function.nodes(values), number)
    drawn: str = getattr(import_module(f"exprgrad.views.{form.drawn_by}"), str(form.drawn_by))(picture)
    return drawn


def _writes(number: Any) -> bool:
    """Whether something given as a number format is one."""
    try:
        return isinstance(number(1.0), str)
    except TypeError:  # it cannot be called with a number
        return False
