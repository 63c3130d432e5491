"""A lazy module is the real one for whoever uses it, from any thread, and its body runs once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exprgrad.lazy import lazy


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for modules that are found, and forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_body_waits_for_the_first_use(made: Path) -> None:
    (made / "lazy_one.py").write_text("import sys\nsys.lazy_one_ran = getattr(sys, 'lazy_one_ran', 0) + 1\nx = 5\n")
    module: Any = lazy("lazy_one")
    import lazy_one  # type: ignore[import-not-found]

    assert lazy_one is module is lazy("lazy_one")
    assert not hasattr(sys, "lazy_one_ran")
    assert module.x == 5
    assert module.x == 5
    assert sys.lazy_one_ran == 1  # type: ignore[attr-defined]
    del sys.lazy_one_ran  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="module 'lazy_one' has no attribute 'y'"):
        module.y  # noqa: B018
    assert lazy("sys") is sys
    with pytest.raises(ModuleNotFoundError):
        lazy("there_is_no_such_module")


def test_a_submodule_is_imported_without_the_body_of_its_package(made: Path) -> None:
    package = made / "lazy_package"
    package.mkdir()
    (package / "__init__.py").write_text("from lazy_package.part import x\nwhole = x + 1\n")
    (package / "part.py").write_text("x = 1\n")
    module: Any = lazy("lazy_package")
    from lazy_package.part import x  # type: ignore[import-not-found]

    assert (x, "whole" in vars(module)) == (1, False)
    from lazy_package import whole  # type: ignore[import-not-found]

    assert (whole, module.part.x) == (2, 1)


def test_what_is_known_holds_until_the_body_has_run(made: Path) -> None:
    (made / "lazy_known.py").write_text("x = 'real'\ny = 'real'\n")
    module: Any = lazy("lazy_known", x="stand-in")
    from lazy_known import x  # type: ignore[import-not-found]

    assert module.x == x == "stand-in"
    assert (module.y, module.x) == ("real", "real")


def test_a_body_that_fails_fails_again(made: Path) -> None:
    (made / "lazy_wrong.py").write_text("1/0\n")
    module: Any = lazy("lazy_wrong")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            module.x  # noqa: B018


def test_a_part_of_a_package_waits_before_the_package_is_there(made: Path) -> None:
    for folder in (made / "lazy_outer", made / "lazy_outer" / "inner"):
        folder.mkdir()
        (folder / "__init__.py").write_text("")
    (made / "lazy_outer" / "inner" / "part.py").write_text("x = 1\n")
    (made / "lazy_outer" / "inner" / "__init__.py").write_text("from . import part\nran = 'x' in vars(part)\n")
    part: Any = lazy("lazy_outer.inner.part")
    assert "lazy_outer" not in sys.modules
    import lazy_outer.inner  # type: ignore[import-not-found]

    assert lazy_outer.inner.part is part and not lazy_outer.inner.ran
    assert part.x == 1
    with pytest.raises(ModuleNotFoundError):
        lazy("lazy_outer.other.part")


def test_threads_wait_for_the_body(made: Path) -> None:
    body = "import time\nruns = globals().get('runs', 0) + 1\nfirst = 1\ntime.sleep(0.2)\nlast = 2\n"
    (made / "lazy_slow.py").write_text(body)
    module: Any = lazy("lazy_slow")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(module.last)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2, 2, 2]
    assert module.runs == 1


def python(code: str, path: Path | None = None) -> None:
    """Runs code in a process of its own, where modules in a folder are found first."""
    before = f"import sys\nsys.path.insert(0, {str(path)!r})\n" if path else "import sys\n"
    done = subprocess.run([sys.executable, "-c", before + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_gmpy2_is_imported_without_importlib_metadata() -> None:
    python("""
from exprgrad.numbers.mpfr import gmpy2
assert "email" not in sys.modules
import importlib.metadata, numbers, pickle
assert gmpy2.__version__ == gmpy2.version() != ""
assert "email" not in sys.modules
assert importlib.metadata.version("gmpy2") == gmpy2.__version__
assert importlib.metadata.distribution("gmpy2").version == gmpy2.__version__
assert "email" in sys.modules
assert importlib.metadata.version.__module__ == "importlib.metadata"
assert isinstance(gmpy2.mpz(1), numbers.Integral)
assert pickle.loads(pickle.dumps(gmpy2.mpfr("0.1"))) == gmpy2.mpfr("0.1")
try:
    importlib.metadata.version("there-is-no-such-distribution")
except importlib.metadata.PackageNotFoundError:
    pass
""")


@pytest.mark.parametrize(
    "body",
    [
        "import importlib.metadata as m\n__version__ = m.version('gmpy2')\n",
        # It asks for more.
        "import importlib.metadata as m\nassert m.metadata('gmpy2')['Name'] == 'gmpy2'\n"
        "__version__ = m.version('gmpy2')\n",
        # It asks for another.
        "import importlib.metadata as m\nassert m.version('click')[0].isdigit()\n__version__ = m.version('gmpy2')\n",
    ],
)
def test_a_gmpy2_without_its_folder_beside_it_gets_the_real_importlib_metadata(tmp_path: Path, body: str) -> None:
    (tmp_path / "gmpy2.py").write_text(body)
    python(
        """
from exprgrad.numbers.mpfr import gmpy2
assert "email" in sys.modules
import importlib.metadata
assert gmpy2.__file__.endswith("gmpy2.py")
assert gmpy2.__version__ == importlib.metadata.version("gmpy2")
""",
        tmp_path,
    )


def test_what_the_command_makes_lazy_works_for_whoever_needs_it() -> None:
    python("""
before = set(sys.modules)
from exprgrad.light import lighten
lighten()
import click, lark.lexer
assert not {"ast", "dis", "locale", "string", "platform", "interegular.fsm"} & set(sys.modules) - before
import dataclasses, datetime, gettext, inspect, logging, traceback, typing, uuid
assert dataclasses.asdict(dataclasses.make_dataclass("Pair", ["a", "b"])(1, 2)) == {"a": 1, "b": 2}
assert typing.get_type_hints(typing.TypedDict("Point", {"x": int})) == {"x": int}
assert lark.utils.TextSlice("abc", 1, -1).count("b") == 1 and lark.utils.TextSlice.cast_from("abc").end == 3
assert isinstance(logging.getLogger("a"), logging.Logger) and logging.CRITICAL == 50
lark.logger.warning("nobody reads this")
assert lark.Lark("start: /a/").parse("a").children == ["a"]
assert datetime.datetime(2026, 1, 2) - datetime.timedelta(days=1) == datetime.datetime(2026, 1, 1)
assert type(datetime.datetime.now()) is datetime.datetime
made = uuid.UUID("12345678123456781234567812345678")
assert type(made) is uuid.UUID and click.UUID.convert(str(made), None, None) == made
assert (gettext.gettext("a"), gettext.ngettext("a", "b", 2)) == ("a", "b")
assert gettext.NullTranslations().gettext("a") == "a"
assert list(inspect.signature(lambda x: x).parameters) == ["x"]
assert traceback.format_exception_only(ValueError("a")) == ["ValueError: a\\n"]
assert click.UsageError("a").format_message() == "a"
""")


def test_what_files_of_rows_make_lazy_works_for_whoever_needs_it() -> None:
    python("""
from exprgrad.light import lighten, lighten_rows
lighten()
lighten_rows()
import numpy, polars, llvmlite.binding
waiting = {name for name, module in sys.modules.items() if type(module).__name__ == "_Lazy"}
assert waiting >= {"subprocess", "tempfile", "numpy._core._add_newdocs", "numpy._typing"}, waiting
import ipaddress, pickle, random, shutil, subprocess, tempfile, zipfile
import numpy.typing
assert numpy.typing.ArrayLike and numpy.typing.NDArray is not list
assert pickle.loads(pickle.dumps(numpy.arange(3))).tolist() == [0, 1, 2]
assert numpy.linalg.eig(numpy.eye(2)).eigenvalues.tolist() == [1, 1]
assert polars.from_numpy(numpy.eye(2)).to_numpy().tolist() == [[1, 0], [0, 1]]
assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout == b"1\\n"
assert str(ipaddress.ip_address("127.0.0.1")) == "127.0.0.1"
assert 0 <= numpy.random.default_rng(0).random() < 1 and 0 <= random.random() < 1
with tempfile.TemporaryFile() as file:
    zipfile.ZipFile(file, "w").close()
assert shutil.which("there-is-no-such-command") is None
numpy._core._add_newdocs.add_newdoc
assert "shape" in numpy.zeros.__doc__
""")


def test_one_evaluation_loads_nothing_of_other_commands() -> None:
    python("""
from exprgrad.cli import run
assert run(["a*b", "--a", "15", "--b", "20"]) == 0
loaded = {name for name, module in sys.modules.items() if type(module).__name__ != "_Lazy"}
rooms = ("explanation", "ranges", "solving", "prompt", "plots.plot", "rowfiles", "commands.rows", "views.page.document")
files = ("completion", "number_text", "ranges", "values_from")
others = {f"exprgrad.{name}" for name in (*rooms, "views.catalogue", "syntax.equations")}
others |= {f"exprgrad.arguments.{name}" for name in files} | {"numpy", "polars", "scipy", "fractions", "decimal"}
assert not others & loaded, others & loaded
""")
