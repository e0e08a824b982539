# Two commands do everything: `make all_figures` and `make test`.
#   CORES=4          cores that the workflow may use (default: all)
# A third one tells of a model of one's own: make indicators MODEL=... IMAGES=... (docs/own.md).
#   PYTHON=python3.12  the Python that the environment is made with (default: python3)
#   VENV=/elsewhere  the folder of the environment (default: .venv)
# What pip is told elsewhere (pip.conf, PIP_* variables) is respected, but for where to install.

PYTHON ?= python3
VENV ?= .venv
CORES ?= all
RUN = "$(VENV)/bin/python" -m
# What pip says goes to a log, which is shown if it fails.
PIP_LOG = "$(VENV)/pip.log"
install = { $(RUN) pip install --disable-pip-version-check --requirement envs/$(1) \
	> $(PIP_LOG) 2>&1 || { cat $(PIP_LOG) >&2; exit 1; }; }
# What one sees of a run; all else is in Snakemake's log (workflow_scripts/console).
SNAKEMAKE = PYTHONPATH=workflow_scripts/console/plugin $(RUN) snakemake --logger console

TOOLS = pytest xdist hypothesis sklearn ruff snakefmt mypy
PACKAGES = $(RUN) workflow_scripts.job.packages

# Packages of elsewhere would hide those of the environment, or keep pip from installing them into it.
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_DRY_RUN

# An environment is up to date if it has its packages and holds the very lock that it was made from.
# Contents are compared, not times, so that neither a fresh checkout nor a new branch needs the network
# for nothing.
up_to_date = $(PACKAGES) --found $(2) 2>/dev/null && cmp -s envs/$(1) "$(VENV)/$(1)"

.DEFAULT_GOAL := help
.PHONY: help all_figures indicators replicates verify test lint format lock docs environment environment-dev

help:
	@echo 'make all_figures  make the environment, run the default study, say where its page is'
	@echo 'make indicators   the indicators of a model of your own: MODEL=... IMAGES=... (docs/own.md)'
	@echo 'make replicates   the study with REPLICATES=5 seeds, and how much its numbers differ'
	@echo 'make verify       hold the finished study against its reference; an error if it is broken'
	@echo 'make test         make the development environment and run all tests'
	@echo 'make lint         check code and format (make format mends the format)'
	@echo 'make docs         renew pictures, costs, index and reference ranges from finished results (needs graphviz)'
	@echo 'make lock         pin in envs/ what pyproject.toml asks for and the environment holds'

# The name of the default study, as a variable of the shell
STUDY = study=$$("$(VENV)/bin/python" -c 'import yaml; print(yaml.safe_load(open("config.yaml"))["study"])') \
	&& study=$$(basename "$$study")

all_figures: environment
	@$(SNAKEMAKE) --cores $(CORES) all_figures

# Of the variables only those that are given to make itself, not what the environment may call alike.
OWN = MODEL IMAGES ARCHITECTURE CLASSES CONCEPTS SHIFTED NAME SKIP_BROKEN
GIVEN = $(foreach name,$(OWN),$(if $(filter command,$(origin $(name))),$(name)))
indicators: environment
	@own=$$("$(VENV)/bin/python" -m workflow_scripts.own.variables $(GIVEN)) \
	&& $(SNAKEMAKE) --cores $(CORES) indicators --config "$$own"

# Each is one more draw of the whole experiment, from the trainings on. A reference takes four.
REPLICATES ?= 5
replicates: environment
	@$(SNAKEMAKE) --cores $(CORES) replicates --config replicates=$(REPLICATES)
	@test $(REPLICATES) -lt 4 || { $(STUDY) && mkdir -p "resources/reference/$$study" \
	&& cp "results/$$study/measures/replicates/reference/"* "resources/reference/$$study" \
	&& echo "resources/reference/$$study has the reference that make verify holds runs against"; }

# Exits with an error if the finished run is no further draw of the reference's experiment.
verify: environment
	@$(SNAKEMAKE) --cores $(CORES) verify

# Side by side as whole files, whose tests share what they make; more processes would wait for memory.
test: environment-dev
	$(RUN) pytest --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

lint: environment-dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) snakefmt --check Snakefile rules
	$(RUN) snakemake --lint

format: environment-dev
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) snakefmt Snakefile rules

lock: environment-dev
	$(RUN) pip show --quiet snakemake-executor-plugin-slurm || $(call install,requirements-slurm.lock)
	"$(VENV)/bin/python" envs/lock.py

docs: environment
	mkdir -p docs/gallery
	cp results/miniature/figures/*.png docs/gallery/
	for set in imagenet web-large; do \
	cp results/miniature/datasets/$$set/contact_sheet.png docs/gallery/contact_sheet_$$set.png; done
	$(RUN) snakemake all_figures --rulegraph dot | dot -Tsvg > docs/rule_graph.svg
	PYTHONPATH=. "$(VENV)/bin/python" docs/costs.py
	PYTHONPATH=. "$(VENV)/bin/python" docs/index_of_figures.py
	PYTHONPATH=. "$(VENV)/bin/python" docs/what_came_out.py
	$(SNAKEMAKE) --cores $(CORES) beyond
	PYTHONPATH=. "$(VENV)/bin/python" docs/beyond.py
	$(SNAKEMAKE) --cores $(CORES) indicators
	PYTHONPATH=. "$(VENV)/bin/python" docs/reference_ranges.py

# The copy of the lock is written last, once everything can be imported: an installation that was
# interrupted, or went elsewhere, is begun anew the next time.
environment:
	@$(call up_to_date,requirements.lock) || { \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Python 3.11 or newer is needed, but '$(PYTHON)' is" \
	"$$($(PYTHON) --version 2>/dev/null || echo 'not there')." \
	"Name another one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }; \
	echo "Making the environment in $(VENV) (once; some minutes); what pip says: "$(PIP_LOG) \
	&& $(PYTHON) -m venv --clear "$(VENV)" \
	&& $(call install,requirements.lock) \
	&& $(PACKAGES) \
	&& cp envs/requirements.lock "$(VENV)/requirements.lock"; }

environment-dev: environment
	@$(call up_to_date,requirements-dev.lock,$(TOOLS)) || { \
	echo "Adding the development tools to $(VENV); what pip says: "$(PIP_LOG) \
	&& $(call install,requirements-dev.lock) \
	&& $(PACKAGES) $(TOOLS) \
	&& cp envs/requirements-dev.lock "$(VENV)/requirements-dev.lock"; }
