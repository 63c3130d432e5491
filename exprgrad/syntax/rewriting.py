"""Trees with other nodes in them, whatever their forms are, without recursion on what a user wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exprgrad.syntax.tree import Tree


def rewritten(root: Tree, change: Callable[[Any], Tree]) -> Any:
    """The tree with every node replaced by what `change` makes of it once its parts are replaced."""
    waiting: list[tuple[Tree, bool]] = [(root, False)]
    done: list[Tree] = []
    while waiting:
        node, has_parts = waiting.pop()
        inner = list(parts(node))
        if has_parts:
            replaced = done[len(done) - len(inner) :]
            del done[len(done) - len(inner) :]
            same = all([new is old for new, old in zip(replaced, inner, strict=True)])
            done.append(change(node if same else with_parts(node, replaced)))
        else:
            waiting.append((node, True))
            waiting += [(part, False) for part in reversed(inner)]
    (found,) = done
    return found


def parts(node: Tree) -> Iterator[Tree]:
    """The nodes that one is made of, in the order of its fields."""
    for value in node.parts():
        if isinstance(value, Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Tree))


def nodes(root: Tree) -> Iterator[Tree]:
    """A node and all that it is made of, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [*parts(node)][::-1]


def with_parts(node: Tree, replaced: Iterable[Tree]) -> Any:
    """A node of the same form with these in the place of its parts."""
    following = iter(replaced)
    values: dict[str, Any] = {}
    for field in node.__slots__:
        value = getattr(node, field)
        if field in node._compared and isinstance(value, Tree):
            value = next(following)
        elif field in node._compared and isinstance(value, tuple) and any(isinstance(item, Tree) for item in value):
            value = tuple([next(following) if isinstance(item, Tree) else item for item in value])
        values[field] = value
    return type(node)(**values)


def changed(node: Tree, **fields: Any) -> Any:
    """The node with other values in some fields."""
    return type(node)(**{field: getattr(node, field) for field in node.__slots__} | fields)
