"""NamedTuple as a command can afford it at every start.

typing's compiles the text of each annotation, and collections' the text of each constructor: for the 60 classes that a
short run needs a tenth of its time. These are the same classes, whose parts are those of one named tuple for each
number of fields.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    @cache
    def _template(count: int) -> Any:
        return namedtuple("Record", [f"f{i}" for i in range(count)])

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
            template = _template(len(fields))
            parts, of_template = vars(template), template.__new__
            code = of_template.__code__.replace(co_varnames=("_cls", *fields))
            new = FunctionType(code, of_template.__globals__, "__new__", tuple(defaults.values()))
            return type(
                name,
                (tuple,),
                {
                    "__slots__": (),
                    "__new__": new,
                    "__repr__": _repr,
                    "__match_args__": fields,
                    "_fields": fields,
                    "_field_defaults": defaults,
                    "_replace": _replace,
                    **{part: parts[part] for part in ("__getnewargs__", "_asdict", "_make")},
                    **{field: parts[f"f{i}"] for i, field in enumerate(fields)},
                    **namespace,
                },
            )

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
