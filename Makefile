# Each target does its own set-up, in .venv; `make PYTHON=python3.13 ...` chooses the interpreter.

PYTHON ?= python3
BIN := .venv/bin
QUICK := not slow and not browser and not nightly

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo docs test quick oldest check wheel installed notes nightly nightly-torch nightly-jax mutants pictures notebooks bench browser clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' Makefile | expand -t 16

demo: .venv/demo.stamp  ## train on real digits, open the trained network up, write pictures to demo/
	$(BIN)/python -m nn.lectures.demo

docs: .venv/docs.stamp  ## build the site into site/
	rm -rf build
	$(BIN)/python -m sphinx --builder html --conf-dir docs --fail-on-warning --keep-going --quiet \
	  --doctree-dir build/doctrees . build/site
	rm -rf site && mv build/site site

test: .venv/dev.stamp browser docs  ## run the whole suite; ARGS="-k tanh" narrows it
	$(BIN)/pytest -n auto $(ARGS)

# -k, -x and files go into ARGS. It lists the slowest: what takes a second is to be marked slow. Of a
# test with many cases a sample is run: tests/conftest.py. The first run compiles kernels besides.
quick: .venv/dev.stamp  ## in a minute: no browser, nothing that takes a second, a sample of many cases
	$(BIN)/pytest -n auto -m "$(QUICK)" --durations=8 --durations-min=1 $(ARGS)

oldest: .venv-oldest/stamp  ## the same with the oldest versions that pyproject.toml allows
	.venv-oldest/bin/pytest -n auto -m "$(QUICK)" $(ARGS)

check: .venv/dev.stamp  ## lint, formatting, types, and what a workflow may do
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github

wheel: .venv/build.stamp  ## build an sdist and a wheel into dist/, check both, use the wheel
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python .ci/check_built.py dist
	$(BIN)/python .ci/smoke.py dist

# The wheel's packages stand where the sdist has its own: none of these can serve an import.
installed: .venv-wheel/stamp  ## the same as quick, with the wheel in dist/ and the tests of the sdist
	rm -rf build/sdist && mkdir -p build/sdist
	tar -xf dist/*.tar.gz -C build/sdist --strip-components=1
	cd build/sdist && for name in autograd init nn; do \
	  rm -r $$name && ln -s ../../.venv-wheel/lib/python3*/site-packages/$$name $$name || exit; done
	cd build/sdist && ../../.venv-wheel/bin/pytest -n auto -m "$(QUICK)" tests $(ARGS)

notes: .venv/build.stamp  ## hold TAG=v1.2.3 to dist/ and the changelog, and write build/notes.md
	@mkdir -p build
	$(BIN)/python .ci/release.py "$(TAG)" dist > build/notes.md

nightly: .venv/dev.stamp browser docs  ## the suite with the long tests, and many more random examples
	$(BIN)/pytest -n auto -m "" --hypothesis-profile=nightly --timeout=0 $(ARGS)
	$(if $(ARGS),,$(MAKE) nightly-torch nightly-jax)

nightly-torch: .venv/dev.stamp  ## compare with PyTorch on the samples of its own operator database
	$(BIN)/python tests/nightly/torch_op_db.py

nightly-jax: .venv/dev.stamp  ## compare the derivatives of NumPy's functions with JAX's (minutes)
	$(BIN)/python tests/nightly/jax_numpy.py

mutants: .venv/dev.stamp  ## change the core a little, 6,000 times, and see which tests notice (hours)
	$(BIN)/pip install --quiet mutmut==3.8.1
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

pictures: .venv/dev.stamp browser  ## make the film of the README and the pictures of the how-tos anew
	$(BIN)/python docs/film.py
	$(BIN)/python docs/run_page.py docs/howto/*.md
	$(BIN)/python docs/thumbnails.py

notebooks: .venv/dev.stamp  ## run the notebooks, and keep what they show if it is something else
	$(BIN)/python docs/run_notebooks.py notebooks/*.ipynb

# CasADi's C wants gcc, tinygrad wants Clang, torch.compile wants g++: without them a row says so.
bench: .venv/pip.stamp  ## compare with other engines (contestants.py), in ten minutes: RESULTS.md
	@command -v gcc && command -v g++ && command -v clang || \
	{ apt-get update && apt-get install -y gcc g++ clang; } >/dev/null 2>&1 || \
	echo "Not all of gcc, g++ and Clang could be installed: some rows will say so"
	$(BIN)/python benchmarks/compare.py

# The player is tested in a real browser. Debian's package is named so; elsewhere install one.
BROWSERS := chromium chromium-browser google-chrome
browser:
	@for name in $(BROWSERS); do command -v $$name && exit; done; \
	{ apt-get update && apt-get install -y chromium || \
	  sudo -n apt-get update && sudo -n apt-get install -y chromium; } >/dev/null 2>&1 || \
	echo "No browser could be installed: the player's tests will fail until there is Chromium or Chrome"

clean:  ## remove everything that these targets make
	rm -rf .venv .venv-oldest .venv-wheel build demo dist mutants site .hypothesis .mypy_cache .pytest_cache .ruff_cache
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

# NumPy 2.0 and Numba 0.63 have wheels for Python 3.11, the oldest we take.
OLDEST_PYTHON ?= python3.11
.venv-oldest/stamp: pyproject.toml .ci/lowest.py
	$(OLDEST_PYTHON) -m venv --clear .venv-oldest
	.venv-oldest/bin/pip install --quiet --upgrade 'pip>=25.1'
	.venv-oldest/bin/python .ci/lowest.py > .venv-oldest/lowest.txt
	.venv-oldest/bin/pip install --quiet --editable . --group test --constraint .venv-oldest/lowest.txt
	touch $@

.venv-wheel/stamp: pyproject.toml $(wildcard dist/*.whl)
	$(PYTHON) -m venv --clear .venv-wheel
	.venv-wheel/bin/pip install --quiet --upgrade 'pip>=25.1'
	.venv-wheel/bin/pip install --quiet dist/*.whl --group test
	touch $@
