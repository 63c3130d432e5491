#!/usr/bin/env bash
# PyTorch 2.14.1 and JAX 0.10.2: derivatives of sinc at 0 and beside it; right are -pi^2/3 = -3.29 for the second one
# and about 0 for the third.
#
# At 0 itself PyTorch's second derivative is nan, and JAX's are right. At 1e-8 the first one, -3.3e-8, lacks a third of
# its value in both, the second is -3.4 and -5.2, and the third of the size of 1e9: what cancels is divided by x once
# more at each order. Nothing warns, and JAX's rule for 0 makes the point that one would test the only good one.
#
# Seen:
#   0.0: PyTorch 0, nan, nan; JAX 0, -3, 0
#   1e-08: PyTorch -2e-08, -5, 7e+08; JAX -2e-08, -3, 8e+08
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 jax==0.10.2
cd "$folder"
cat > run.py <<'P'
import jax
import jax.numpy as jnp
import torch

jax.config.update("jax_enable_x64", True)
for v in (0.0, 1e-8):
    x = torch.tensor(v, dtype=torch.float64, requires_grad=True)
    found, function = torch.sinc(x), jnp.sinc
    by_torch, by_jax = [], []
    for _ in range(3):
        (found,) = torch.autograd.grad(found, x, create_graph=True)
        function = jax.grad(function)
        by_torch.append(f"{found.item():.1g}")
        by_jax.append(f"{float(function(v)):.1g}")
    print(f"{v}: PyTorch {', '.join(by_torch)}; JAX {', '.join(by_jax)}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
0.0: PyTorch 0, nan, nan; JAX 0, -3, 0
1e-08: PyTorch -2e-08, -5, 7e+08; JAX -2e-08, -3, 8e+08
S
echo "as described"
