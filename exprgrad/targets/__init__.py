"""What writes a program down for elsewhere: a printer, and for each language a table of what it spells otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from exprgrad import expected
from exprgrad.lazy import later
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from exprgrad.targets.target import Writer


later(__name__, "printer", "python", "sql", "writing")


class Language(NamedTuple):
    """Where a target is: its module and class, the endings of files in its language, and the options that it takes,
    each with what may be chosen, or nothing where that is open; the `form` of files of some endings, where it is not
    the first; and whether variables may be texts in it."""

    module: str
    target: str
    endings: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]] = {}
    forms: Mapping[str, str] = {}
    has_texts: bool = False


# The first is the default.
SQL_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "dialect": ("duckdb", "postgres", "spark", "databricks", "bigquery", "snowflake", "sqlite"),
    "form": ("select", "macro"),
    "table": (),
    "keep_columns": (),
}
TARGETS: Final[Mapping[str, Language]] = {
    "python": Language("python", "Python", (".py",)),
    "c": Language(
        "c", "C", (".c", ".h", ".hpp"), {"form": ("source", "header")}, dict.fromkeys((".h", ".hpp"), "header")
    ),
    "javascript": Language("javascript", "JavaScript", (".js", ".mjs")),
    "numpy": Language("numpy", "NumPy", ()),
    "jax": Language("jax", "Jax", ()),
    "torch": Language("torch", "Torch", ()),
    "onnx": Language("onnx", "Onnx", (".onnx",)),
    "sql": Language("sql", "Sql", (".sql",), SQL_OPTIONS, has_texts=True),
}


def target_named(name: str, **options: Any) -> Writer:
    """A new target, by its name, with options of its own. Raises a UsageError for names that there are not."""
    expected.choice("unknown target", name, TARGETS)
    language = TARGETS[name]
    for option, x in options.items():
        expected.choice(f"unknown option of {name}:", option, language.options)
        if choices := language.options[option]:
            expected.choice(f"unknown {option}", x, choices)
    made: Writer = getattr(import_module(f"exprgrad.targets.{language.module}"), language.target)(**options)
    return made
