"""Which values of a MATLAB text are seen to be numbers, rows, columns or matrices, and what operations on these are.

A row and a column are vectors with one axis here. What is read from outside, or given to a function, is none of these
as far as the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from exprgrad.diagnostics import ParseError, Span, UnsupportedError
from exprgrad.notations.grammar import around
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Expression,
    Index,
    Name,
    Number,
    Option,
    Slice,
    Vector,
)

NUMBER: Final = "number"
ROW: Final = "row"
COLUMN: Final = "column"
MATRIX: Final = "matrix"
UNKNOWN: Final = ""

_TURNED: Final = {ROW: COLUMN, COLUMN: ROW}
# What a product is, where it is one of matrices.
_PRODUCTS: Final = {
    (ROW, COLUMN): NUMBER,
    (MATRIX, MATRIX): MATRIX,
    (MATRIX, COLUMN): COLUMN,
    (ROW, MATRIX): ROW,
    (MATRIX, UNKNOWN): UNKNOWN,
    (UNKNOWN, MATRIX): UNKNOWN,
    (ROW, UNKNOWN): UNKNOWN,
    (UNKNOWN, COLUMN): UNKNOWN,
}
_REDUCTIONS: Final = frozenset(("sum", "prod", "mean", "any", "all", "cumsum", "max", "min", "var", "std"))


class Matrices:
    """What the values of one text are."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, bool]] = {}
        # Where names are the parameters of a function, which can be anything: from, to, these names.
        self.parameters: list[tuple[int, int, set[str]]] = []
        # By the identity of a node, which is kept so that no other one has it: what it is, and whether it is true or
        # false.
        self._nodes: dict[int, tuple[Expression, str, bool]] = {}
        # By the identity of what A(:) is here: the A, of which sums and the like are the same, and need no order.
        self._of_all: dict[int, Expression] = {}

    def kind(self, node: Expression) -> str:
        if isinstance(node, Number):
            return NUMBER
        if isinstance(node, Name):
            return self._named(node)[0]
        return self._nodes.get(id(node), (node, UNKNOWN, False))[1]

    def is_truth(self, node: Expression) -> bool:
        if isinstance(node, Name):
            return self._named(node)[1]
        return self._nodes.get(id(node), (node, UNKNOWN, False))[2]

    def _named(self, node: Name) -> tuple[str, bool]:
        nothing = (UNKNOWN, False)
        if any(start <= node.span.start < end and node.name in names for start, end, names in self.parameters):
            return nothing
        return self._names.get(node.name, nothing)

    def marked(self, node: Expression, kind: str, *, truth: bool = False) -> Expression:
        """The node, which is of that kind."""
        self._nodes[id(node)] = (node, kind, truth)
        return node

    def assigned(self, name: str, value: Expression) -> None:
        self._names[name] = (self.kind(value), self.is_truth(value))

    # -- operations ---------------------------------------------------------------------------------------------------

    def elementwise(self, node: Expression, operands: Sequence[Expression], *, truth: bool = False) -> Expression:
        """What is computed element by element."""
        kinds = {self.kind(operand) for operand in operands} - {NUMBER}
        if {ROW, COLUMN} <= kinds or {MATRIX, COLUMN} <= kinds:
            span = Span(operands[0].span.start, operands[-1].span.end)
            message = "a column is repeated beside a row or a matrix"
            raise UnsupportedError(message, span, hint="write out the matrix, or outer(x, ones(1, n))")
        kind = UNKNOWN
        if MATRIX in kinds:
            kind = MATRIX
        elif len(kinds) < 2:
            kind = min(kinds, default=NUMBER)
        return self.marked(node, kind, truth=truth)

    def product(self, left: Expression, right: Expression) -> Expression:
        """What * is."""
        kinds = (self.kind(left), self.kind(right))
        span = around(left, right)
        if NUMBER in kinds:
            return self.elementwise(Binary("*", left, right, span), (left, right))
        if kinds == (UNKNOWN, UNKNOWN):
            if _is_transpose(right) and not _is_transpose(left):
                raise _row_or_column(span)
            symbol = "@" if _is_transpose(left) or _is_product(left) or _is_product(right) else "*"
            return self.marked(Binary(symbol, left, right, span), UNKNOWN)
        if kinds == (COLUMN, ROW):
            return self.marked(Call("outer", (left, right), span, span), MATRIX)
        if kinds in _PRODUCTS and not (kinds == (ROW, UNKNOWN) and _is_transpose(right)):
            return self.marked(Binary("@", left, right, span), _PRODUCTS[kinds])
        raise _row_or_column(span)

    def quotient(self, left: Expression, right: Expression) -> Expression:
        """What / is."""
        kind = self.kind(right)
        if kind not in (NUMBER, UNKNOWN):
            hint = "write ./ for the elements, or (A'\\b')' for what solves a system"
            raise UnsupportedError(f"a quotient by a {kind} solves a system", right.span, hint=hint)
        return self.elementwise(Binary("/", left, right, around(left, right)), (left, right))

    def power(self, left: Expression, right: Expression) -> Expression:
        """What ^ is."""
        for operand in (left, right):
            if (kind := self.kind(operand)) not in (NUMBER, UNKNOWN):
                hint = "write .^ for the elements, or A*A for a matrix"
                raise UnsupportedError(f"a power of or by a {kind} is not read", around(left, right), hint=hint)
        return self.elementwise(Binary("**", left, right, around(left, right)), (left, right))

    def solved(self, left: Expression, right: Expression) -> Expression:
        """What \\ is."""
        span = around(left, right)
        if self.kind(left) == NUMBER:
            return self.elementwise(Binary("/", right, left, span), (left, right))
        kind = self.kind(right)
        return self.marked(Call("solve", (left, right), span, span), kind if kind in (COLUMN, MATRIX) else UNKNOWN)

    def transposed(self, operand: Expression, node: Expression) -> Expression:
        kind = self.kind(operand)
        return operand if kind == NUMBER else self.marked(node, _TURNED.get(kind, kind))

    def literal(self, node: Vector, rows: Sequence[Sequence[Expression]]) -> Expression:
        """What stands in brackets. What may be vectors would be joined there: it is said that these are numbers."""
        kinds = {self.kind(element) for row in rows for element in row}
        if kinds & {ROW, COLUMN, MATRIX} and not (kinds == {ROW} and all(len(row) == 1 for row in rows)):
            hint = "write its elements, or concat(x, y) for vectors"
            raise UnsupportedError("brackets put vectors or matrices together", node.span, hint=hint)
        if kinds == {UNKNOWN} and len(rows) == len(rows[0]) == 1:
            return rows[0][0]
        kind = ROW if len(rows) == 1 else COLUMN if all(len(row) == 1 for row in rows) else MATRIX
        self.marked(node, UNKNOWN if not rows else MATRIX if kinds == {ROW} else kind)
        if kinds != {UNKNOWN} or len({len(row) for row in rows}) > 1:
            return node
        sizes = [len(rows), len(rows[0])] if kind == MATRIX else [len(node.elements)]
        shape = Vector(tuple([Number(float(size)) for size in sizes]), node.span)
        return self.marked(Call("matlab_numbers", (node, shape), node.span, node.span), kind)

    # -- indexes ------------------------------------------------------------------------------------------------------

    def index(
        self, operand: Name, given: Sequence[Expression | Slice], items: Sequence[Expression | Slice], span: Span
    ) -> Expression:
        """Elements of a value at positions as the text has them, which are `items` here."""
        kind = self.kind(operand)
        for item in given:
            if not isinstance(item, Slice) and self.is_truth(item):
                message = "these are the elements where a condition is true"
                raise UnsupportedError(message, item.span, hint="write their positions, or multiply by the condition")
        if kind not in (ROW, COLUMN) and len(given) == 1 and given[0] == Slice(None, None, None):
            column = Call("matlab_column", (operand,), span, operand.span)
            self._of_all[id(column)] = operand
            return self.marked(column, COLUMN)
        if kind == MATRIX and len(given) == 1:
            message = "one position of a matrix counts along its columns"
            raise UnsupportedError(message, span, hint=f"write {operand.name}(i, j), or {operand.name}(i, :) for a row")
        found = Index(operand, tuple(items), span)
        along = [isinstance(item, Slice) or self.kind(item) in (ROW, COLUMN) for item in given]
        if kind == MATRIX and len(given) == 2:
            kinds = {(True, True): MATRIX, (True, False): COLUMN, (False, True): ROW, (False, False): NUMBER}
            return self.marked(found, kinds[along[0], along[1]])
        if kind in (ROW, COLUMN) and len(given) == 1:
            (item,) = given
            if isinstance(item, Slice) and item.start is None and item.stop is None:
                return self.marked(found, COLUMN)
            return self.marked(found, kind if along[0] else NUMBER)
        return found

    # -- functions ----------------------------------------------------------------------------------------------------

    def called(self, node: Call) -> Expression | None:
        """A function whose operands count dimensions, or that is another one of matrices; None for one of elements."""
        name = node.function
        if name in _REDUCTIONS and node.arguments:
            return self._reduced(node)
        form = _FORMS.get(name)
        return form(self, node) if form is not None and node.arguments else None

    def _reduced(self, node: Call) -> Expression | None:
        name, (x, *rest) = node.function, node.arguments
        weight = Number(0.0)
        if name in ("max", "min"):
            if rest and not (isinstance(rest[0], Vector) and not rest[0].elements):
                return None
            rest = rest[1:]
        elif name in ("var", "std") and rest:
            first = rest.pop(0)
            if first not in (Number(0.0), Number(1.0)):
                raise UnsupportedError("these weights are not read", first.span, hint="write 0 or 1")
            weight = first  # type: ignore[assignment]
        dimension = _dimension(node, rest)
        kind = self.kind(x)
        if name != "cumsum":
            x = self._of_all.get(id(x), x)
        axis = None if kind in (NUMBER, ROW, COLUMN) else (dimension or 1) - 1
        if dimension is not None and dimension != {ROW: 2, COLUMN: 1}.get(kind, dimension):
            message = f"each element of a {kind} is alone along dimension {dimension}"
            raise UnsupportedError(message, node.span, hint=f"write {name}(x)")
        if name in ("var", "std") and (axis is not None or weight.value):
            # The table has a name for each of them.
            which = "_all" if axis is None else ("_columns", "_rows")[axis]
            found = Call(f"{name}{which}{'_n' if weight.value else ''}", (x,), node.span, node.name_span)
        else:
            options = () if axis is None else (Option("axis", Number(float(axis))),)
            found = Call(name, (x,), node.span, node.name_span, options)
        if name == "cumsum":
            return self.marked(found, kind)
        kinds = {MATRIX: (ROW, COLUMN)[axis or 0], UNKNOWN: UNKNOWN}
        return self.marked(found, kinds.get(kind, NUMBER))

    def _size(self, node: Call) -> Expression:
        x, *rest = node.arguments
        dimension = _dimension(node, rest)
        if dimension is None:
            message = "size gives one number for each dimension"
            raise UnsupportedError(message, node.span, hint="write numel(x), or size(x, 1) and size(x, 2)")
        kind = self.kind(x)
        if kind in (ROW, COLUMN):
            is_along = dimension == (2 if kind == ROW else 1)
            return Call("numel", (x,), node.span, node.name_span) if is_along else Number(1.0, node.span)
        return self.marked(Call("size", (x, Number(dimension - 1.0)), node.span, node.name_span), NUMBER)

    def _length(self, node: Call) -> Expression | None:
        if len(node.arguments) != 1 or self.kind(node.arguments[0]) != MATRIX:
            return None
        (x,) = node.arguments
        sizes = tuple([Call("size", (x, Number(axis)), node.span, node.span) for axis in (0.0, 1.0)])
        return self.marked(Call("max", sizes, node.span, node.span), NUMBER)

    def _filled(self, node: Call) -> Expression:
        """ones(n), ones(n, m)."""
        sizes = node.arguments
        if len(sizes) == 1 and isinstance(sizes[0], Vector):
            sizes = sizes[0].elements
        elif len(sizes) == 1:
            sizes = (sizes[0], sizes[0])
        kind = MATRIX
        if len(sizes) == 2 and Number(1.0) in sizes:
            kind = ROW if sizes[0] == Number(1.0) else COLUMN
            sizes = (sizes[1] if kind == ROW else sizes[0],)
        shape = sizes[0] if len(sizes) == 1 else Vector(sizes, node.span)
        return self.marked(Call(node.function, (shape,), node.span, node.name_span), kind)

    def _norm(self, node: Call) -> Expression:
        x, *rest = node.arguments
        span, name_span = node.span, node.name_span
        if self.kind(x) == MATRIX:
            hint = "write sqrt(sum(sum(A.^2))) for that of the elements"
            raise UnsupportedError("norm of a matrix is its largest singular value", span, hint=hint)
        of_sizes = Call("abs", (x,), span, name_span)
        found: Expression
        if not rest or rest == [Number(2.0)]:
            found = Call("norm", (x,), span, name_span)
        elif rest == [Number(1.0)]:
            found = Call("sum", (of_sizes,), span, name_span)
        elif rest in ([Name("Inf")], [Name("inf")]):
            found = Call("max", (of_sizes,), span, name_span)
        else:
            raise UnsupportedError("this norm is not read", span, hint="write sum(abs(x).^p)^(1/p)")
        return self.marked(found, NUMBER)

    def _dot(self, node: Call) -> Expression:
        if any([self.kind(x) == MATRIX for x in node.arguments]):
            raise UnsupportedError("dot of matrices is by column", node.span, hint="write sum(A.*B)")
        if [self.kind(x) for x in node.arguments] == [UNKNOWN, UNKNOWN]:
            products = Binary("*", node.arguments[0], node.arguments[1], node.span)
            axis = Option("axis", Number(0.0))
            return self.marked(Call("sum", (products,), node.span, node.name_span, (axis,)), UNKNOWN)
        return self.marked(node, NUMBER)

    def _turned(self, node: Call) -> Expression | None:
        return self.transposed(node.arguments[0], node) if len(node.arguments) == 1 else None

    def _multiplied(self, node: Call) -> Expression | None:
        return self.marked(node, _PRODUCTS.get(tuple(map(self.kind, node.arguments)), UNKNOWN))  # type: ignore[arg-type]


_FORMS: Final[dict[str, Callable[[Matrices, Call], Expression | None]]] = {
    "size": Matrices._size,
    "length": Matrices._length,
    "ones": Matrices._filled,
    "zeros": Matrices._filled,
    "norm": Matrices._norm,
    "dot": Matrices._dot,
    "transpose": Matrices._turned,
    "mtimes": Matrices._multiplied,
    **dict.fromkeys(("inv", "eye", "outer", "diag"), lambda matrices, node: matrices.marked(node, MATRIX)),
    **dict.fromkeys(("det", "trace", "numel", "logdet"), lambda matrices, node: matrices.marked(node, NUMBER)),
    "linspace": lambda matrices, node: matrices.marked(node, ROW),
    **dict.fromkeys(
        ("solve", "mldivide", "cross", "concat", "stack", "cumprod", "arange", "softmax", "logsumexp", "disp"),
        lambda matrices, node: matrices.marked(node, UNKNOWN),
    ),
}


def _dimension(node: Call, rest: Sequence[Expression]) -> int | None:
    """The dimension that a function is along, counted from 1."""
    if not rest:
        return None
    if len(rest) > 1:
        raise ParseError(f"{node.function} takes fewer operands", node.span, hint=f"write {node.function}(x, 1)")
    if rest[0] not in (Number(1.0), Number(2.0)):
        raise UnsupportedError("a dimension is 1 or 2", rest[0].span, hint=f"write {node.function}(x, 1)")
    return int(rest[0].value)  # type: ignore[union-attr]


def _is_transpose(node: Expression) -> bool:
    return isinstance(node, Call) and node.function == "transpose"


def _is_product(node: Expression) -> bool:
    return isinstance(node, Binary) and node.symbol == "@"


def _row_or_column(span: Span) -> UnsupportedError:
    message = "this product depends on what is a row and what a column"
    hint = "write .* beside a number, dot(x, y) or outer(x, y) for vectors, mtimes(A, B') for matrices"
    return UnsupportedError(message, span, hint=hint)
