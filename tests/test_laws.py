"""The laws of the house that a machine can hold: the direction of imports, light start-up, depth."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import exprgrad
import exprgrad.dynamic
import exprgrad.static

PACKAGE = Path(exprgrad.__file__).parent

# Each layer imports only from the layers after it.
LAYERS = [
    ["__main__"],
    ["cli"],
    ["commands"],
    ["prompt"],
    ["console"],
    ["arguments", "rowfiles", "light"],
    ["rows"],
    ["explanation"],
    ["compiled"],
    ["plots"],
    ["digits"],
    ["quick", "batch", "solving"],
    ["result"],
    ["notations"],
    ["views"],
    ["algebra"],
    ["targets"],
    ["faces"],
    ["static", "dynamic", "kinks"],
    ["nodes"],
    ["derivatives", "notes"],
    ["jacobians"],
    ["lowering"],
    ["run"],
    ["program"],
    ["autodiff"],
    ["ops"],
    ["outcomes", "by_inputs"],
    ["expected"],
    ["numbers", "syntax"],
    ["files"],
    ["compression", "reports"],
    ["diagnostics"],
    ["ranges", "screen", "text_tests"],
    ["interrupts", "lazy", "records", "version"],
]
FREE = {"__init__", "_build"}  # the public face loads lazily; the build helper is no part of the program
# What the faces may import.
BELOW_FACES = {
    *("faces", "dynamic", "static", "run", "program", "autodiff", "ops", "numbers", "diagnostics", "records", "lazy"),
}
# By these names PyTorch's and TensorFlow 1's work-alikes are imported.
DOORS = {
    PACKAGE / room / file
    for room, file in (
        ("dynamic", "__init__.py"),
        ("dynamic", "autograd/__init__.py"),
        ("dynamic", "autograd/functional.py"),
        ("static", "__init__.py"),
    )
}


def rooms() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        relative = path.relative_to(PACKAGE)
        found.setdefault(relative.parts[0].removesuffix(".py"), []).append(path)
    return found


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """What the import statements among these name: `exprgrad.ops.registry.Op`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(path: Path) -> set[str]:
    """The rooms of the package that a file imports, anywhere in it."""
    found = imported(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {name.split(".")[1] for name in found if name.startswith("exprgrad.")}


def modules() -> dict[str, Path]:
    """The files of the package by the names of their modules."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def loads(path: Path, files: Collection[str]) -> set[str]:
    """The modules that a file imports, of those given, also where they wait; not those for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    names = {*imported(ast.walk(tree))}
    return {name if name in files else name.rpartition(".")[0] for name in names} & {*files}


# What stands beside the package: what tools demand, and what people read.
TOP = {
    *(".ci", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "Makefile", "README.md"),
    *("benchmarks", "docs", "examples", "exprgrad", "findings", "grammar.lark", "pyproject.toml", "setup.cfg", "tests"),
}


def test_the_top_level_is_known() -> None:
    root = Path(__file__).parents[1]
    if not (root / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no checkout of git")
    command = ["git", "-C", str(root), "-c", f"safe.directory={root}", "ls-files", "-z"]
    tracked = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert {path.partition("/")[0] for path in tracked.split("\0") if path} == TOP


def test_imports_go_one_way() -> None:
    level = {room: i for i, layer in enumerate(LAYERS) for room in layer}
    for room, paths in rooms().items():
        if room in FREE:
            continue
        assert room in level, f"{room} has no place in the house"
        for path in set(paths) - DOORS:
            for other in imports(path) & set(level):
                if other != room:
                    assert level[other] > level[room], f"{path} imports {other}"


def test_contributing_tells_of_each_room() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = "".join(line for line in text.splitlines(keepends=True) if line.startswith("| `"))
    told = {name.removesuffix("/").removesuffix(".py") for name in re.findall(r"`(\w+(?:/|\.py))`", table)}
    assert told == {room for layer in LAYERS for room in layer}


def test_no_file_imports_itself_by_others() -> None:
    files = modules()
    tuple(TopologicalSorter({name: loads(path, files) for name, path in files.items()}).static_order())


def test_only_the_doors_know_the_faces() -> None:
    for room, paths in rooms().items():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if room != "faces" and path not in DOORS:
                assert "exprgrad.faces" not in text, path
            if path not in DOORS:  # a name that is asked of a door loads a face, unless it is that of a file
                for door, names in re.findall(r"^ *from exprgrad\.(dynamic|static) import (.*)", text, re.M):
                    for name in names.split(", "):
                        assert (PACKAGE / door / f"{name.split()[0]}.py").exists(), (path, name)
            if room == "faces":
                assert imports(path) <= BELOW_FACES, path


@pytest.mark.parametrize("door", [exprgrad.dynamic, exprgrad.static])
def test_no_file_hides_a_name_of_a_face(door: ModuleType) -> None:
    """A file of a door's folder takes, once it is imported, the place of what the door has under its name."""
    assert door.__file__ is not None
    files = {path.stem for path in Path(door.__file__).parent.iterdir()} - {"autograd"}
    assert not files & set(dir(door))


def test_only_what_reads_text_imports_lark() -> None:
    for paths in rooms().values():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if path.parent.name not in ("syntax", "notations"):
                assert "import lark" not in text and "from lark" not in text, path


def test_named_tuples_are_records() -> None:
    for paths in rooms().values():
        for path in paths:
            if path.name != "records.py":
                assert not re.search(r"from typing import .*NamedTuple", path.read_text(encoding="utf-8")), path


def test_only_numbers_import_gmpy2() -> None:
    for paths in rooms().values():
        for path in paths:
            if path.name not in ("mpfr.py", "rationals.py"):
                assert not re.search(r"^\s*(import|from) gmpy2", path.read_text(encoding="utf-8"), re.M), path


def test_only_rows_need_polars() -> None:
    for room, paths in rooms().items():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if room not in ("rows", "result"):  # a result becomes a data frame where that is asked for
                assert "import polars" not in text and "from polars" not in text, path
    code = "import sys, exprgrad.rows; assert not {'polars', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_the_editor_imports_prompt_toolkit() -> None:
    for paths in rooms().values():
        for path in paths:
            if path.name != "editing.py":
                assert not re.search(r"^\s*(import|from) prompt_toolkit", path.read_text(encoding="utf-8"), re.M), path


def test_nothing_prints_or_exits_but_the_console_and_the_start() -> None:
    for paths in rooms().values():
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    assert node.func.id not in ("print", "exit", "quit", "eval", "exec"), path
                if isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"):
                    # What a library's panic writes is caught there.
                    assert path.name in ("console.py", "files.py", "panics.py"), path


# What a*b does not need although it is imported.
STILL_WAITING = {
    mode: {
        *(f"exprgrad.numbers.{file}" for file in ("arrays", "axes", "balls", "closed", "gapped", "namespace", "zeros")),
        *(f"exprgrad.ops.{file}" for file in ("elementary", "functions", "lanes", "linear_algebra", "piecewise")),
        *(f"exprgrad.lowering.{file}" for file in ("differentials", "lanes", "loops")),
        *(f"exprgrad.notations.{file}" for file in ("elsewhere", "translation")),
        *(f"exprgrad.autodiff.{file}" for file in ("branches", "chain", "loops", "sparsity")),
        *("exprgrad.kinks.settle", "exprgrad.targets.printer", "exprgrad.views.steps", f"exprgrad.{other}"),
    }
    for mode, other in (("static", "dynamic.tracing"), ("dynamic", "static.defining"))
}


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_the_command_starts_light(mode: str) -> None:
    code = (
        "import sys\n"
        "from exprgrad.cli import run\n"
        f"assert run(['a*b', '--a', '15', '--b', '20', '--mode', '{mode}']) == 0\n"
        "heavy = [m for m in ('numpy', 'flint', 'json', 'difflib', 'email', 'socket', 'csv') if m in sys.modules]\n"
        "heavy += [m for m in sys.modules if m.startswith(('exprgrad.faces', 'exprgrad.prompt', 'prompt_toolkit'))]\n"
        "assert not heavy, heavy\n"
        "waiting = {m for m in sys.modules if type(sys.modules[m]).__name__ == '_Lazy' and m.startswith('exprgrad')}\n"
        f"assert waiting >= {STILL_WAITING[mode]}, {STILL_WAITING[mode]} - waiting\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "c = 300.0"


DEEP = 100_000


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("(" * DEEP + "x" + ")" * DEEP, 2.0, 1.0),
        ("+".join(["x"] * DEEP), 2.0 * DEEP, float(DEEP)),
        ("-" * DEEP + "x", 2.0, 1.0),
        ("abs(" * 20_000 + "x" + ")" * 20_000, 2.0, 1.0),
        ("1 + (" * 20_000 + "x" + ")" * 20_000, 20_002.0, 1.0),
        ("(x if x > 0 else " * 3_000 + "x" + ")" * 3_000, 2.0, 1.0),
        ("(" * 3_000 + "x" + " if x > 0 else 1)" * 3_000, 2.0, 1.0),
        ("x" + " < x + 1 and x" * 3_000, 1.0, 0.0),
        ("x if (" * 3_000 + "x" + ") else 1" * 3_000, 2.0, 1.0),
    ],
    ids=["parentheses", "sum", "signs", "calls", "right", "else", "then", "and", "conditions"],
)
def test_depth(text: str, value: float, slope: float, mode: str) -> None:
    result = exprgrad.compile(text, mode)(x=2)
    assert result["c" if len(text) != 2 * DEEP + 1 else "x"] == value
    assert next(iter(result.outcomes)).derivatives[0].value == slope


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_ten_thousand_variables(mode: str) -> None:
    names = [f"x{i}" for i in range(10_000)]
    result = exprgrad.compile("c = " + " + ".join(names), mode).run(dict.fromkeys(names, 0.5))
    assert result["c"] == 5000.0
    assert set(result.gradient("c").values()) == {1.0}
