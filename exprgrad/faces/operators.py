"""The operators that tensors and nodes have in common: which operation is behind each, and what type checkers see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from exprgrad.diagnostics import UsageError
from exprgrad.ops import arithmetic as A
from exprgrad.ops import comparison as C

Entry = TypeVar("Entry")

# By the names of their methods, without what is around: `add` is `__add__`, `__radd__` and `__iadd__`.
ARITHMETIC: Final = {
    "add": A.add,
    "sub": A.sub,
    "mul": A.mul,
    "truediv": A.div,
    "floordiv": A.floor_div,
    "mod": A.mod,
    "pow": A.pow_,
}
ORDER: Final = {"lt": C.less, "le": C.less_equal, "gt": C.greater, "ge": C.greater_equal}


class Operators:
    """What has them, for type checkers; `set_methods` makes them."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Self: ...
        def __radd__(self, other: Any) -> Self: ...
        def __sub__(self, other: Any) -> Self: ...
        def __rsub__(self, other: Any) -> Self: ...
        def __mul__(self, other: Any) -> Self: ...
        def __rmul__(self, other: Any) -> Self: ...
        def __truediv__(self, other: Any) -> Self: ...
        def __rtruediv__(self, other: Any) -> Self: ...
        def __floordiv__(self, other: Any) -> Self: ...
        def __rfloordiv__(self, other: Any) -> Self: ...
        def __mod__(self, other: Any) -> Self: ...
        def __rmod__(self, other: Any) -> Self: ...
        def __pow__(self, other: Any) -> Self: ...
        def __rpow__(self, other: Any) -> Self: ...
        def __matmul__(self, other: Any) -> Self: ...
        def __rmatmul__(self, other: Any) -> Self: ...
        def __lt__(self, other: Any) -> Self: ...
        def __le__(self, other: Any) -> Self: ...
        def __gt__(self, other: Any) -> Self: ...
        def __ge__(self, other: Any) -> Self: ...


def set_methods(kind: type, pattern: str, table: Mapping[str, Entry], make: Callable[[Entry], Any]) -> None:
    """Gives a class a method for each entry of a table, made of it; the pattern makes its name of the entry's."""
    for key, entry in table.items():
        method = make(entry)
        method.__name__ = method.__qualname__ = pattern.format(key)
        setattr(kind, method.__name__, method)


def without_logic(kind: Any, hint: str) -> None:
    """Lets `a & b` and its like, which there are for truth values alone, say what to write."""

    def refuse(self: Any, *others: Any) -> Any:
        raise UsageError(f"a {kind.kind} has no operators of bits", hint=hint)

    for name in ("and", "or", "xor", "lshift", "rshift"):
        setattr(kind, f"__{name}__", refuse)
        setattr(kind, f"__r{name}__", refuse)
    kind.__invert__ = refuse
