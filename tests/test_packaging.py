"""What a user installs: the wheel and the source distribution hold the grammar and its tables, and work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import exprgrad

ROOT = Path(exprgrad.__file__).parent.parent
SOURCES = ["exprgrad", "grammar.lark", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "docs"]
HEAVY = {"numpy", "flint", "email", "zipfile", "socket", "pathlib", "pickle", "hashlib", "csv", "tempfile"} | {
    f"lark.{module}" for module in ("lark", "load_grammar", "visitors", "tree", "parsers.earley")
}
HERE = "the sources lie beside the package only in a checkout"


def build(what: str, sources: Path, out: Path) -> Path:
    """Builds a wheel or an sdist as pip does, but with the installed setuptools, so that it works offline."""
    out.mkdir(exist_ok=True)
    code = f"import setuptools.build_meta as b, sys; print(b.build_{what}(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(out)], cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


def run(package: Path, where: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command of an unpacked package, with no checkout in sight."""
    code = "import exprgrad, sys; sys.argv[0] = 'exprgrad'; from exprgrad.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(package)},
        input=text,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "setup.cfg").exists():
        pytest.skip(HERE)
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    return copy


@pytest.mark.slow
def test_a_wheel_works_by_its_tables(sources: Path, tmp_path: Path) -> None:
    wheel = build("wheel", sources, tmp_path / "dist")
    package = tmp_path / "package"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(package)
    others = ["targets/prelude.c", "targets/prelude.js", "notations/c.lark", "notations/c.tables"]
    others += ["views/page/page.html", "views/page/page.css", "views/page/page.js"]
    for name in ("grammar.lark", "grammar.tables", "py.typed", "cli.py", *others):
        assert f"exprgrad/{name}" in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks"))]
    assert not (sources / "exprgrad" / "grammar.tables").exists()
    where = tmp_path / "elsewhere"
    where.mkdir()
    done = run(package, where, "-", "--a", "15", "--b", "20", text="u = a*b\n\nu +\n1  # two lines\n")
    assert (done.stdout, done.stderr, done.returncode) == (
        "c = 301.0\nDerivative of c with respect to a = 20.0\nDerivative of c with respect to b = 15.0\n",
        "",
        0,
    )
    # A run loads no more than it needs, and what it made lazy works for whoever asks more of it.
    code = f"""
import sys
before = set(sys.modules)
from exprgrad.cli import run
assert run(["a*b", "--a", "15", "--b", "20"]) == 0
heavy = {HEAVY} & set(sys.modules) - before
assert not heavy, heavy
import lark
assert lark.Lark("start: /a/ ").parse("a").children == ["a"] and lark.Token is lark.lexer.Token
import importlib.metadata
assert importlib.metadata.version("lark") == lark.__version__
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # The tables are what parses: without the grammar's text they could not be checked, without them it is compiled.
    compiling = "import lark; lark.Lark.__init__ = None; from exprgrad.syntax.parser import parse; parse('a\\nb')"
    for tables in (True, False):
        if not tables:
            (package / "exprgrad" / "grammar.tables").unlink()
        done = subprocess.run(
            [sys.executable, "-P", "-c", compiling],
            cwd=where,
            env={**os.environ, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is tables, done.stderr
    done = run(package, where, "\\frac{a}{2}", "--a", "1", "--max-order", "0", "--from-notation", "latex")
    assert (done.stdout, done.stderr) == ("c = 0.5\n", "exprgrad: note: read as a/2\n")
    assert run(package, where, "a\nb", "--a", "1", "--b", "2", "--max-order", "0").stdout == "a = 1.0\nb = 2.0\n"
    assert not list(where.iterdir())


@pytest.mark.slow
def test_a_source_distribution_builds_the_same_wheel(sources: Path, tmp_path: Path) -> None:
    sdist = build("sdist", sources, tmp_path / "dist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.name.removesuffix(".tar.gz")
    files = ["grammar.lark", "exprgrad/grammar.lark", "exprgrad/grammar.tables", "exprgrad/targets/prelude.c"]
    for name in (*files, "README.md", "LICENSE"):
        assert (unpacked / name).exists(), name
    wheels = [build("wheel", folder, tmp_path / f"{folder.name}-dist") for folder in (sources, unpacked)]
    contents = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            contents.append(sorted(name for name in archive.namelist() if name.startswith("exprgrad/")))
    assert contents[0] == contents[1]
