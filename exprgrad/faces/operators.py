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
    """A value with operators, as type checkers see it; `set_methods` makes them."""

    __slots__ = ()

    if TYPE_CHECKING:

        def _joined(self, other: Any) -> Self: ...  # each takes what can become a value, and gives one of its kind

        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __matmul__ = _joined
        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rmatmul__ = _joined
        __lt__ = __le__ = __gt__ = __ge__ = _joined


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
