#!/usr/bin/env bash
# PyTorch 2.14.1: the gradient of x.var(dim=[]) is infinite.
#
# An empty list of axes stands for all of them, and the value is that of x.var(). The gradient is not: it divides by the
# number of elements along the axes that were named, less one, which of none is 0.
#
# Seen:
#   values: 2.333333 2.333333
#   var(): [-1.333333, -0.333333, 1.666667]
#   var(dim=[]): [-inf, -inf, inf]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1
cd "$folder"
cat > run.py <<'P'
import torch


def gradient(**options):
    x = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64, requires_grad=True)
    value = x.var(**options)
    value.backward()
    return value.item(), [round(g, 6) for g in x.grad.tolist()]


(plain, slope), (listed, wrong) = gradient(), gradient(dim=[])
print(f"values: {plain:.6f} {listed:.6f}")
print("var():", slope)
print("var(dim=[]):", wrong)
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
values: 2.333333 2.333333
var(): [-1.333333, -0.333333, 1.666667]
var(dim=[]): [-inf, -inf, inf]
S
echo "as described"
