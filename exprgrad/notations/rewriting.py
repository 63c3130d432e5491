"""Trees with other nodes in them: each node is replaced after its parts, without recursion on what a user wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from exprgrad.syntax.tree import Tree


def rewritten(root: Tree, change: Callable[[Any], Tree]) -> Any:
    """The tree with every node replaced by what `change` makes of it once its parts are replaced."""
    waiting: list[tuple[Tree, bool]] = [(root, False)]
    done: list[Tree] = []
    while waiting:
        node, has_parts = waiting.pop()
        parts = list(_parts(node))
        if has_parts:
            replaced = done[len(done) - len(parts) :]
            del done[len(done) - len(parts) :]
            same = all([new is old for new, old in zip(replaced, parts, strict=True)])
            done.append(change(node if same else _with_parts(node, iter(replaced))))
        else:
            waiting.append((node, True))
            waiting += [(part, False) for part in reversed(parts)]
    (found,) = done
    return found


def _parts(node: Tree) -> Iterator[Tree]:
    for value in node.parts():
        if isinstance(value, Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Tree))


def _with_parts(node: Tree, parts: Iterator[Tree]) -> Tree:
    """A node of the same form with these in the place of its parts."""
    values: dict[str, Any] = {}
    for field in node.__slots__:
        value = getattr(node, field)
        if field in node._compared and isinstance(value, Tree):
            value = next(parts)
        elif field in node._compared and isinstance(value, tuple):
            value = tuple([next(parts) if isinstance(item, Tree) else item for item in value])
        values[field] = value
    return type(node)(**values)


def changed(node: Tree, **fields: Any) -> Any:
    """The node with other values in some fields."""
    return type(node)(**{field: getattr(node, field) for field in node.__slots__} | fields)
