#!/usr/bin/env bash
# PyTorch 2.14.1 and JAX 0.10.2: the slope of expm1 loses all digits where x is far below 0, and is 0 from -38 on.
#
# It is exp(x), which has no cancellation, and both have it to the last digit. What they compute is the result plus one,
# 1 + (exp(x) - 1): at -30 four digits are left of sixteen, at -40 none, in double precision. exp(x) - 1 written out has
# the right slope there, so it is the worse function whose derivative is the better one.
#
# Seen:
#   -20.0: PyTorch 2.06115358e-09, JAX 2.06115358e-09, exp(x) - 1 2.06115362e-09, right 2.06115362e-09
#   -30.0: PyTorch 9.3591801e-14, JAX 9.3591801e-14, exp(x) - 1 9.35762297e-14, right 9.35762297e-14
#   -40.0: PyTorch 0, JAX 0, exp(x) - 1 4.24835426e-18, right 4.24835426e-18
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 jax==0.10.2
cd "$folder"
cat > run.py <<'P'
import math

import jax
import jax.numpy as jnp
import torch

jax.config.update("jax_enable_x64", True)
for v in (-20.0, -30.0, -40.0):
    x = torch.tensor(v, dtype=torch.float64, requires_grad=True)
    by_torch = torch.autograd.grad(torch.expm1(x), x)[0].item()
    written_out = torch.autograd.grad(torch.exp(x) - 1, x)[0].item()
    by_jax = float(jax.grad(jnp.expm1)(v))
    print(f"{v}: PyTorch {by_torch:.9g}, JAX {by_jax:.9g}, exp(x) - 1 {written_out:.9g}, right {math.exp(v):.9g}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
-20.0: PyTorch 2.06115358e-09, JAX 2.06115358e-09, exp(x) - 1 2.06115362e-09, right 2.06115362e-09
-30.0: PyTorch 9.3591801e-14, JAX 9.3591801e-14, exp(x) - 1 9.35762297e-14, right 9.35762297e-14
-40.0: PyTorch 0, JAX 0, exp(x) - 1 4.24835426e-18, right 4.24835426e-18
S
echo "as described"
