"""The laws of the house that a machine can hold: the direction of imports, light start-up, depth."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import exprgrad

PACKAGE = Path(exprgrad.__file__).parent

# Each layer imports only from the layers after it.
LAYERS = [
    ["__main__"],
    ["cli"],
    ["arguments", "rowfiles"],
    ["rows"],
    ["compiled"],
    ["views"],
    ["batch", "targets"],
    ["result"],
    ["static", "dynamic", "kinks"],
    ["nodes"],
    ["derivatives", "notes"],
    ["jacobians"],
    ["lowering"],
    ["run"],
    ["program"],
    ["autodiff"],
    ["ops"],
    ["expected"],
    ["numbers", "syntax"],
    ["faces"],
    ["files"],
    ["diagnostics", "version"],
]
FREE = {"__init__", "_build"}  # the public face loads lazily; the build helper is no part of the program


def rooms() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        relative = path.relative_to(PACKAGE)
        found.setdefault(relative.parts[0].removesuffix(".py"), []).append(path)
    return found


def imports(path: Path) -> set[str]:
    """The rooms of the package that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module] if node.module != "exprgrad" else [f"exprgrad.{a.name}" for a in node.names]
        for module in modules:
            parts = module.split(".")
            if parts[0] == "exprgrad" and len(parts) > 1:
                names.add(parts[1])
    return names


def test_imports_go_one_way() -> None:
    level = {room: i for i, layer in enumerate(LAYERS) for room in layer}
    for room, paths in rooms().items():
        if room in FREE:
            continue
        assert room in level, f"{room} has no place in the house"
        for path in paths:
            for other in imports(path) & set(level):
                if other != room:
                    assert level[other] > level[room], f"{path} imports {other}"


def test_only_the_parser_imports_lark() -> None:
    for paths in rooms().values():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if path.name not in ("parser.py", "_build.py"):
                assert "import lark" not in text and "from lark" not in text, path


def test_only_rows_need_polars() -> None:
    for room, paths in rooms().items():
        for path in paths:
            text = path.read_text(encoding="utf-8")
            if room != "rows":
                assert "import polars" not in text and "from polars" not in text, path
    code = "import sys, exprgrad.rows; assert not {'polars', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_the_command_prints_or_exits() -> None:
    for paths in rooms().values():
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    if node.func.id in ("print", "exit", "quit"):
                        assert path.name in ("cli.py", "__main__.py"), path
                    assert node.func.id not in ("eval", "exec"), path


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_the_command_starts_light(mode: str) -> None:
    code = (
        "import sys\n"
        "from exprgrad.cli import run\n"
        f"assert run(['a*b', '--a', '15', '--b', '20', '--mode', '{mode}']) == 0\n"
        "heavy = [m for m in ('numpy', 'flint', 'json', 'difflib', 'unicodedata2') if m in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "c = 300.0"


DEEP = 100_000


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


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_ten_thousand_variables(mode: str) -> None:
    names = [f"x{i}" for i in range(10_000)]
    result = exprgrad.compile("c = " + " + ".join(names), mode).run(dict.fromkeys(names, 0.5))
    assert result["c"] == 5000.0
    assert set(result.gradient("c").values()) == {1.0}
