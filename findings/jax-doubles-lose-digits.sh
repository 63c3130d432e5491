#!/usr/bin/env bash
# JAX 0.10.2 on the CPU: with doubles switched on, log1p, exp2, sinh, cosh, erfc and lgamma have up to three digits fewer than
# doubles hold; and numbers below 2.2e-308 are 0.
#
# A good guess is that of NumPy and PyTorch on the same machine: within 2 units in the last place (ulp). JAX's log1p is off by
# 125 near -0.41, where it goes from a series to log(1 + x), exp2 by 353 where the result is large (it is exp(x*log(2))), sinh
# and cosh by 491, erfc by 447 where it is small. atanh, by log1p, is off by as much. exp, log, sin, cos, tan, atan and pow are
# right to 1.4 ulp.
#
# Seen (units in the last place, JAX and NumPy or math):
#   log1p(-0.4139644259052526): 126, 0
#   exp2(568.9519153244535): 353, 0
#   sinh(670.2648656120052): 492, 0
#   erfc(24.011220736610685): 447, 1
#   1e-300*1e-10: 0.0, 1e-310
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q jax==0.10.2 numpy mpmath
cd "$folder"
cat > run.py <<'P'
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

jax.config.update("jax_enable_x64", True)
mpmath.mp.dps = 40
CASES = [
    ("log1p", -0.4139644259052526, jnp.log1p, np.log1p, mpmath.log1p),
    ("exp2", 568.9519153244535, jnp.exp2, np.exp2, lambda x: mpmath.mpf(2) ** x),
    ("sinh", 670.2648656120052, jnp.sinh, np.sinh, mpmath.sinh),
    ("erfc", 24.011220736610685, jax.scipy.special.erfc, math.erfc, mpmath.erfc),
]
for name, x, by_jax, other, right in CASES:
    exact = right(mpmath.mpf(x))
    unit = mpmath.mpf(float(np.spacing(abs(float(exact)))))
    off = [float(abs(mpmath.mpf(float(f(x))) - exact) / unit) for f in (by_jax, other)]
    print(f"{name}({x}): {off[0]:.0f}, {math.floor(off[1])}")
print(f"1e-300*1e-10: {float(jnp.float64(1e-300) * 1e-10)}, {1e-300 * 1e-10}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
log1p(-0.4139644259052526): 126, 0
exp2(568.9519153244535): 353, 0
sinh(670.2648656120052): 492, 0
erfc(24.011220736610685): 447, 1
1e-300*1e-10: 0.0, 1e-310
S
echo "as described"
