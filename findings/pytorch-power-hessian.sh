#!/usr/bin/env bash
# PyTorch 2.14.1: the Hessian of x**y is not symmetric at y = 0, and the third derivative of x**x at 1 is 2, not 3.
#
# By x and then by y it is 0 instead of 1/x; by y and then by x it is right, and so are both where y is 1e-300. The
# rule for the derivative by the base is 0 where the exponent is 0, whatever is to be differentiated next. In x**x at 1
# the second derivative holds a power with the exponent 0, so that the third one lacks a term, and is finite and wrong.
# JAX 0.10.2 has 1/x both ways. (An issue of 2022 about wrong higher derivatives of torch.pow is open: 89757.)
#
# Seen:
#   x**y at (2, 0) by x, then y: 0.0
#   x**y at (2, 0) by y, then x: 0.5
#   x**x at 1, order 1: 1.0
#   x**x at 1, order 2: 2.0
#   x**x at 1, order 3: 2.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1
cd "$folder"
cat > run.py <<'P'
import torch
from torch.autograd import grad

x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (2.0, 0.0))
for name, first, second in (("x, then y", x, y), ("y, then x", y, x)):
    (slope,) = grad(x**y, first, create_graph=True)
    print(f"x**y at (2, 0) by {name}: {grad(slope, second)[0].item()}")
x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
found = x**x
for order in (1, 2, 3):
    (found,) = grad(found, x, create_graph=True)
    print(f"x**x at 1, order {order}: {found.item()}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
x**y at (2, 0) by x, then y: 0.0
x**y at (2, 0) by y, then x: 0.5
x**x at 1, order 1: 1.0
x**x at 1, order 2: 2.0
x**x at 1, order 3: 2.0
S
echo "as described"
