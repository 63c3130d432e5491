#!/usr/bin/env bash
# JAX 0.10.2: the third derivative of x**2.0 at 0 is nan; of x**2 and of jnp.square(x) it is 0.
#
# The value, the slope and the second derivative, 2, are right in all three. A whole number written as a float goes
# another way than an int: its rule multiplies by exponent - 1 - 1 = 0 a power of 0 that is infinite. x**3.0 has its nan
# from the fourth order on.
#
# Seen:
#   x**2.0: [0.0, 0.0, 2.0, nan, nan]
#   x**2: [0.0, 0.0, 2.0, 0.0, 0.0]
#   square: [0.0, 0.0, 2.0, 0.0, 0.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q jax==0.10.2
cd "$folder"
cat > run.py <<'P'
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
for name, function in (("x**2.0", lambda x: x**2.0), ("x**2", lambda x: x**2), ("square", jnp.square)):
    found = []
    for _ in range(5):
        found.append(float(function(0.0)))
        function = jax.grad(function)
    print(f"{name}: {found}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
x**2.0: [0.0, 0.0, 2.0, nan, nan]
x**2: [0.0, 0.0, 2.0, 0.0, 0.0]
square: [0.0, 0.0, 2.0, 0.0, 0.0]
S
echo "as described"
