"""Names for what formulas repeat, where that makes them shorter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from exprgrad.syntax.rewriting import parts, with_parts
from exprgrad.syntax.tree import Call, Comparison, Expression, Index, Name, Number

# A name has to save so many operations inside of one formula, or so many in all of them.
_WITHIN: Final = 5
_ACROSS: Final = 30
# What has fewer operations has no name.
_LEAST: Final = 2


def shared(
    formulas: Sequence[Expression], taken: Collection[str]
) -> tuple[list[tuple[str, Expression]], list[Expression]]:
    """Names that are not taken with what they stand for, in an order in which each needs those before it alone, and the
    formulas that speak of them."""
    pieces = _Pieces()
    roots = [pieces.enter(x) for x in formulas]
    names: dict[int, str] = {}
    number = 0
    for piece in sorted(pieces.worthwhile(roots)):
        number += 1
        while f"t{number}" in taken:
            number += 1
        names[piece] = f"t{number}"
    definitions = [(name, pieces.tree(piece, names, own=True)) for piece, name in names.items()]
    return definitions, [pieces.tree(root, names) for root in roots]


class _Pieces:
    """The sub-expressions of formulas, equal ones once, each by its number; parts have smaller ones."""

    def __init__(self) -> None:
        self._known: dict[Any, int] = {}
        self._parts: list[tuple[int, ...]] = []
        self._trees: list[Expression] = []
        self.costs: list[int] = []

    def enter(self, root: Expression) -> int:
        """The number of an expression."""
        numbers: dict[int, int] = {}
        stack: list[tuple[Expression, bool]] = [(root, False)]
        while stack:
            x, done = stack.pop()
            if id(x) in numbers:
                continue
            inner = _parts(x)
            if not done:
                stack.append((x, True))
                stack += [(y, False) for y in inner]
                continue
            own = tuple([numbers[id(y)] for y in inner])
            key = (type(x), _says(x), own)
            if key not in self._known:
                self._known[key] = len(self._trees)
                self._trees.append(x)
                self._parts.append(own)
                self.costs.append(_cost(x) + sum([self.costs[i] for i in own]))
            numbers[id(x)] = self._known[key]
        return numbers[id(root)]

    def worthwhile(self, roots: Sequence[int]) -> list[int]:
        """The pieces whose names save enough, the largest first: what is in a piece that has a name counts once."""
        # How often each text has each piece; a text is one of the formulas, or of the pieces that have a name.
        times: list[dict[int, int]] = [{} for _ in self._trees]
        for i, root in enumerate(roots):
            times[root][-1 - i] = 1
        chosen: list[int] = []
        for i in reversed(range(len(self._trees))):
            found, cost = times[i], self.costs[i]
            saved = (sum(found.values()) - 1) * cost - 1
            within = (max(found.values(), default=0) - 1) * cost
            if cost >= _LEAST and saved > 0 and (saved >= _ACROSS or within >= _WITHIN):
                chosen.append(i)
                found = {i: 1}
            for part in self._parts[i]:
                own = times[part]
                for text, n in found.items():
                    own[text] = own.get(text, 0) + n
            times[i] = {}
        return chosen

    def tree(self, root: int, names: dict[int, str], own: bool = False) -> Expression:
        """A piece with names in place of what has one; of itself its `own` text."""
        made: dict[int, Expression] = {}
        stack: list[tuple[int, bool]] = [(root, False)]
        while stack:
            i, done = stack.pop()
            if i in made:
                continue
            if i in names and not (own and i == root):
                made[i] = Name(names[i])
            elif done:
                own_parts = [made[part] for part in self._parts[i]]
                made[i] = with_parts(self._trees[i], own_parts) if own_parts else self._trees[i]
            else:
                stack.append((i, True))
                stack += [(part, False) for part in self._parts[i]]
        return made[root]


def _parts(x: Expression) -> Sequence[Any]:
    """The sub-expressions that may have names: none of an element, or of what works along an axis."""
    return () if isinstance(x, Index) or (isinstance(x, Call) and x.options) else tuple(parts(x))


def _says(x: Expression) -> Any:
    """What an expression says beside its parts."""
    if isinstance(x, Number):
        return x.value.hex()
    if isinstance(x, Comparison):
        return x.symbols
    return tuple([y for y in x.parts() if isinstance(y, str)]) if _parts(x) else x


def _cost(x: Expression) -> int:
    """How many operations an expression has beside its parts."""
    if isinstance(x, Comparison):
        return len(x.symbols)
    return 0 if isinstance(x, Name | Number) else 1
