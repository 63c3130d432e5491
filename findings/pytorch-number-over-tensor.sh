#!/usr/bin/env bash
# PyTorch 2.14.1: a number over a tensor is no division, and is off by one unit in the last place at times.
#
# 5.0/x is computed as x.reciprocal()*5.0, which rounds twice, where x is a tensor of doubles; torch.tensor(5.0)/x and NumPy's
# 5.0/x are divisions, and rounded once. Of 100,000 random x 28% differ. And where both sides of torch.where are
# numbers of Python its result has single precision, whatever the mask stands beside: 0.1 is 0.10000000149 then.
#
# Seen:
#   5.0/x is x.reciprocal()*5.0: True; of 100000 some are no division: True; a tensor over a tensor is one: True
#   torch.where(mask, 0.1, 0.2): torch.float32, in doubles 0.10000000149011612
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy
cd "$folder"
cat > run.py <<'P'
import numpy as np
import torch

x = np.random.default_rng(0).uniform(1.0, 30.0, 100_000)
tensor, right = torch.from_numpy(x), 5.0 / x
quotient = 5.0 / tensor
same = bool((quotient == tensor.reciprocal() * 5.0).all())
some = bool((quotient.numpy() != right).mean() > 0.1)
divided = bool(((torch.tensor(5.0, dtype=torch.float64) / tensor).numpy() == right).all())
print(f"5.0/x is x.reciprocal()*5.0: {same}; of {len(x)} some are no division: {some}; a tensor over a tensor is one: {divided}")
chosen = torch.where(tensor > 0, 0.1, 0.2)
print(f"torch.where(mask, 0.1, 0.2): {chosen.dtype}, in doubles {chosen.double()[0].item()}")
P
"$folder/venv/bin/python" run.py 2> errors.txt | tee seen.txt
diff seen.txt - <<'S'
5.0/x is x.reciprocal()*5.0: True; of 100000 some are no division: True; a tensor over a tensor is one: True
torch.where(mask, 0.1, 0.2): torch.float32, in doubles 0.10000000149011612
S
echo "as described"
