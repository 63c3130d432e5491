"""ONNX alone; its numbers are held against exprgrad's in test_numbers.py."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy
import onnx
import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.targets.expressions import PRIMITIVES
from exprgrad.targets.onnx import COMPOSED, OPERATORS
from tests.targets.run import session
from tests.targets.test_coverage import NOT_STRAIGHT
from tests.targets.test_numbers import others
from tests.targets.test_printed import PROGRAMS

PROGRAM = "u = a*b; c = erf(u) if a > 0 else (b > 1 if u else a)"


def test_every_primitive_is_an_operator_or_composed() -> None:
    words = {"true", "false"}
    assert PRIMITIVES - NOT_STRAIGHT - words - {*OPERATORS} - {*COMPOSED} == set()


@pytest.mark.parametrize("text", [PROGRAM, *(PROGRAMS[name] for name in ("product", "branch", "loop", "special"))])
def test_the_text_is_the_model(text: str) -> None:
    """As ONNX's own parser reads it: node by node, with the same constants."""
    f = exprgrad.compile(text)
    read, model = onnx.parser.parse_model(f.source("onnx")), onnx.load_from_string(f.encoded("onnx"))
    for one, other in zip(read.graph.node, model.graph.node, strict=True):
        assert (one.op_type, one.input, one.output, one.attribute) == (
            other.op_type,
            other.input,
            other.output,
            other.attribute,
        )
    for one, other in zip(read.graph.initializer, model.graph.initializer, strict=True):
        a, b = map(onnx.numpy_helper.to_array, (one, other))
        assert one.name == other.name and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    assert read.graph.input == model.graph.input and read.graph.output == model.graph.output
    assert read.opset_import == model.opset_import and read.ir_version == model.ir_version


def test_nodes_say_what_they_compute() -> None:
    graph = onnx.load_from_string(exprgrad.compile("u = a*b; c = sin(u)").encoded("onnx", name="g")).graph
    assert {node.name: node.doc_string for node in graph.node if node.doc_string} == {"u": "a*b", "c": "sin(u)"}
    assert graph.name == "g" and "u = a*b; c = sin(u)" in graph.doc_string


def test_inputs_and_outputs_have_the_program_s_names() -> None:
    ready = session(exprgrad.compile(PROGRAM).encoded("onnx"))
    assert [(x.name, x.type, x.shape) for x in ready.get_inputs()] == [(x, "tensor(double)", ["n"]) for x in "ab"]
    assert [x.name for x in ready.get_outputs()] == ["c", "dc_da", "dc_db"]
    found = ready.run(None, {"a": numpy.ones(5), "b": numpy.full(5, 0.5)})
    assert all(x.shape == (5,) for x in found)


def test_models_without_inputs_and_with_names_of_other_alphabets() -> None:
    models = [
        onnx.load_from_string(task.function.encoded("onnx"))
        for task in others()
        if "i in 0..x" not in task.function.text and "while" not in task.function.text
    ]
    for model in models:
        onnx.checker.check_model(model, full_check=True)
        names = [x.name for x in (*model.graph.input, *model.graph.output)]
        assert all(name.isascii() and name.isidentifier() for name in names) and len({*names}) == len(names)


def test_a_file_is_a_model_and_standard_output_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "f.onnx"
    assert run(["c = a*b", "-o", str(file)]) == 0
    assert file.read_bytes() == exprgrad.compile("c = a*b").encoded("onnx")
    assert run(["c = a*b", "-f", "onnx", "-o", "-"]) == 0
    assert capfd.readouterr().out == exprgrad.compile("c = a*b").source("onnx")


def test_without_the_package_there_is_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    f = exprgrad.compile("c = a*b")
    assert "c = Mul (a, b)" in f.source("onnx")
    with pytest.raises(exprgrad.UsageError, match="written by the package onnx\n  pip install") as caught:
        f.encoded("onnx")
    assert "exprgrad[onnx]" in str(caught.value)
