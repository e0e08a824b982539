"""Concept sets: which models are probed with each, and where the tables of each are."""

from typing import Any, NamedTuple

from workflow_scripts.plan import measures
from workflow_scripts.plan.run import Run


class Probed(NamedTuple):
    """A concept set that models are probed with.

    dataset: its id
    images: id of the data set that has its images
    folder: of its tables, below that of the measures
    models: ids of the models that are probed
    """

    dataset: str
    images: str
    folder: str
    models: list[str]

    def table(self, run: Run, name: str) -> str:
        """A table of the set's measures."""
        return run.measure(f"{self.folder}/{name}")

    def average_precision(self, run: Run, model: str) -> str:
        """Average precision of the set's concepts by the directions of a model."""
        return run.measure(f"{self.folder}/average_precision", model, "h5")


def probed(run: Run) -> dict[str, Probed]:
    """The concept sets, by the label of the jobs that probe them; the paper's has none.

    The others are probed by the shown models alone: claims about them beat no control.
    """
    pool = run.pool
    if pool.concepts is None:
        return {}
    sets = {"": Probed(pool.concepts, pool.concepts, "concepts", [*pool.headed, *pool.controls])}
    for each in pool.further_concepts:
        sets[each] = Probed(each, pool.images_of(each), f"concept_sets/{each}", pool.headed)
    return sets


def counted(run: Run) -> dict[str, tuple[str, Probed, list[str]]]:
    """Folder of the tables, set and models of each job that counts concepts, by its label."""
    jobs = {label: (each.folder, each, run.pool.headed) for label, each in probed(run).items()}
    if run.pool.controls:
        jobs["controls"] = ("controls/concepts", probed(run)[""], run.pool.controls)
    return jobs


def encoded_beyond(run: Run) -> dict[str, list[str]]:
    """Images of the concept sets beyond the paper's, by the label of each model's job.

    None of drawn data sets, which one job encodes with all models; see `encoded_at_once`.
    """
    own = _own_images(run)
    return {"concept_sets": own} if own and not run.study.is_drawn else {}


def encoded_at_once(run: Run) -> list[tuple[str, list[str], list[str]]]:
    """Label, models and data sets of the job that encodes them with all models in turn, if any."""
    own = _own_images(run)
    return [("concept_sets", run.pool.headed, own)] if own and run.study.is_drawn else []


def _own_images(run: Run) -> list[str]:
    return [each for each in run.pool.further_concepts if run.pool.images_of(each) == each]


def titles(run: Run) -> list[dict[str, str]]:
    """The concept sets with their names as displayed, the paper's first."""
    rows = run.study.datasets
    sets = run.pool.with_role("concepts")
    return [{"dataset": each, "title": rows[each]["title"]} for each in sets]


def agreement_files(run: Run) -> dict[str, Any]:
    """What the comparison of the concept sets reads."""
    sets = probed(run).values()
    names = ("counts", "polysemanticity", "encoded")
    files = {name: [each.table(run, f"concept_counts/{name}") for each in sets] for name in names}
    robustness = {"robustness": run.measure("robustness/effective_robustness/models")}
    return files | ({} if run.no_line else robustness)


def agreement_settings(run: Run) -> dict[str, Any]:
    """What it depends on, beside its files."""
    return {
        "sets": [each.dataset for each in probed(run).values()],
        "models": run.pool.headed_rows(),
        "threshold": measures.threshold(run),
        "bootstrap": run.config["bootstrap"],
    }
