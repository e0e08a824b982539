"""The run, the steps of its rules, and what is checked before anything starts."""

import atexit
import gc
import sys
from functools import partial
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# A plan is a hundred thousand objects that all stay: to look through them at every 700th, as Python
# does, takes a tenth of the time.
gc.set_threshold(100_000, 50, 100)

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT))

from workflow_scripts.job.errors import InputError, unwritable_message
from workflow_scripts.own import hub
from workflow_scripts.own import study as own
from workflow_scripts.plan import (
    claims,
    closing,
    concept_sets,
    controls,
    datasets,
    durations,
    machine,
    measures,
    models,
    sources,
    pool_tables,
)
from workflow_scripts.plan.beyond import indication, interventions
from workflow_scripts.plan.exhibits import (
    beyond,
    beyond_page,
    card,
    catalogue,
    exhibits,
    report_page,
    ro_crate,
    snakemake_report,
)
from workflow_scripts.plan.exhibits.tables import NO_REFERENCE, has_reference
from workflow_scripts.plan.run import Run, either
from workflow_scripts.plan.staleness import definitions
from workflow_scripts.plan.step import Step
from workflow_scripts.study.configuration import as_meant

machine.quote_interpreter()
# Of several replicates each has rules of its own; what concerns them all is done by the first.
IS_FIRST = workflow.is_main_process and REPLICATE == 1
if REPLICATE == 1:
    atexit.register(definitions.remember, ROOT, definitions.CACHE.absolute())
    atexit.register(models.announce, workflow, Path.cwd())
# Before anything is planned, a mistake ends the run with its message and nothing else.
if message := unwritable_message(Path(".snakemake")):
    sys.exit(message)
try:
    machine.set_environment(ROOT)
    config.update(as_meant(config))
    if own.is_asked(config):
        fetch = partial(hub.fetch_from_hub, config)
        config["study"], notes = own.own_study(ROOT, config, fetch, workflow.is_main_process)
    RUN = Run.load(ROOT, config, REPLICATE)
except InputError as error:
    sys.exit(str(error))

if IS_FIRST:
    machine.warn_of_foreign_packages()
    for line in notes if own.is_asked(config) else ():
        logger.info(line)
POOL = RUN.pool
GPUS = machine.gpus(config)
# Every rule has a step, which holds what all rules share: see plan/step.py.
REPORTS = snakemake_report.is_asked(sys.argv)
step = partial(Step, RUN, main=workflow.is_main_process, keeps_times=REPORTS)
# It runs the script that bears the name of the rule's step, which is among the params.
SCRIPT = f"{ROOT}/workflow_scripts/job/start.py"
# One environment for all rules; it is made where Snakemake is run with --sdm conda.
ENVIRONMENT = f"{ROOT}/envs/environment.yaml"


onstart:
    machine.without_polling(workflow)
    for folder in (RUN.results, RUN.logs):
        if message := unwritable_message(Path(folder)):
            raise WorkflowError(message)
    try:
        machine.check_device(workflow, RUN.config)
        sources.check(RUN, workflow.dag.needrun_jobs())
        models.check_retraining(RUN, workflow.dag)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    durations.tell(RUN, workflow)


wildcard_constraints:
    model=either(RUN.study.models),
    dataset=either(RUN.study.datasets),
    view=either(RUN.study.settings["views"]),
