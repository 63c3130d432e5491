"""Compiled code on disk: used again, never trusted when it is not whole or not ours."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exprgrad

pytest.importorskip("llvmlite")
from exprgrad.batch.choice import Chooser
from exprgrad.run import machine


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "exprgrad"


def run(text: str = "c = exp(x)*sin(x) + 3") -> Any:
    return exprgrad.compile(text).native()(x=np.linspace(0, 1, 50))["c"]


def optimised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often code is compiled rather than loaded, from now on."""
    counted: list[int] = []
    store = machine._Cache.store
    monkeypatch.setattr(
        machine._Cache, "store", lambda self, module, data: (counted.append(1), store(self, module, data))
    )
    return counted


def test_code_is_compiled_once(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = optimised(monkeypatch)
    first = run()
    assert np.array_equal(run(), first)
    assert len(counted) == 1
    run("c = x*x - exp(x)")
    assert len(counted) == 2
    assert os.stat(cached).st_mode & 0o777 == 0o700
    assert all(os.stat(path).st_mode & 0o077 == 0 for path in cached.iterdir())


@pytest.mark.parametrize(
    "change", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: data[:-1] + b"?"]
)
def test_what_is_not_whole_is_made_again(cached: Path, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    counted = optimised(monkeypatch)
    first = run()
    (path,) = cached.iterdir()
    path.write_bytes(change(path.read_bytes()))
    assert np.array_equal(run(), first)
    assert len(counted) == 2


def test_a_directory_that_others_can_write_to_is_not_used(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached.mkdir(mode=0o777)
    cached.chmod(0o777)
    counted = optimised(monkeypatch)
    run()
    run()
    assert len(counted) == 2
    assert not list(cached.iterdir())


def test_the_directory_does_not_grow_for_ever(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_MOST_KEPT", 4)
    for i in range(5):
        run(f"c = exp(x) + {i}")
    left = list(cached.iterdir())
    assert len(left) == 3
    first = run("c = exp(x) + 4")
    assert np.array_equal(run("c = exp(x) + 4"), first)


def test_no_directory_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert np.array_equal(run(), run())


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (ModuleNotFoundError(name="llvmlite"), 'machine code needs llvmlite\n  pip install "exprgrad[fast]"'),
        # What is there and cannot be loaded is not to be installed.
        (ImportError("no libffi.so"), "machine code needs llvmlite, which cannot be loaded\n  no libffi.so"),
        (OSError("no libLLVM.so"), "machine code needs llvmlite, which cannot be loaded\n  no libLLVM.so"),
    ],
)
def test_without_llvmlite_the_error_says_what_to_do(
    problem: Exception, message: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    class Finder:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "llvmlite":
                raise problem

    machine.llvm.cache_clear()
    machine.has_llvm.cache_clear()
    request.addfinalizer(machine.has_llvm.cache_clear)
    for name in ("llvmlite", "llvmlite.binding"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(exprgrad.ExprError, match=re.escape(message)):
        exprgrad.compile("x").native()
    for engine, taken in (("auto", "numpy"), ("rounded", "rounded")):
        f = exprgrad.compile("c = 2*x")
        assert f.rows(engine)(x=[1.5])["c"].tolist() == [3.0]
        assert Chooser(f.task, engine).choose([np.zeros(0)]).name == taken


@pytest.mark.skipif(machine.machine()._library is None, reason="there is no libmvec")
@pytest.mark.parametrize(
    ("width", "of_one", "of_two"), [(2, "bN2v", "bN2vv"), (4, "dN4v", "dN4vv"), (8, "eN8v", "eN8vv")]
)
def test_the_functions_for_several_rows_at_once(width: int, of_one: str, of_two: str) -> None:
    """The names that glibc gives them: registers, no mask, how many rows, a v for each operand."""
    found = machine.machine().vector(width)
    assert (found["exp"], found["pow"]) == (f"_ZGV{of_one}_exp", f"_ZGV{of_two}_pow")
    assert machine.machine().vector(1) == machine.machine().vector(16) == {}
