"""Which options fit together: what would have no effect is refused, by one table."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from exprgrad.arguments.scan import ROWS_FROM
from exprgrad.diagnostics import UsageError
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request

# What a command line may have beside the options: an expression, and values for variables.
EXPRESSION: Final = "expression"
VARIABLES: Final = "variables"
# What it may be beside that, which no option alone says.
ONE: Final = "one evaluation"
ROWS: Final = "rows that are written"
IDLE: Final = "a graph without values"
WRITTEN: Final = "a program that is written down"


class Rule(NamedTuple):
    """Beside `asked`, an option or one of the above, `others` have no effect, None stands for all. `message` says so of
    `{other}`, and `hint` what to do."""

    asked: str
    others: Collection[str] | None
    message: str
    hint: str = "leave it out"


RULES: Final = (
    Rule("version", None, "{other} does nothing beside --version"),
    Rule("list_functions", None, "{other} does nothing beside --list-functions"),
    Rule(
        ONE,
        ["from_column", "reduce_rows", "keep_columns", "keep_text", "on_bad_row", "row_engine"],
        "{other} is about rows",
        f"add {ROWS_FROM} FILE",
    ),
    Rule(
        "rows_from",
        ["draw_graph", "show_steps", "full_jacobian", "sparse_output", "weight_by"],
        "{other} does not fit rows, which are many evaluations",
    ),
    Rule(ROWS, ["number_format"], "{other} does not fit rows: they hold exact numbers"),
    Rule("reduce_rows", ["keep_columns", "keep_text"], "{other} does not fit --reduce-rows, which keeps no rows"),
    Rule(
        "draw_graph",
        ["show_steps"],
        "{other} does not fit --draw-graph: steps are text for a reader",
        "leave one of them out",
    ),
    Rule(
        "draw_graph",
        ["full_jacobian", "sparse_output"],
        "{other} does not fit --draw-graph, which shows the derivatives of a sum",
    ),
    *(
        rule
        for view in ("draw_graph", "show_steps")
        for rule in (
            Rule(
                view,
                ["along_direction"],
                f"{{other}} does not fit --{view.replace('_', '-')}, which shows the derivatives of the backward pass",
                "leave it out; --wrt chooses the inputs",
            ),
            Rule(
                view,
                ["weight_by"],
                f"{{other}} does not fit --{view.replace('_', '-')}",
                "write sum(w*result) in the program",
            ),
        )
    ),
    Rule(
        IDLE,
        ["max_order", "wrt", "step_limit"],
        "{other} does not fit a graph without values, where nothing is computed",
        "leave it out, or give each input a value",
    ),
    Rule(
        WRITTEN,
        ["mode", VARIABLES, "values_from", "step_limit", "number_format", "show_steps"],
        "{other} does nothing where the program is written down",
    ),
    Rule(
        WRITTEN,
        ["full_jacobian", "sparse_output", "weight_by"],
        "{other} does not fit a program that is written down, whose results are numbers",
    ),
    Rule(
        "along_direction",
        ["wrt"],
        "{other} does not fit --along-direction, which names the inputs itself",
        "leave one of them out",
    ),
    Rule(
        "along_direction",
        ["full_jacobian", "sparse_output", "weight_by"],
        "{other} does not fit --along-direction: along it each element has one derivative",
        "leave one of them out",
    ),
    Rule(
        "weight_by",
        ["full_jacobian", "sparse_output"],
        "{other} does not fit --weight-by, which sums the elements up",
        "leave one of them out",
    ),
)


def check(request: Request) -> None:
    """Raises a UsageError for the first option that has no effect beside the others."""
    settings = request.settings
    asked = set(settings.given)
    if request.variables:
        asked.add(VARIABLES)
    if not settings.rows_from:
        asked.add(ONE)
    elif settings.reduce_rows is None:
        asked.add(ROWS)
    _refuse(request, asked)


def check_idle(request: Request) -> None:
    """The same for a graph that is drawn without values."""
    _refuse(request, {IDLE, *request.settings.given})


def check_written(request: Request) -> None:
    """The same for a program that is written down in a language."""
    given = {VARIABLES} if request.variables else set()
    _refuse(request, {WRITTEN, *given, *request.settings.given})


def _refuse(request: Request, asked: Collection[str]) -> None:
    names = dict.fromkeys([EXPRESSION, VARIABLES, *request.settings._fields])
    for rule in RULES:
        if rule.asked not in asked:
            continue
        for other in names:
            counts = other in rule.others if rule.others is not None else other != rule.asked
            if counts and other in asked:
                raise UsageError(rule.message.format(other=_written(other, request)), hint=rule.hint)


def _written(name: str, request: Request) -> str:
    if name == EXPRESSION:
        return "an expression"
    if name == VARIABLES:
        return request.variables[0].place
    return f"--{name.replace('_', '-')}"
