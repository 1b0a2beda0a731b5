# The book's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
NBVAL := $(BIN)/python -m pytest -c tests/nbval.ini --rootdir . --nbval --nbval-current-env \
	--nbval-sanitize-with tests/nbval_sanitize.cfg

# A worker a core, a file to a worker: the cells of a chapter need one another.
SPREAD := -n logical --dist loadscope

# Threads that wait sleep: spinning, they make an epoch many times as long when another program takes a core.
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help book slides test reproduce record handout grade archive address clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

book: .venv/stamp ## Render the chapters as they are committed, and print the page to open (no training)
	@$(BIN)/python book/build.py

slides: book ## Build the book and print where its chapters are slides (figures live, no network)
	@$(BIN)/python book/slides.py

test: .venv/stamp ## Unit tests, then every cell of every chapter on recorded runs (under 20 minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) tests
	@OMP_NUM_THREADS=1 CIRCLES_RUNS=recorded CIRCLES_BOOK=1 $(NBVAL) $(SPREAD) chapters

reproduce: .venv/stamp ## Train anew, execute every chapter on the new runs, compare every verdict (under 30 minutes)
	@rm -rf _build/fresh
	@CIRCLES_RUNS=fresh CIRCLES_CACHE="$(CURDIR)/_build/fresh" $(BIN)/python -m circles reproduce

record: .venv/stamp ## The same, then the new runs and outputs become the recorded ones
	@rm -rf _build/fresh
	@CIRCLES_RUNS=fresh CIRCLES_CACHE="$(CURDIR)/_build/fresh" $(BIN)/python -m circles record

handout: .venv/stamp ## The students' notebooks, without solutions, in handouts/
	@$(BIN)/python -m circles.teaching.handout handouts chapters/*_exercises.ipynb

grade: .venv/stamp ## Grade what lies at FROM=submissions (a folder, a zip, a notebook) of NAME=02_exercises; table in _build/grades
	@test -n "$(FROM)" -a -n "$(NAME)" || { echo 'grade: expected make grade NAME=02_exercises FROM=folder-or-zip' >&2; exit 2; }
	@$(BIN)/python -m circles.teaching.grading "chapters/$(NAME).ipynb" "$(FROM)" _build/grades $(SEED)

archive: book ## The built book as one zip that opens from disk: _build/learning-in-circles-VERSION.zip
	@$(BIN)/python book/archive.py

address: ## Put the repository's address URL=https://github.com/OWNER/NAME everywhere that it is named
	@$(PYTHON) book/address.py "$(URL)"

clean: ## Remove what the commands made, but keep .venv
	@rm -rf _build .pytest_cache .hypothesis .ruff_cache .import_linter_cache

# Rebuilt when a pin or the package's own metadata changes; else the .venv that is there is used.
.venv/stamp: requirements.txt requirements-no-deps.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	"make: this book needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d; try: make PYTHON=python3.12" % v[:2])'
	@echo "Installing the book's packages in .venv (once; some minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-no-deps.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
