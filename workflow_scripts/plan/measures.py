"""Measures: what each depends on, beside its input files."""

from typing import Any

from workflow_scripts.plan import controls, models
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.step import OfJob

# Sources of data sets of which accuracies are published, and their columns in resources/published:
# a number holds for the very images alone, and so for one variant of ImageNet-V2
PUBLISHED_SETS = {
    "imagenet-val": "imagenet",
    "imagenet-v2-matched-frequency": "v2_matched_frequency",
    "imagenet-r": "imagenet_r",
    "imagenet-sketch": "imagenet_sketch",
    "imagenet-a": "imagenet_a",
    "objectnet": "objectnet",
}


def correct_file(run: Run, model: str) -> str:
    """Which images of every data set a model classifies correctly."""
    return run.measure("indicators/accuracy", model, "h5")


def encoded(run: Run) -> list[str]:
    """Data sets that the shown models encode; through the baselines only the line is fitted."""
    return [dataset for datasets in encoded_together(run).values() for dataset in datasets]


def encoded_together(run: Run) -> dict[str, list[str]]:
    """Data sets that one job encodes, by the job's label.

    Of a study of real data the roles are apart, so that what needs the test set alone does not wait
    for the others' downloads; drawn data sets are small, and the start of a job is what costs.
    """
    pool = run.pool
    concepts = [pool.concepts] if pool.concepts else []
    roles = {"test": [pool.test], "shifts": pool.shifts, "concepts": concepts}
    if run.study.is_drawn:
        return {"": [dataset for datasets in roles.values() for dataset in datasets]}
    return {role: datasets for role, datasets in roles.items() if datasets}


def encoded_by_one_job(run: Run) -> list[tuple[str, list[str], list[str]]]:
    """Label, models and data sets of each job that encodes with several models in turn."""
    pool = run.pool
    jobs = [
        ("", pool.baselines, pool.evaluated),
        ("controls", controls.encoded_together(run), encoded(run)),
        ("interventions", pool.interventions, pool.evaluated),
    ]
    return [job for job in jobs if job[1]]


def baseline_files(run: Run) -> list[str]:
    """Files of the baselines, as analysis/baselines.py reads them."""
    if run.no_line:
        return []
    if run.line_through == "testbed":
        return [run.measure("robustness/published/baselines")]
    return [correct_file(run, model) for model in run.pool.baselines]


def robustness_settings(run: Run) -> dict[str, Any]:
    """What measures of effective robustness depend on, beside their models."""
    return {
        "line_through": None if run.no_line else run.line_through,
        "baseline_models": run.pool.baselines if run.line_through == "pool" else [],
        "test": run.pool.test,
        "shifts": run.pool.shifts,
        "bootstrap": run.config["bootstrap"],
    }


def concept_settings(run: Run, *keys: str) -> dict[str, Any]:
    """The keys of the section `concepts` of config.yaml that a rule uses."""
    return {key: run.config["concepts"][key] for key in keys}


def threshold(run: Run) -> float | None:
    """Average precision from which a concept counts as encoded; None without concepts."""
    return run.config["concepts"]["threshold"] if run.pool.concepts else None


def finetuned(run: Run) -> list[str]:
    """Finetuned models that are shown together with their parents."""
    return [row["model"] for row in run.pool.pairs()]


def paths(run: Run) -> list[str]:
    """Those of them that can be interpolated with their parents."""
    return [row["model"] for row in run.pool.paths()]


def both_ends(run: Run, model: str) -> list[str]:
    """Ids of a finetuned model's parent and of itself."""
    return [run.study.models[model]["parent"], model]


def both_encoders(run: Run, wildcards: Any) -> dict[str, list[str]]:
    """Image towers of a finetuned model's parent and of itself."""
    ends = both_ends(run, wildcards.model)
    files = {"cards": "card.json", "encoders": "encoder.safetensors"}
    return {key: [run.bundle(model, file) for model in ends] for key, file in files.items()}


def both_bundles(run: Run, wildcards: Any) -> dict[str, list[str]]:
    """Image towers and heads of a finetuned model's parent and of itself."""
    ends = both_ends(run, wildcards.model)
    heads = [run.bundle(model, "head.safetensors") for model in ends]
    return both_encoders(run, wildcards) | {"heads": heads}


def walked(run: Run) -> dict[str, list[str]]:
    """Data sets that one job encodes along a Wise-FT path, by the job's label.

    Of a study of real data concepts are apart, for the same reason as in `encoded_together`; with
    them goes the test set, which fixes the signs of the directions.
    """
    concepts = [run.pool.test, run.pool.concepts] if run.pool.concepts else []
    if run.study.is_drawn or not concepts:
        return {"": encoded(run)}
    return {"": run.pool.evaluated, "concepts": concepts}


def path_file(run: Run, label: str, model: str) -> str:
    """What is measured along the Wise-FT path to a model by the job of a label of `walked`."""
    name = "_".join(filter(None, ["wise_ft", label]))
    return run.measure(f"wise_ft/{name}", model, "h5")


def path_files(run: Run, label: str) -> list[str]:
    """The same of all paths; none if there is no such job."""
    return [path_file(run, label, model) for model in paths(run)] if label in walked(run) else []


def path_table(run: Run) -> str:
    """The table of all quantities along the paths that need no concepts."""
    name = "evaluated" if "concepts" in walked(run) else "wise_ft"
    return f"wise_ft/wise_ft_tables/{name}"


def both_activations_of(datasets: list[str]) -> OfJob:
    """Activations on data sets of a finetuned model's parent and of itself."""

    def activations(run: Run, wildcards: Any) -> dict[str, list[str]]:
        ends = zip(("zero_shot", "finetuned"), both_ends(run, wildcards.model), strict=True)
        return {
            name: [run.activations(model, dataset) for dataset in datasets] for name, model in ends
        }

    return activations


def stores_of(datasets: list[str]) -> OfJob:
    """Image stores of data sets in the view of a job's model."""

    def stores(run: Run, wildcards: Any) -> dict[str, list[str]]:
        view = run.study.view_of(wildcards.model)
        return {"stores": [run.store(dataset, view) for dataset in datasets]}

    return stores


def indicator_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the indicators of a model depend on."""
    return {"model": wildcards.model, "bootstrap": run.config["bootstrap"]}


def component_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the components of a model's activations depend on."""
    return {"model": wildcards.model}


def published_weights_settings(run: Run) -> dict[str, Any]:
    """What the published robustness of the study's weights depends on."""
    named = {model: models.published_weights(run, model) for model in run.pool.shown}
    return {"models": [{"model": model, **weights} for model, weights in named.items()]}


def accuracy_check_settings(run: Run) -> dict[str, Any]:
    """What the comparison of accuracies with published ones depends on."""
    sets = {each: run.study.datasets[each].get("source") or "" for each in run.pool.evaluated}
    published = {each: PUBLISHED_SETS.get(source.split(";")[0]) for each, source in sets.items()}
    own = published_weights_settings(run)["models"]
    own = [row for row in own if row["model"] in run.pool.headed]
    return {
        "models": [row | {"deviates": run.study.models[row["model"]]["deviates"]} for row in own],
        "columns": {each: column for each, column in published.items() if column},
        "test": run.pool.test,
        "confidence": run.config["bootstrap"]["confidence"],
    }


def average_precision_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the average precision of a model's concepts depends on."""
    return {"model": wildcards.model, "null": concept_settings(run, "seed", "permutations")}


def epoch_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the average precision after each epoch of a finetuning depends on."""
    return {"model": wildcards.model, "dataset": run.pool.concepts, "test": run.pool.test}


def pruning_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the pruning of a model depends on."""
    own = {"model": wildcards.model, "pruning": run.config["pruning"]}
    return robustness_settings(run) | own


def outlier_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the leading components of a model depend on; `parent` if it is finetuned."""
    model = wildcards.model
    parent = {"parent": both_ends(run, model)[0]} if model in finetuned(run) else {}
    return {"model": model, "test": run.pool.test} | parent


def outlier_files(run: Run, wildcards: Any) -> dict[str, Any]:
    """Activations of a model's parent and after each epoch, and its path, where there are any."""
    model, files = wildcards.model, {}
    if model in finetuned(run):
        files["parent"] = run.activations(both_ends(run, model)[0], run.pool.test)
    if model in run.pool.followed():
        files["epochs"] = f"{run.folder()}/activations/{model}/epochs"
    if model in paths(run):
        files["path"] = path_file(run, "", model)
    return files


def ablation_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What holding the components of a model depends on."""
    return robustness_settings(run) | {"model": wildcards.model}


def transplant_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What another kurtosis of a finetuned model and its parent depends on."""
    return robustness_settings(run) | {"pair": both_ends(run, wildcards.model)}


def both_classifiers(run: Run, wildcards: Any) -> dict[str, list[str]]:
    """Heads and cards of a finetuned model's parent and of itself."""
    ends = both_ends(run, wildcards.model)
    files = {"cards": "card.json", "heads": "head.safetensors"}
    return {key: [run.bundle(model, file) for model in ends] for key, file in files.items()}


def count_settings(run: Run, counted_models: list[str]) -> dict[str, Any]:
    """What the counts of the concepts of models depend on."""
    rows = [row for row in run.pool.probed_rows() if row["model"] in counted_models]
    confidence = {"confidence": run.config["bootstrap"]["confidence"]}
    return {"models": rows} | confidence | concept_settings(run, "threshold", "thresholds")


def overlap_settings(run: Run) -> dict[str, Any]:
    """What the overlap of the models' concepts depends on."""
    pool = run.pool
    triples = {"models": pool.headed, "triples": pool.triples(), "followed": pool.followed()}
    return triples | concept_settings(run, "threshold")


def wise_ft_settings_of(datasets: list[str]) -> OfJob:
    """What the Wise-FT path of a job depends on that measures these data sets."""

    def settings(run: Run, wildcards: Any) -> dict[str, Any]:
        return {
            "pair": both_ends(run, wildcards.model),
            "alphas": run.config["wise_ft"]["alphas"],
            "concepts": run.pool.concepts if run.pool.concepts in datasets else None,
            "test": run.pool.test,
            "device": run.config["device"],
        }

    return settings


def path_settings(run: Run) -> dict[str, Any]:
    """What the tables of all Wise-FT paths depend on."""
    pairs = [both_ends(run, model) for model in paths(run)]
    return robustness_settings(run) | {"pairs": pairs, "threshold": threshold(run)}


def cka_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the CKA of a pair depends on."""
    model = wildcards.model
    pair = {"pair": both_ends(run, model), "shifts": run.pool.shifts}
    return pair | {"device": run.config["device"]} | run.config["cka"]
