# The commands of development; CONTRIBUTING.md says when to use which. They run what is installed in .venv.
python = .venv/bin/python
# The room whose mutants are run, how many, and which sample.
ROOM = ops
SAMPLE = 50
SEED = 1

# What takes long is left out: under a minute on two cores.
quick:
	$(python) -m pytest -q -n auto -m "not slow"

test:
	$(python) -m pytest -q -n auto

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# Thirty times as many programs and inputs as the tests make, others each time: some six hours on two cores.
properties:
	EXPRGRAD_EXAMPLES=5000 $(python) -m pytest -q -n auto --timeout=0 -m hypothesis tests

# Needs pip install -e ".[mutants]".
mutants:
	$(python) -m tests.mutants $(ROOM) --sample $(SAMPLE) --seed $(SEED)

.PHONY: quick test lint properties mutants
