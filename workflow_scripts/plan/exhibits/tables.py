"""The tables: what each is made of."""

from typing import Any

from workflow_scripts.plan import datasets, measures, pool_tables
from workflow_scripts.plan.exhibits import pages
from workflow_scripts.plan.exhibits.exhibits import Exhibit
from workflow_scripts.plan.exhibits.settings import (
    confidence,
    facts,
    line,
    models_and_facts,
    threshold,
    without_path,
)
from workflow_scripts.plan.run import Run

# The table of the study that holds each measure of resources/paper
REPRODUCED = {
    "models": "indicators/accuracy",
    "accuracy": "indicators/accuracy",
    "shift_accuracy": "robustness/effective_robustness/models",
    "effective_robustness": "robustness/effective_robustness/models",
    "line_slope": "robustness/effective_robustness/line",
    "line_intercept": "robustness/effective_robustness/line",
    "line_r": "robustness/effective_robustness/line",
    "kurtosis": "indicators/kurtosis",
    "robustness_peak": "wise_ft/wise_ft_tables/wise_ft",
}
REPRODUCED_CONCEPTS = {
    "concepts": "concepts/concept_counts/counts",
    "concepts_in_all": "concepts/concept_overlap/venn",
    "concepts_zero_shot_only": "concepts/concept_overlap/venn",
    "polysemanticity": "concepts/concept_counts/polysemanticity",
    "top_concepts": "concepts/privileged_direction/concepts",
}
PAPER = {"paper_tables": "resources/paper/tables.tsv", "paper_text": "resources/paper/text.tsv"}
NO_REFERENCE = "there is no reference for these models and images in resources/reference"


def tables(run: Run) -> list[Exhibit]:
    """All tables, in the paper's order, those beyond it last."""
    pool, test = run.pool, {"test": run.pool.test}
    title = run.study.datasets[pool.test]["title"]
    robustness = "robustness/effective_robustness/models"
    counts = "concepts/concept_counts/counts"
    dataset = {"dataset": pool.concepts}
    with_concepts = dataset | threshold(run) if pool.concepts else None
    measured = models_and_facts(run) | confidence(run) | test
    accuracies, cocas = measured | {"shifts": pool.shifts}, measured | line(run)
    # On a part of the images only, nothing is the paper's number.
    compared = [] if run.config["images"] else run.study.settings.get("compared", [])
    reproduced = REPRODUCED | (REPRODUCED_CONCEPTS if pool.concepts else {})
    return [
        Exhibit(
            "tables", "table_1", f"Accuracies on {title}", "Section 3 and Appendix B, Table 1",
            {"table": "indicators/accuracy"}, lambda: accuracies | {"number": 1}, ["table_1"],
            script="tables_1_and_2",
        ),
        Exhibit(
            "tables", "table_2", "Accuracies averaged over the shifts",
            "Section 3 and Appendix B, Table 2",
            {"table": robustness}, lambda: accuracies | {"number": 2},
            **pages.single("table_2", "" if pool.shifts else "this study has no shifts"),
            script="tables_1_and_2",
        ),
        *[
            Exhibit(
                "tables", name, f"{measure.capitalize()} of non-CLIP models",
                f"Appendix D, {name.replace('_', ' ').capitalize()}", {measure: table},
                lambda concepts=concepts: cocas | {"concepts": concepts},  # type: ignore[misc]
                **page, script="tables_3_to_5",
            )
            for name, measure, table, page, concepts in (
                ("table_3", "robustness", robustness, pages.single("table_3", run.no_line), None),
                ("table_4", "kurtosis", "indicators/kurtosis", pages.single("table_4"), None),
                ("table_5", "concepts", counts, pages.of_concepts(run, "table_5"), with_concepts),
            )
        ],
        Exhibit(
            "tables", "table_6", "Top concepts of the most privileged direction",
            "Appendix E.3, Table 6", {"concepts": "concepts/privileged_direction/concepts"},
            lambda: models_and_facts(run) | dataset, **pages.of_concepts(run, "table_6"),
        ),
        Exhibit(
            "tables", "table_7", "Polysemanticity of the zero-shot models", "Appendix E.4, Table 7",
            {"polysemanticity": "concepts/concept_counts/polysemanticity"},
            lambda: models_and_facts(run) | dataset | threshold(run),
            **pages.of_concepts(run, "table_7"),
        ),
        Exhibit(
            "tables", "table_concept_counts", "What the count of concepts depends on: chance, "
            "sign, sample of images, threshold", "Section 5, footnote 3",
            {"counts": counts, "order": "concepts/concept_counts/order"},
            lambda: models_and_facts(run) | dataset | threshold(run) | confidence(run),
            **pages.of_concepts(run, "table_concept_counts"),
        ),
        Exhibit(
            "tables", "table_wise_ft", "Do indicators follow robustness along the Wise-FT paths?",
            "Appendix I, beyond the paper", {"tracks": "wise_ft/wise_ft_tables/tracking"},
            lambda: {**facts(run), "models": pool.paths(), **test, **confidence(run),
                     **line(run), "left_out": without_path(run)},
            **pages.single("table_wise_ft", run.no_line),
        ),
        Exhibit(
            "tables", "sanity", "Accuracies beside published ones of the same weights, or chance",
            "beyond the paper", {"accuracies": "indicators/accuracy_check"},
            lambda: models_and_facts(run) | confidence(run) | test, ["sanity"],
        ),
        Exhibit(
            "tables", "published_robustness", "Kurtosis beside published robustness of the weights",
            "Take-away 2, beyond the paper",
            {"kurtosis": "indicators/kurtosis", "published": "robustness/published_weights"},
            lambda: facts(run) | {"models": pool.rows(), **confidence(run), **test},
            ["published_robustness"],
        ),
        Exhibit(
            "tables", "claims", "Which claims of the paper hold in this study", "all take-aways",
            {"summary": "claims/verdicts/summary"},
            lambda: facts(run) | confidence(run) | line(run), ["claims"],
        ),
        Exhibit(
            "tables", "comparison", "The paper's numbers beside the study's, where comparable",
            "Tables 1 to 7 and the text",
            {each: reproduced[each] for each in compared if each in reproduced},
            lambda: {**models_and_facts(run), **test, "threshold": measures.threshold(run),
                     "compared": compared},
            ["comparison"],
            files={
                **{key: run.resource(file) for key, file in PAPER.items()},
                "claims": run.page("tables", "claims", "csv"),
            },
            resources=tuple(PAPER.values()),
        ),
        Exhibit(
            "tables", "verification", "This run beside the replicates of the reference",
            "beyond the paper", {},
            lambda: {**facts(run), "tables": pool_tables.referenced(run),
                     "datasets": datasets.sheets(run)},
            **pages.single("verification", "" if has_reference(run) else NO_REFERENCE),
            files=_verified(run) if has_reference(run) else {},
            resources=tuple(_reference(run).values()) if has_reference(run) else (),
        ),
    ]  # fmt: skip


def has_reference(run: Run) -> bool:
    """Whether the repository keeps replicates of a study, which runs of it are held against.

    Whoever runs it on other images or models has no use for them.
    """
    kept = (run.root / pool_tables.reference(run, "made_with.json")).exists()
    return kept and not run.config["images"] and not run.pool.left_out


def _reference(run: Run) -> dict[str, str]:
    files = {"numbers": "numbers.csv", "verdicts": "verdicts.csv", "made_with": "made_with.json"}
    return {f"reference_{key}": pool_tables.reference(run, file) for key, file in files.items()}


def _verified(run: Run) -> dict[str, Any]:
    """What is verified, of the first replicate, and what it is held against."""
    return {
        **{name: run.measure(name) for name in pool_tables.referenced(run)},
        "summary": run.measure(pool_tables.VERDICTS),
        "digests": [f"{run.store(dataset)}.sha256" for dataset in datasets.sheets(run)],
        **{key: run.resource(file) for key, file in _reference(run).items()},
    }
