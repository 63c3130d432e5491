#!/usr/bin/env bash
# llvmlite 0.50.0 (LLVM 22): code generation puts chains that stand side by side in the IR one after the other.
#
# A loop computes four polynomials with their derivatives by Horner's rule, of 40 steps, written step by step in turns,
# so that each has the others to work on while it waits. Optimisation passes keep that order. The machine scheduler of
# code generation, which is on by default for x86-64, undoes it, whatever processor the function is to be tuned for: in
# the assembly every other instruction waits for the one just before it, which is as dense as these chains can be.
# With the scheduler off (-enable-misched=false, which llvmlite can only set for the whole process) none does; so
# compiled, 100 steps in doubles of AVX-512 took 7.6 ns a row instead of 18.5 on an AMD EPYC, and half of the time to
# compile. Without a loop around them, or with 20 steps of two chains, the order stays. What is counted here is the
# order of instructions alone, for a processor that this machine need not be.
#
# Seen:
#   LLVM 22: 309 of 647 wait for the one before
#   scheduler off: 0 of 647 wait for the one before
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q llvmlite==0.50.0
cd "$folder"
cat > run.py <<'P'
import itertools
import re
import sys

import llvmlite.binding as llvm

if len(sys.argv) > 1:
    llvm.set_option("", sys.argv[1])
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
kind, chains, steps = "<8 x double>", 4, 40
lines = []
for c in range(chains):
    lines += [f"  %px{c} = getelementptr {kind}, ptr %x, i64 %i", f"  %qx{c} = getelementptr {kind}, ptr %px{c}, i64 {c}"]
    lines += [f"  %x{c} = load {kind}, ptr %qx{c}", f"  %y0_{c} = fadd {kind} %x{c}, splat (double 0.5)"]
    lines += [f"  %d0_{c} = fmul {kind} %x{c}, splat (double 2.0)"]
for step in range(1, steps + 1):
    for result, formula in (
        ("m{0}_{1}", "fmul {2} %d{3}_{1}, %x{1}"),
        ("d{0}_{1}", "fadd {2} %m{0}_{1}, %y{3}_{1}"),
        ("p{0}_{1}", "fmul {2} %y{3}_{1}, %x{1}"),
        ("y{0}_{1}", "fadd {2} %p{0}_{1}, splat (double {0}.5)"),
    ):
        lines += [f"  %{result} = {formula}".format(step, c, kind, step - 1) for c in range(chains)]
for name, c in itertools.product("yd", range(chains)):
    lines += [f"  %p{name}{c} = getelementptr {kind}, ptr %{name}, i64 %i"]
    lines += [f"  %q{name}{c} = getelementptr {kind}, ptr %p{name}{c}, i64 {c}"]
    lines += [f"  store {kind} %{name}{steps}_{c}, ptr %q{name}{c}"]
text = "define void @f(i64 %n, ptr noalias %x, ptr noalias %y, ptr noalias %d) #0 {\nentry:\n  br label %loop\nloop:\n"
text += "  %i = phi i64 [ 0, %entry ], [ %next, %loop ]\n" + "\n".join(lines) + f"\n  %next = add i64 %i, {chains}\n"
text += "  %more = icmp ult i64 %next, %n\n  br i1 %more, label %loop, label %done\ndone:\n  ret void\n}\n"
text += 'attributes #0 = { "prefer-vector-width"="512" "min-legal-vector-width"="512" }'
target = llvm.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(cpu="znver4", opt=2)
module = llvm.parse_assembly(text)
module.triple = "x86_64-unknown-linux-gnu"
passes = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=2))
passes.getModulePassManager().run(module, passes)
found = re.findall(r"^\s+v(?:mul|add)pd\s+(.*), (%zmm\d+)$", target.emit_assembly(module), re.M)
waits = sum(result in operands.split(", ") for (_, result), (operands, _) in zip(found, found[1:]))
print(f"{waits} of {len(found) - 1} wait for the one before")
P
echo "LLVM 22: $("$folder/venv/bin/python" run.py)" | tee seen.txt
echo "scheduler off: $("$folder/venv/bin/python" run.py -enable-misched=false)" | tee -a seen.txt
diff seen.txt - <<'S'
LLVM 22: 309 of 647 wait for the one before
scheduler off: 0 of 647 wait for the one before
S
echo "as described"
