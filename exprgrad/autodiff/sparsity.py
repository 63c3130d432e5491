"""Which elements of a value depend on which elements of another one, and how few sweeps find all derivatives then.

The elements of a value that no element of the result shares can be differentiated by in one sweep: they get one colour
(Curtis, Powell and Reid 1974; Griewank and Walther, Evaluating Derivatives, chapter 8).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.autodiff.reachability import between, upstream
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.control import Item
from exprgrad.ops.registry import Traced
from exprgrad.ops.structural import Shape, Structural, shape_after
from exprgrad.records import NamedTuple

# So many pairs of elements may depend on each other: beyond, nothing is sparse.
MOST: Final = 20_000_000


class Pattern(NamedTuple):
    """For each element of a value, in order, the elements that it may depend on: those of element i are
    `columns[starts[i] : starts[i + 1]]`, in order. `width` is how many there are to depend on."""

    starts: np.ndarray
    columns: np.ndarray
    width: int

    @property
    def rows(self) -> np.ndarray:
        """The element of the value that each pair belongs to."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Colours(NamedTuple):
    """The colour of each column of a pattern, or of each row, and how many colours there are."""

    of: np.ndarray
    many: int


class _Dense(Exception):
    """Nothing is sparse."""


def pattern(y: Any, x: Any, value_of: Callable[[Traced], Any] | None) -> Pattern | None:
    """Which elements of y may depend on which of x; None where nothing is sparse or the shapes are not known.
    `value_of` gives the value of a node that holds positions, None where it is not known; without it nothing is
    sparse."""
    if value_of is None:
        return None
    sizes = _sizes(y)
    if sizes is None:
        return None
    way = between([y], [x])
    if x.index not in sizes.of:
        return Pattern(np.zeros(sizes.of[y.index] + 1, dtype=np.intp), np.zeros(0, dtype=np.intp), math.prod(x.shape))
    n = sizes.of[x.index]
    found: dict[int, Pattern] = {}
    try:
        for index in sorted(way):
            node = way[index]
            if index == x.index:
                found[index] = Pattern(np.arange(n + 1), np.arange(n), n)
                continue
            parts = [
                _through(node, i, found[operand.index], sizes, value_of)
                for i, operand in enumerate(node.operands)
                if operand.index in found
            ]
            found[index] = _union(parts, sizes.of[index], n)
    except _Dense:
        return None
    return found.get(y.index)


def by_own(y: Any, x: Any) -> bool:
    """Whether each element of y is known to depend on no element of x but the one at its own place."""
    if y.shape is None or y.shape != x.shape:
        return False
    found = pattern(y, x, lambda node: None)
    return found is not None and bool((found.rows == found.columns).all())


class _Sizes(NamedTuple):
    """The shape of each node and how many elements it has, by its index. Of what is computed `on_lanes` all lanes
    count, whichever are taken."""

    shapes: dict[int, Shape]
    of: dict[int, int]
    on_lanes: set[int]


def _sizes(y: Any) -> _Sizes | None:
    """The sizes of all nodes that y is computed from; None where one is not known.

    They are those of the operations, not of the values: of these some may be structural zeros, which have no shape."""
    sizes = _Sizes({}, {}, set())
    nodes = upstream([y])
    for index in sorted(nodes):
        node = nodes[index]
        op = node.op
        if op is None or isinstance(op, Item):  # one result of a branch or a loop may have any shape
            shape = node.shape
        else:
            shape = shape_after(op, [sizes.shapes[x.index] for x in node.operands])
        if shape is None or (isinstance(op, Item) and node.value is ZERO):
            return None
        sizes.shapes[index] = shape
        lanes = [sizes.of[x.index] for x in node.operands if x.index in sizes.on_lanes]
        if isinstance(op, Structural) and op.opens_lanes:
            lanes = [sizes.of[node.operands[-1].index]]
        elif isinstance(op, Structural) and op.closes_lanes:  # those of a side may themselves lie on lanes
            side = node.operands[op.shaped_as]
            lanes = [sizes.of[side.index]] if side.index in sizes.on_lanes else []
        elif shape == ():
            lanes = []
        if lanes:
            sizes.on_lanes.add(index)
        sizes.of[index] = max(lanes) if lanes else math.prod(shape)
    return sizes


def _through(node: Any, position: int, known: Pattern, sizes: _Sizes, value_of: Callable[[Traced], Any]) -> Pattern:
    """What a node depends on through one of its operands."""
    op, operand = node.op, node.operands[position]
    size, source = sizes.of[node.index], sizes.of[operand.index]
    if not _follows(op, position):
        return Pattern(np.zeros(1, dtype=np.intp), np.zeros(0, dtype=np.intp), known.width)
    shape = sizes.shapes[node.index]
    if node.index in sizes.on_lanes or any(x.index in sizes.on_lanes for x in node.operands):
        if size == source:
            return known
        if source == 1:
            return _rows(known, np.arange(size), np.zeros(size, dtype=np.intp))
        if size == 1:
            return _rows(known, np.zeros(source, dtype=np.intp), np.arange(source))
        raise _Dense
    if op.partials is not None:
        if size == source:
            return known
        numbers = np.broadcast_to(np.arange(source).reshape(sizes.shapes[operand.index]), shape).reshape(-1)
        return _rows(known, np.arange(size), numbers)
    if not isinstance(op, Structural):
        raise _Dense
    shapes = [sizes.shapes[x.index] for x in node.operands]

    def positions(i: int) -> Any:
        value = value_of(node.operands[i])
        if value is None:
            raise _Dense
        return value

    pairs = op.relates(position, shapes, shape, positions)
    if pairs is None:
        if size * source > MOST:
            raise _Dense
        pairs = np.repeat(np.arange(size), source), np.tile(np.arange(source), size)
    return _rows(known, *pairs)


def _follows(op: Any, position: int) -> bool:
    """Whether a derivative reaches an operand at all."""
    if isinstance(op, Structural):
        return op.follows(position)
    return not isinstance(op.partials, tuple) or op.partials[position % len(op.partials)] is not None


def _rows(known: Pattern, to: Any, of: Any) -> Pattern:
    """The pattern in which row `to[k]` has what row `of[k]` of another one has."""
    counts = np.diff(known.starts)[of]
    total = int(counts.sum())
    if total > MOST:
        raise _Dense
    ends = np.cumsum(counts)
    places = np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(known.starts[of], counts)
    return _sorted(np.repeat(to, counts), known.columns[places], int(to.max(initial=-1)) + 1, known.width)


def _union(parts: Sequence[Pattern], size: int, width: int) -> Pattern:
    if len(parts) == 1 and len(parts[0].starts) == size + 1:
        return parts[0]
    rows = [part.rows for part in parts]
    columns = [part.columns for part in parts]
    return _sorted(np.concatenate(rows), np.concatenate(columns), size, width)


def _sorted(rows: Any, columns: Any, size: int, width: int) -> Pattern:
    keys = np.unique(rows.astype(np.int64) * max(width, 1) + columns)
    rows, columns = np.divmod(keys, max(width, 1))
    return Pattern(np.searchsorted(rows, np.arange(size + 1)), columns, width)


def colours(found: Pattern, by_columns: bool) -> Colours:
    """Colours for the columns, no two of which share a row where they are alike; or the same for the rows."""
    groups, members = (found.rows, found.columns) if by_columns else (found.columns, found.rows)
    count = found.width if by_columns else len(found.starts) - 1
    order = np.argsort(members, kind="stable")
    starts = np.searchsorted(members[order], np.arange(count + 1)).tolist()
    touched = groups[order].tolist()
    taken = [0] * (max(touched, default=-1) + 1)  # the colours in each group, as bits
    of = [0] * count
    most = 0
    for i in range(count):
        mine = touched[starts[i] : starts[i + 1]]
        used = 0
        for group in mine:
            used |= taken[group]
        free = ~used & (used + 1)  # the lowest bit that is not set
        for group in mine:
            taken[group] |= free
        of[i] = free.bit_length() - 1
        most = max(most, free.bit_length() if mine else 0)
    return Colours(np.array(of, dtype=np.intp), most)
