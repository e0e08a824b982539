"""One run of the workflow: its study, its choice of models, its configuration, its files."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from workflow_scripts.job import packages, records
from workflow_scripts.plan.replicates import is_replicated, reseeded
from workflow_scripts.study.line import reason_without_line
from workflow_scripts.study.pool import Pool
from workflow_scripts.study.study import Study, load


@dataclass(frozen=True)
class Run:
    """A study and how it is run; methods that return text give paths, relative to the run's folder.

    Attributes
    ----------
    root: the repository
    config: config.yaml, with what the command line changed
    outdated: models that are kept though what they were made of has changed; rules/models.smk says
    number: which replicate of the experiment it is, from 1
    """

    root: Path
    study: Study
    pool: Pool
    config: Mapping[str, Any]
    outdated: list[str] = field(default_factory=list)
    number: int = 1

    @classmethod
    def load(cls, root: Path, config: Mapping[str, Any], number: int = 1) -> "Run":
        """Read and check the study that a configuration chooses; a replicate of it, from 1.

        Raises
        ------
        StudyError: any mistakes, all of them
        """
        study = reseeded(load(root, config), number)
        return cls(root, study, Pool(study, config["models"]), config, number=number)

    @cached_property
    def foreign(self) -> list[str]:
        """Packages from outside the environment: those of now, and those of finished jobs."""
        recorded = records.foreign_packages(self.records)
        return sorted({*packages.foreign(), *recorded})

    @property
    def results(self) -> str:
        """Folder of everything that is made."""
        return f"results/{self.study.name}"

    @property
    def replicates(self) -> int:
        """How many draws of the experiment the study is made of: other seeds of all trainings."""
        return self.config["replicates"] or self.study.settings.get("replicates", 1)

    @property
    def is_trained(self) -> bool:
        """Whether some model that is shown is trained here, so that other seeds give others."""
        return any(is_replicated(self.study.models[model]) for model in self.pool.shown)

    def replicate(self, number: int) -> "Run":
        """The run of another of the replicates, from 2."""
        return Run.load(self.root, self.config, number)

    @property
    def part(self) -> str:
        """Below which folder the files of this replicate lie; empty for the first."""
        return f"/replicates/{self.number}" if self.number > 1 else ""

    def folder(self, model: str = "") -> str:
        """Folder of what is made of a model, or of the pool, in this replicate.

        What no seed makes is not replicated: weights of others, and the networks that an
        adversarial data set was chosen with, since all replicates see the same images.
        """
        return self.results if model in self._made_once else f"{self.results}{self.part}"

    @cached_property
    def _made_once(self) -> set[str]:
        return {id for id, row in self.study.models.items() if not is_replicated(row)}

    @property
    def records(self) -> str:
        """Folder of the records of all jobs."""
        return f"{self.results}/records"

    @property
    def logs(self) -> str:
        """Folder of the jobs' logs, and of what they cost."""
        return f"logs/{self.study.name}{self.part}"

    @property
    def downloads(self) -> Path:
        """Folder of the downloads, which studies share."""
        return Path(self.config["downloads"]).expanduser()

    def by_size(self, drawn: int, real: int) -> int:
        """A resource of a job: in a study that draws its small images, or in one of real data."""
        return drawn if self.study.is_drawn else real

    def of_job(self, function: Callable[["Run", Any], Any]) -> Callable[[Any], Any]:
        """A function of the wildcards alone, from one of the run and the wildcards."""
        # Snakemake looks at the names of the parameters, so that a partial would not do.
        return lambda wildcards: function(self, wildcards)

    def dataset(self, dataset: str, file: str) -> str:
        """A file of a data set."""
        return f"{self.results}/datasets/{dataset}/{file}"

    def store(self, dataset: str, view: str | None = None) -> str:
        """The image store of a data set, in the study's view unless another one is named."""
        return self.dataset(dataset, f"{view or self.study.settings['view']}.h5")

    def bundle(self, model: str, file: str) -> str:
        """A file of a model's bundle."""
        return f"{self.folder(model)}/models/{model}/{file}"

    def activations(self, model: str, dataset: str) -> str:
        """Activations of a model on a data set."""
        return f"{self.folder(model)}/activations/{model}/{dataset}.h5"

    def measure(self, name: str, model: str | None = None, ending: str = "csv") -> str:
        """A table of a measure, such as "indicators/kurtosis": of one model, or of the pool."""
        own = f"/{model}" if model else ""
        return f"{self.folder(model or '')}/measures/{name}{own}.{ending}"

    def tables(self, rule: str, *names: str) -> dict[str, str]:
        """Several tables of one rule of the measures, by name."""
        return {name: self.measure(f"{rule}/{name}") for name in names}

    @staticmethod
    def with_digests(activations: list[str]) -> dict[str, list[str]]:
        """Activations as outputs of a rule, with the digests beside them."""
        return {"activations": activations, "digests": [f"{file}.sha256" for file in activations]}

    def page(self, stage: str, name: str, ending: str) -> str:
        """A file of a figure or a table."""
        return f"{self.results}/{stage}/{name}.{ending}"

    def resource(self, file: str) -> str:
        """A file of the repository, relative so that a copy of it knows its results."""
        return os.path.relpath(self.root / file)

    @property
    def line_through(self) -> str:
        """What the line of effective robustness goes through: "pool" or "testbed"."""
        return self.study.settings.get("baselines", "pool")

    @property
    def no_line(self) -> str:
        """Why the study has no effective robustness; empty if it has."""
        pool = self.pool
        return reason_without_line(self.line_through, pool.baselines, pool.test, pool.shifts)

    @property
    def no_head(self) -> str:
        """Why the study has nothing that a head is needed for; empty if a model has one."""
        return "" if self.pool.headed else "no model of this study has a head (column head)"


def either(names: Iterable[str]) -> str:
    """A wildcard constraint that admits these names only (none: nothing)."""
    return "|".join(map(re.escape, names)) or "(?!)"
