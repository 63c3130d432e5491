"""NamedTuple as a command can afford it at every start.

typing's compiles the text of each annotation, and collections' the text of each constructor: for the 60 classes that a
short run needs a tenth of its time. These are the same classes, of parts that they share.
"""

from __future__ import annotations

import collections
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    _made = tuple.__new__
    # What makes a record of so many fields, compiled with this file.
    _CONSTRUCTORS = (
        lambda _cls: _made(_cls, ()),
        lambda _cls, a: _made(_cls, (a,)),
        lambda _cls, a, b: _made(_cls, (a, b)),
        lambda _cls, a, b, c: _made(_cls, (a, b, c)),
        lambda _cls, a, b, c, d: _made(_cls, (a, b, c, d)),
        lambda _cls, a, b, c, d, e: _made(_cls, (a, b, c, d, e)),
        lambda _cls, a, b, c, d, e, f: _made(_cls, (a, b, c, d, e, f)),
        lambda _cls, a, b, c, d, e, f, g: _made(_cls, (a, b, c, d, e, f, g)),
        lambda _cls, a, b, c, d, e, f, g, h: _made(_cls, (a, b, c, d, e, f, g, h)),
        lambda _cls, a, b, c, d, e, f, g, h, i: _made(_cls, (a, b, c, d, e, f, g, h, i)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j: _made(_cls, (a, b, c, d, e, f, g, h, i, j)),
    )

    def _of_few(name: str, fields: tuple[str, ...], defaults: dict[str, Any]) -> Any:
        """What makes a record of these fields, of the part that all of so many share."""
        made = _CONSTRUCTORS[len(fields)]
        code = made.__code__.replace(
            co_name="__new__",
            co_qualname=f"{name}.__new__",
            co_varnames=("_cls", *fields),
            co_filename=f"<{name}>",  # as collections calls its own <string>: no line of this file is about it
        )
        return FunctionType(code, made.__globals__, "__new__", tuple(defaults.values()))

    def _of_many(fields: tuple[str, ...], defaults: dict[str, Any]) -> Any:
        """What makes a record of more fields, which are mostly given by name."""

        def new(_cls: Any, /, *values: Any, **named: Any) -> Any:
            others = fields[len(values) :]
            if not named.keys() <= set(others) or len(values) > len(fields):
                raise TypeError(f"{_cls.__name__}() has the fields {', '.join(fields)}, and each is given once")
            found = defaults | named
            if missing := [field for field in others if field not in found]:
                raise TypeError(f"{_cls.__name__}() lacks {', '.join(missing)}")
            return _made(_cls, (*values, *[found[field] for field in others]))

        return new

    @cache
    def _field(position: int) -> Any:
        return collections._tuplegetter(position, f"The field at position {position}.")

    @classmethod
    def _make(cls: Any, iterable: Any) -> Any:
        """Make a record from a sequence or iterable."""
        made = _made(cls, iterable)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _getnewargs(self: Any) -> tuple[Any, ...]:
        """Return self as a plain tuple. Used by copy and pickle."""
        return tuple(self)

    def _asdict(self: Any) -> dict[str, Any]:
        """Return a dict which maps the names of the fields to their values."""
        return dict(zip(self._fields, self, strict=True))

    def _replace(self: Any, /, **fields: Any) -> Any:
        """Return a new record with specified fields replaced by new values."""
        made = self._make(map(fields.pop, self._fields, self))
        if fields:
            raise ValueError(f"Got unexpected field names: {list(fields)!r}")
        return made

    def _repr(self: Any) -> str:
        shown = ", ".join([f"{name}={x!r}" for name, x in zip(self._fields, self, strict=True)])
        return f"{type(self).__name__}({shown})"

    class _Maker(type):
        """Makes a class that names NamedTuple as its base a named tuple."""

        def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            few = len(fields) < len(_CONSTRUCTORS)
            new = _of_few(name, fields, defaults) if few else _of_many(fields, defaults)
            return type(
                name,
                (tuple,),
                {
                    "__slots__": (),
                    "__new__": new,
                    "__repr__": _repr,
                    "__getnewargs__": _getnewargs,
                    "__match_args__": fields,
                    "_fields": fields,
                    "_field_defaults": defaults,
                    "_make": _make,
                    "_asdict": _asdict,
                    "_replace": _replace,
                    **{field: _field(i) for i, field in enumerate(fields)},
                    **namespace,
                },
            )

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
