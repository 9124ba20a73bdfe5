# Each target does its own set-up, in .venv; `make PYTHON=python3.13 ...` chooses the interpreter.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check wheel nightly mutants bench browser clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' Makefile | expand -t 10

demo: .venv/demo.stamp  ## train on real digits, open the trained network up, write pictures to demo/
	$(BIN)/python -m nn.lectures.demo

test: .venv/dev.stamp browser  ## run the whole suite; ARGS="-k tanh" narrows it
	$(BIN)/pytest -n auto $(ARGS)

check: .venv/dev.stamp  ## lint, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

wheel: .venv/dev.stamp  ## build into dist/, install into an empty environment, import it there
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python .ci/check_wheel.py dist/*.whl

nightly: .venv/dev.stamp browser  ## the suite with the long tests, and many more random examples
	$(BIN)/pytest -n auto -m "" --hypothesis-profile=nightly $(ARGS)

mutants: .venv/dev.stamp  ## change the core a little, 6,000 times, and see which tests notice (hours)
	$(BIN)/pip install --quiet mutmut==3.8.1
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

bench: .venv/pip.stamp  ## compare with micrograd, CasADi, PyTorch, JAX and HIPS autograd
	$(BIN)/python benchmarks/compare.py

# The player is tested in a real browser. Debian's package is named so; elsewhere install one.
BROWSERS := chromium chromium-browser google-chrome
browser:
	@for name in $(BROWSERS); do command -v $$name && exit; done; \
	{ apt-get update && apt-get install -y chromium || \
	  sudo -n apt-get update && sudo -n apt-get install -y chromium; } >/dev/null 2>&1 || \
	echo "No browser could be installed: the player's tests will fail until there is Chromium or Chrome"

clean:  ## remove everything that these targets make
	rm -rf .venv demo dist mutants .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp is named after the dependency group of pyproject.toml that it says is installed.
.venv/%.stamp: pyproject.toml .venv/pip.stamp
	$(BIN)/pip install --quiet --editable . --group $*
	touch $@

.venv/pip.stamp:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Glassgrad needs Python 3.11 or newer, but $(PYTHON) is %d.%d: say make PYTHON=... to choose another." % v[:2])'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'  # the first pip that knows --group
	touch $@
