"""A result as tables for a reader: results, inputs with their first derivatives, and a matrix for what goes by pairs.

A number is written in full where its table has room for that, and else to six significant digits, unless a format is
given; what is wider than the terminal goes on below.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

from exprgrad.diagnostics import listed
from exprgrad.outcomes import Derivative, Outcome, Outcomes, Sparse
from exprgrad.records import NamedTuple
from exprgrad.views.aligned import ELIDED, banded, fits
from exprgrad.views.numbers import NumberFormat, plain, shortest
from exprgrad.views.text import ordinal

# Of an array with more elements along an axis, or in a table with more numbers, the first and the last along each axis
# are shown, so many of each.
_MOST: Final = 100
_LARGE: Final = 1000
_EDGE: Final = 3
# A table with more rows is cut into pieces where there is room.
_LONG: Final = 12
# The width of a table that no terminal shows.
WIDTH: Final = 80


class Block(NamedTuple):
    """A table: what stands above it, the heads of its columns, and the columns, of which the first has names. A number
    may be absent, None, or left out, a text. Where `mirrored`, what is above the diagonal is below it too."""

    title: str
    heads: Sequence[str]
    names: Sequence[str]
    columns: Sequence[Sequence[float | str | None]]
    mirrored: bool = False

    def lines(self, number: NumberFormat, width: int) -> list[str]:
        """The table in so many columns of a terminal."""
        heads = ["", *self.heads]
        cells = self.cells(number)
        if number is shortest and not fits(heads, cells, width):
            cells = self.cells(_short)
        if self.mirrored and not fits(heads, cells, width):
            cells[1:] = [["" if i < k else cell for i, cell in enumerate(column)] for k, column in enumerate(cells[1:])]
        heads, cells = _beside_each_other(heads, cells, width - 2)
        return [f"{self.title}\n", *(f"  {line}" if line.strip() else line for line in banded(heads, cells, width - 2))]

    def cells(self, number: NumberFormat) -> list[list[str]]:
        """The cells of all columns, the names first."""

        def written(x: float | str | None) -> str:
            return "" if x is None else x if isinstance(x, str) else number(x)

        return [list(self.names), *([written(x) for x in column] for column in self.columns)]


def _beside_each_other(heads: list[str], cells: list[list[str]], width: int) -> tuple[list[str], list[list[str]]]:
    """A long table cut into pieces that stand beside each other, as many as there is room for."""
    best = heads, cells
    rows = len(cells[0])
    for pieces in range(2, -(-rows // _LONG) + 1):
        size = -(-rows // pieces)
        cut = [
            [*column[start : start + size], *[""] * (start + size - rows)]
            for start in range(0, rows, size)
            for column in cells
        ]
        repeated = heads * (len(cut) // len(cells))
        if not fits(repeated, cut, width):  # more of them are wider still
            break
        best = repeated, cut
    return best


def _short(x: float) -> str:
    """Six significant digits, or fewer where these are all."""
    rounded = f"{x + 0.0:.6g}"
    return shortest(x) if not math.isfinite(x) or float(rounded) == x else rounded


def table(result: Outcomes, number: NumberFormat = shortest, width: int = WIDTH) -> str:
    """The result in so many columns of a terminal."""
    return "\n".join(["".join(block.lines(number, width)) for block in blocks(result)])


def blocks(result: Outcomes) -> Iterator[Block]:
    """The tables of a result."""
    inputs = {name: _elements(name, _numbers(value)) for name, value in result.inputs.items()}
    values = [_elements(outcome.name, _numbers(outcome.value)) for outcome in result.outcomes]
    names, columns = _column(values)
    heads = [""]
    if any([outcome.standard_error is not None for outcome in result.outcomes]):
        heads = ["value", "standard error"]
        columns.append(
            [error for outcome, piece in zip(result.outcomes, values, strict=True) for error in _errors(outcome, piece)]
        )
    yield Block("results", heads, names, columns)
    if inputs:
        yield _first(result, inputs)
    for outcome in result.outcomes:
        yield from _others(outcome, result)


class Element(NamedTuple):
    """A number of a value: what it is called, and where it is."""

    name: str
    place: tuple[int, ...]
    number: float | str


def _elements(name: str, value: Any, each: int = 1) -> list[Element]:
    """The numbers of a value, of a large array those at its edges. `each` is how many numbers a table has of each."""
    shape = _shape(value)
    if not shape:
        return [Element(name, (), value)]
    most = _MOST if math.prod(shape) * each <= _LARGE else 2 * _EDGE + 1
    found: list[Element] = []
    for place in product(*[_places(size, most) for size in shape]):
        if None in place:
            if not found or found[-1].name != ELIDED:
                found.append(Element(ELIDED, place, ""))
        else:
            found.append(Element(f"{name}[{', '.join(map(str, place))}]", place, _at(value, place)))
    return found or [Element(f"{name}, which has no elements", (0,) * len(shape), "")]


def _errors(outcome: Outcome, elements: Sequence[Element]) -> list[float | str | None]:
    """The standard errors beside the numbers of a value."""
    if outcome.standard_error is None:
        return [None] * len(elements)
    errors = _numbers(outcome.standard_error)
    return [_beside(errors, element) for element in elements]


def _numbers(value: Any) -> Any:
    """A value of a result: a text, a float, or an array, which is not taken apart for the few of its numbers that are
    shown."""
    if isinstance(value, str | float | int):
        return plain(value)
    import numpy as np

    array = np.asarray(value, dtype=np.float64) + 0.0  # -0.0 as 0.0
    return array if array.ndim else float(array)


def _shape(value: Any) -> tuple[int, ...]:
    if isinstance(value, str | float | int):
        return ()
    import numpy as np

    return np.shape(value)


def _places(size: int, most: int) -> Sequence[Any]:
    """The positions along an axis that are shown, None for those between where there are more than so many."""
    return range(size) if size <= most else [*range(_EDGE), None, *range(size - _EDGE, size)]


def _at(value: Any, place: tuple[int, ...]) -> float:
    return float(value[place]) if place else value  # with its proven digits


def _column(pieces: Sequence[Sequence[Element]]) -> tuple[list[str], list[list[float | str | None]]]:
    """The names and the only column of a table of some values."""
    elements = [element for piece in pieces for element in piece]
    return [element.name for element in elements], [[element.number for element in elements]]


def _first(result: Outcomes, inputs: dict[str, list[Element]]) -> Block:
    """The inputs, and beside each the first derivative of every result that has one of its shape."""
    rows = [(name, element) for name, elements in inputs.items() for element in elements]
    columns: list[list[float | str | None]] = [[element.number for _, element in rows]]
    heads = ["value"]
    for outcome in result.outcomes:
        found = {
            derivative.with_respect_to[0]: _numbers(derivative.value)
            for derivative in outcome.derivatives
            if _is_beside(derivative, outcome, result)
        }
        if found:
            heads.append(f"d{_summed(outcome)}/d")
            columns.append([_beside(found[name], element) if name in found else None for name, element in rows])
    return Block("inputs", heads if len(heads) > 1 else [""], [element.name for _, element in rows], columns)


def _is_beside(derivative: Derivative, outcome: Outcome, result: Outcomes) -> bool:
    """Whether a derivative has a number for each of its only input."""
    if derivative.order != 1 or derivative.along or isinstance(derivative.value, Sparse):
        return False
    return _shape(derivative.value) == _shape(result.inputs[derivative.with_respect_to[0]])


def _beside(value: Any, element: Element) -> float | str:
    number: float | str = "" if isinstance(element.number, str) else _at(value, element.place)
    return number


def _summed(outcome: Outcome) -> str:
    """What is differentiated: of an array the sum of its elements."""
    return f"sum({outcome.name})" if _shape(outcome.value) else outcome.name


def _others(outcome: Outcome, result: Outcomes) -> Iterator[Block]:
    """The derivatives that do not stand beside the inputs: jacobians, second ones, and those beyond."""
    along = [derivative for derivative in outcome.derivatives if derivative.along]
    if along:
        way = ", ".join(f"{name} = {shortest(t) if isinstance(t, float) else plain(t)}" for name, t in along[0].along)
        elements = [_elements(_kind(d.order).lower(), _numbers(d.value)) for d in along]
        yield Block(f"derivatives of {outcome.name} along ({way})", [""], *_column(elements))
        return
    second = [derivative for derivative in outcome.derivatives if derivative.order == 2]
    hessian = _hessian(outcome, second, result) if second else None
    rest: list[Derivative] = []
    for derivative in outcome.derivatives:
        if _is_beside(derivative, outcome, result) or (hessian is not None and derivative.order == 2):
            continue
        block = _matrix(derivative, outcome, result)
        if block is not None:
            yield block
        else:
            rest.append(derivative)
    if hessian is not None:
        yield hessian
    for order in sorted({derivative.order for derivative in rest}):
        elements = [_named(d, outcome, result) for d in rest if d.order == order]
        yield Block(f"{_kind(order).lower()}s of {outcome.name}", [""], *_column(elements))


def _named(derivative: Derivative, outcome: Outcome, result: Outcomes) -> list[Element]:
    """The numbers of a derivative, each with what is differentiated by what."""
    by, value = derivative.with_respect_to, _numbers(derivative.value)
    axes = [_shape(outcome.value), *(_shape(result.inputs[name]) for name in by)]
    whole = _shape(value) == sum(axes, ())
    if not whole:  # the derivative of a sum, in the shape of the last input
        axes = [(), *((),) * (len(by) - 1), _shape(value)]
    above = outcome.name if whole else _summed(outcome)
    order = derivative.order if derivative.order > 1 else ""

    def name(place: tuple[int, ...]) -> str:
        pieces, at = [], 0
        for shape in axes:
            index = place[at : at + len(shape)]
            pieces.append(f"[{', '.join(map(str, index))}]" if index else "")
            at += len(shape)
        below = "".join([f"d{x}{piece}" for x, piece in zip(by, pieces[1:], strict=True)])
        return f"d{order}{above}{pieces[0]}/{below}"

    return [
        element if isinstance(element.number, str) else element._replace(name=name(element.place))
        for element in _elements("", value)
    ]


def _kind(order: int) -> str:
    return "Derivative" if order == 1 else f"{ordinal(order)} derivative"


def _hessian(outcome: Outcome, second: Sequence[Derivative], result: Outcomes) -> Block | None:
    """The second derivatives as one matrix, if each pair of elements of the inputs has one."""
    names = list(dict.fromkeys([name for derivative in second for name in derivative.with_respect_to]))
    shapes = {name: _shape(result.inputs[name]) for name in names}
    values = {d.with_respect_to: _numbers(d.value) for d in second if not isinstance(d.value, Sparse)}
    if len(values) < len(second) or _shape(outcome.value):
        return None
    if any([_shape(value) != shapes[a] + shapes[b] for (a, b), value in values.items()]):
        return None
    if any([0 in shape for shape in shapes.values()]):
        return None
    count = sum([math.prod(shape) for shape in shapes.values()])
    elements = [(name, element) for name in names for element in _elements(name, _numbers(result.inputs[name]), count)]

    def number(row: tuple[str, Element], column: tuple[str, Element]) -> float | str:
        (a, x), (b, y) = row, column
        if isinstance(x.number, str) or isinstance(y.number, str):
            return ELIDED
        found: float = (
            _at(values[a, b], x.place + y.place) if (a, b) in values else _at(values[b, a], y.place + x.place)
        )
        return found

    labels = [element.name for _, element in elements]
    columns = [[number(row, column) for row in elements] for column in elements]
    return Block(f"second derivatives of {outcome.name}", labels, labels, columns, mirrored=True)


def _matrix(derivative: Derivative, outcome: Outcome, result: Outcomes) -> Block | None:
    """A derivative with names on both sides: a row for each element of the result, a column for each of an input."""
    title = f"{_kind(derivative.order).lower()} of {outcome.name} with respect to {listed(derivative.with_respect_to)}"
    value = derivative.value
    if isinstance(value, Sparse):
        names = [f"[{', '.join(map(str, place))}]" for place in value.places.tolist()]
        shown = f"{title}, {len(names)} of {math.prod(value.shape)} elements"
        return Block(shown, [""], names, [value.values.tolist()])
    if derivative.order > 1:
        return None
    name = derivative.with_respect_to[0]
    value = _numbers(value)
    above, below = _numbers(outcome.value), _numbers(result.inputs[name])
    shapes = _shape(above), _shape(below)
    shape = _shape(value)
    if shape != sum(shapes, ()) or 0 in shape:
        return None
    rows = _elements(outcome.name, above, math.prod(shapes[1]))
    columns = _elements(name, below, math.prod(shapes[0]))

    def number(row: Element, column: Element) -> float | str:
        if isinstance(row.number, str) or isinstance(column.number, str):
            return ELIDED
        found: float = _at(value, row.place + column.place)
        return found

    cells: list[list[float | str | None]] = [[number(row, column) for row in rows] for column in columns]
    return Block(title, [column.name for column in columns], [row.name for row in rows], cells)
