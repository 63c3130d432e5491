#!/usr/bin/env bash
# onnxruntime 1.32.0: Where makes 0 of a -0, and the optimizer leaves out + 0, which makes 0 of it.
#
# Where(true, -0, y) is 0, on doubles and on floats, while Where(false, x, -0) is -0: it keeps the sign of what it takes from
# its second operand, not from its first one, with all optimizations off as well; Where(Not(c), y, x) does not help, since the
# optimizer makes Where(c, x, y) of it. And x + 0 is 0 where x is -0 (IEEE 754),
# which is how kernels mend that sign; the optimizer (ORT_ENABLE_BASIC, so by default) makes x of it where x is what another
# node gives, so that 1/(sqrt(x) + 0) at -0 is inf without optimizations and -inf with them.
#
# Seen:
#   Where(true, -0, 5): 0.0 double, 0.0 float; Where(false, 5, -0): -0.0 double, -0.0 float
#   1/(sqrt(-0) + 0): inf without optimizations, -inf with them
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy
cd "$folder"
cat > run.py <<'P'
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper


def run(nodes, inputs, kind, level, constants=()):
    code = {np.float64: TensorProto.DOUBLE, np.float32: TensorProto.FLOAT}[kind]
    given = {name: np.array(x, bool if isinstance(x[0], bool) else kind) for name, x in inputs.items()}
    typed = [
        helper.make_tensor_value_info(name, TensorProto.BOOL if x.dtype == bool else code, ["n"])
        for name, x in given.items()
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        typed,
        [helper.make_tensor_value_info("y", code, ["n"])],
        [helper.make_tensor(name, code, [], [x]) for name, x in constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, given)[0][0]


OFF, ON = ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
where = [helper.make_node("Where", ["c", "x", "z"], ["y"])]
found = []
for inputs in ({"c": [True], "x": [-0.0], "z": [5.0]}, {"c": [False], "x": [5.0], "z": [-0.0]}):
    found += [run(where, inputs, kind, OFF) for kind in (np.float64, np.float32)]
print("Where(true, -0, 5): {} double, {} float; Where(false, 5, -0): {} double, {} float".format(*found))
slope = [
    helper.make_node("Sqrt", ["x"], ["root"]),
    helper.make_node("Add", ["root", "zero"], ["sum"]),
    helper.make_node("Div", ["one", "sum"], ["y"]),
]
found = [run(slope, {"x": [-0.0]}, np.float64, level, [("zero", 0.0), ("one", 1.0)]) for level in (OFF, ON)]
print("1/(sqrt(-0) + 0): {} without optimizations, {} with them".format(*found))
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
Where(true, -0, 5): 0.0 double, 0.0 float; Where(false, 5, -0): -0.0 double, -0.0 float
1/(sqrt(-0) + 0): inf without optimizations, -inf with them
S
echo "as described"
