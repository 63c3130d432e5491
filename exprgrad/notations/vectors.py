"""Which values of a LaTeX text are vectors and matrices, as their letters say, and what the products of these are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from exprgrad.diagnostics import Span, UnsupportedError, listed
from exprgrad.notations.grammar import around
from exprgrad.ops import functions
from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import Names, walk
from exprgrad.syntax.tree import Binary, Call, Expression, Name, Number, Unary

# What a value is: NUMBER where nothing says otherwise. Bold capitals are matrices before and behind factors, and may be
# vectors beside \cdot and \times. A ROW is a vector with ^T; a TRANSPOSE is one of what no letter shows.
NUMBER: Final = ""
VECTOR: Final = "vector"
ROW: Final = "row"
MATRIX: Final = "matrix"
TRANSPOSE: Final = "transpose"
EITHER: Final = "number or vector"

_ARROW: Final = re.compile(r"\\vec(?![A-Za-z])")
_BOLD: Final = re.compile(r"\\(?:mathbf|boldsymbol|bm)\s*\{?\s*\\?(\w)")
_HAT: Final = re.compile(r"\\hat(?![A-Za-z])")
_MADE: Final = {
    **dict.fromkeys(("transpose", "inv", "outer", "diag", "stack"), MATRIX),
    **dict.fromkeys(("cross", "solve", "softmax", "cumsum", "concat"), VECTOR),
}
# Of a matrix these can be functions of matrices, too.
_OF_MATRICES: Final = frozenset(("exp", "log", "ln", "sqrt", "sin", "cos"))
# What a product without a sign is of what stands left and right.
_PRODUCTS: Final = {
    (MATRIX, MATRIX): MATRIX,
    (MATRIX, VECTOR): VECTOR,
    (ROW, MATRIX): ROW,
    (ROW, VECTOR): NUMBER,
}
_DOT: Final = ("\\cdot", "·", "⋅")
_CROSS: Final = ("\\times", "×")


class Vectors:
    """What the values of one text are."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._hats: set[str] = set()
        # By the identity of a node, which is kept so that no other one has it.
        self._nodes: dict[int, tuple[Expression, str]] = {}

    def kind(self, node: Expression) -> str:
        if isinstance(node, Name):
            return self._names.get(node.name, NUMBER)
        return self._nodes.get(id(node), (node, NUMBER))[1]

    def marked(self, node: Expression, kind: str) -> Expression:
        """The node, which is of that kind."""
        if kind != NUMBER:
            self._nodes[id(node)] = (node, kind)
        return node

    def named(self, name: str, text: str) -> None:
        """Is told how a name is written."""
        if _ARROW.match(text):
            self._names[name] = VECTOR
        elif bold := _BOLD.match(text):
            self._names[name] = MATRIX if bold[1].isupper() else VECTOR
        elif _HAT.match(text):
            self._hats.add(name)

    def assigned(self, name: str, value: Expression) -> None:
        if (kind := self.kind(value)) != NUMBER:
            self._names.setdefault(name, kind)

    # -- products -----------------------------------------------------------------------------------------------------

    def product(self, left: Expression, right: Expression, sign: str) -> Expression:
        """A product by a sign of the text, or by none. Raises an UnsupportedError where it can be more than one."""
        kinds = (self.kind(left), self.kind(right))
        span = around(left, right)
        scaled = Binary("*", left, right, span)
        if sign in _CROSS and {*kinds} == {NUMBER} and self._is_hat(left) and self._is_hat(right):
            raise self._unmarked(right, span)
        if kinds == (NUMBER, NUMBER):
            return scaled
        if TRANSPOSE in kinds:
            raise self._unmarked(left if kinds[0] == TRANSPOSE else right, span)
        if NUMBER in kinds:
            number, kind = (left, kinds[1]) if kinds[0] == NUMBER else (right, kinds[0])
            if sign in (*_DOT, *_CROSS) and self._is_hat(number):
                raise self._unmarked(number, span)
            if sign in _CROSS and not isinstance(number, Number):
                raise self._unmarked(number, span)
            if not sign and (capital := _capital(number)) is not None:
                message = f"{capital.name} can be a number or a matrix here"
                hint = f"write \\cdot between if it is a number, \\mathbf{{{capital.name}}} if it is a matrix"
                raise UnsupportedError(message, capital.span, hint=hint)
            return self.marked(scaled, kind)
        if EITHER in kinds or sign == "*" or sign == "\\ast":
            raise _unclear(span)
        if sign in _CROSS and not {*kinds} & {ROW}:
            return self.marked(Call("cross", (left, right), span, span), VECTOR)
        if sign in _DOT and not {*kinds} & {ROW}:
            found = Call("dot", (left, right), span, span)
            return found if kinds == (VECTOR, VECTOR) else self.marked(found, EITHER)
        if sign not in _CROSS and kinds in _PRODUCTS:
            return self.marked(Binary("@", left, right, span), _PRODUCTS[kinds])
        if sign not in _CROSS and kinds == (VECTOR, ROW):
            of = right.arguments[0] if isinstance(right, Call) and right.function == "transpose" else right
            return self.marked(Call("outer", (left, of), span, span), MATRIX)
        raise _unclear(span)

    def _is_hat(self, node: Expression) -> bool:
        return isinstance(node, Name) and node.name in self._hats

    @staticmethod
    def _unmarked(node: Expression, span: Span) -> UnsupportedError:
        hint = "write \\mathbf{...} or \\vec{...} for each vector and matrix"
        return UnsupportedError("this product is of vectors, and not all are written as such", span, hint=hint)

    # -- other operations ---------------------------------------------------------------------------------------------

    def like(self, node: Expression, operands: Sequence[Expression]) -> Expression:
        """What is of the kind of its operands: a sum, a sign, a case."""
        kinds = {self.kind(operand) for operand in operands} - {NUMBER}
        if ROW in kinds and len(kinds) > 1:
            raise UnsupportedError("a row and a column have no sum", node.span, hint="leave the ^T out")
        return self.marked(node, min(kinds, key=(TRANSPOSE, EITHER, ROW, VECTOR, MATRIX).index)) if kinds else node

    def quotient(self, node: Binary) -> Expression:
        kind = self.kind(node.right)
        if kind not in (NUMBER, EITHER):
            hint = "write \\mathbf{A}^{-1} \\mathbf{b} for what solves a system"
            raise UnsupportedError(f"there is no quotient by a {kind}", node.right.span, hint=hint)
        return self.like(node, (node.left,))

    def power(self, node: Binary) -> Expression:
        kind, script = self.kind(node.left), self.kind(node.right)
        if script not in (NUMBER, VECTOR, EITHER):
            hint = "there are no powers with matrices as exponents"
            raise UnsupportedError(f"a {script} stands in a superscript", node.right.span, hint=hint)
        if kind == NUMBER:
            return self.marked(node, script)
        if node.right == Name("T") and kind in (VECTOR, ROW, MATRIX):
            return self.transposed(node.left, node.span)
        if kind == MATRIX and node.right == Unary("-", Number(1.0)):
            return self.marked(Call("inv", (node.left,), node.span, node.left.span), MATRIX)
        hint = "write \\mathbf{x} \\cdot \\mathbf{x} for vectors, \\mathbf{A} \\mathbf{A} for matrices"
        raise UnsupportedError(f"this power of a {kind} is not read", node.span, hint=hint)

    def transposed(self, of: Expression, span: Span) -> Expression:
        kinds = {VECTOR: ROW, ROW: VECTOR, MATRIX: MATRIX}
        return self.marked(Call("transpose", (of,), span, span), kinds.get(self.kind(of), TRANSPOSE))

    def length(self, node: Call) -> Expression:
        """What stands in bars."""
        kind = self.kind(node.arguments[0])
        if kind in (VECTOR, ROW):
            return Call("norm", node.arguments, node.span, node.name_span)
        if kind != NUMBER:
            hint = "write \\operatorname{abs}, \\det, or \\| \\| for the length of a vector"
            raise UnsupportedError(f"bars around a {kind} can be read in two ways", node.span, hint=hint)
        return node

    def applied(self, node: Call, own: bool) -> Expression:
        """What a function is of its operands; `own` if the text defines it."""
        kinds = {self.kind(argument) for argument in node.arguments} - {NUMBER}
        if not kinds:
            return node
        if MATRIX in kinds and node.function in _OF_MATRICES:
            message = f"{node.function} of a matrix can be that of each element, or a function of matrices"
            raise UnsupportedError(message, node.span, hint="write a letter without bold for the elements")
        if own:
            return self.marked(node, EITHER)
        if node.function in functions.FUNCTIONS or (node.function in ("max", "min") and len(node.arguments) == 1):
            return self.marked(node, _MADE.get(node.function, NUMBER))
        return self.like(node, node.arguments)


def check_products(names: Names, axes: Mapping[str, int]) -> None:
    """Raises an UnsupportedError where a translated program multiplies the elements of a matrix by those of an array,
    since its letters say nothing of matrices; `axes` are how many the values have."""
    for event in names.events:
        for node in walk(event.value) if isinstance(event, Set) else ():
            factors = [part.name for part in _factors(node) if isinstance(part, Name)]
            arrays = [name for name in factors if axes.get(name)]
            if len(arrays) > 1 and any([axes[name] > 1 for name in arrays]):
                bold = " ".join([f"\\mathbf{{{name}}}" for name in arrays])
                raise UnsupportedError(
                    f"{listed(arrays)} are arrays, and without bold their elements are multiplied",
                    node.span,
                    hint=f"write {bold} for a product of matrices",
                )


def _factors(node: Expression) -> list[Expression]:
    found: list[Expression] = []
    while isinstance(node, Binary) and node.symbol == "*":
        found.append(node.right)
        node = node.left
    return [node, *found[::-1]] if found else []


def _capital(node: Expression) -> Name | None:
    """A capital letter among the factors of a number, which may be a matrix."""
    while True:
        factor = node.right if isinstance(node, Binary) and node.symbol == "*" else node
        if isinstance(factor, Name) and factor.name[0].isupper():
            return factor
        if not isinstance(node, Binary) or node.symbol != "*":
            return None
        node = node.left


def _unclear(span: Span) -> UnsupportedError:
    hint = "write \\cdot or \\times between vectors, \\mathbf{x}^T \\mathbf{y}, or \\mathbf{A} \\mathbf{x}"
    return UnsupportedError("this product of vectors can be read in more than one way", span, hint=hint)
