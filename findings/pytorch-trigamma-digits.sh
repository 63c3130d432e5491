#!/usr/bin/env bash
# PyTorch 2.14.1: trigamma has 9 digits in double precision, so the gradient of digamma has, too.
#
# torch.polygamma(1, x), and what digamma's backward gives, is 0.49035775624 at 2.5; right is 0.49035775610
# (trigamma(5/2) = pi^2/2 - 40/9). torch.special.zeta(2, x), the same function, has all digits, as has polygamma of
# higher orders, which goes by it. A reference for derivatives of lgamma should not be taken from there.
#
# Seen:
#   polygamma(1, x): 0.490357756240
#   digamma, backward: 0.490357756240
#   zeta(2, x): 0.490357756100
#   pi^2/2 - 40/9: 0.490357756100
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1
cd "$folder"
cat > run.py <<'P'
import math

import torch

x = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
torch.digamma(x).backward()
two = torch.tensor(2.0, dtype=torch.float64)
print(f"polygamma(1, x): {torch.polygamma(1, x.detach()).item():.12f}")
print(f"digamma, backward: {x.grad.item():.12f}")
print(f"zeta(2, x): {torch.special.zeta(two, x.detach()).item():.12f}")
print(f"pi^2/2 - 40/9: {math.pi**2 / 2 - 40 / 9:.12f}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
polygamma(1, x): 0.490357756240
digamma, backward: 0.490357756240
zeta(2, x): 0.490357756100
pi^2/2 - 40/9: 0.490357756100
S
echo "as described"
