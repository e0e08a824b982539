"""The figures and tables: one list, of which rules, targets and the index in docs/ are made."""

from typing import Any

from workflow_scripts.plan import measures
from workflow_scripts.plan.exhibits import pages
from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
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
FINETUNED = "robustness/published_finetuned"
PAPER = {"paper_tables": "resources/paper/tables.tsv", "paper_text": "resources/paper/text.tsv"}


def catalogue(run: Run) -> list[Exhibit]:
    """All figures and tables, in the paper's order."""
    return allowed(run, [*_main_figures(run), *_appendix_figures(run), *_tables(run)])


def facts(run: Run) -> dict[str, Any]:
    """What captions say about the study; see reporting/texts.py."""
    return {
        "study": {
            "name": run.study.name,
            "missing": run.pool.missing(),
            "left_out": len(run.pool.left_out),
            "images": run.config["images"],
            **({"outdated": run.outdated} if run.outdated else {}),
            **({"foreign": run.foreign} if run.foreign else {}),
            **({} if run.is_trained else {"given": True}),
        }
    }


def _models(run: Run) -> dict[str, Any]:
    return facts(run) | {"models": run.pool.headed_rows()}


def _confidence(run: Run) -> dict[str, Any]:
    return {"confidence": run.config["bootstrap"]["confidence"]}


def _line(run: Run) -> dict[str, Any]:
    return {"line_through": run.line_through, "no_line": run.no_line}


def _threshold(run: Run) -> dict[str, Any]:
    return measures.concept_settings(run, "threshold")


def _main_figures(run: Run) -> list[Exhibit]:
    pool, robustness = run.pool, "robustness/effective_robustness"
    no_triple = "no finetuned model here has a supervised one of its backbone to compare with"
    no_triple = "" if pool.triples() else no_triple
    no_epochs = "no finetuned model here has its epochs: of others' there is the end alone"
    no_epochs = no_triple or ("" if pool.followed() else no_epochs)
    unfollowed = [each["finetuned"] for each in pool.triples()]
    unfollowed = [model for model in unfollowed if model not in pool.followed()]
    dataset = {"dataset": pool.concepts}
    return [
        Exhibit(
            "figures", "figure_01", "Effective robustness and %acc of every model",
            "Section 3, Figure 1; equation 5",
            {
                **({"robustness": f"{robustness}/models"} if pool.shifts else {}),
                "published": "robustness/published/models",
                "finetuned": f"{FINETUNED}/groups",
            },
            lambda: _models(run) | _confidence(run) | _line(run),
            ["figure_01a", "figure_01b"],
        ),
        Exhibit(
            "figures", "figure_02a", "Activation kurtosis of every model (outlier features)",
            "Section 4, Figure 2a; equation 1", {"table": "indicators/kurtosis"},
            lambda: facts(run) | _confidence(run)
            | {"models": pool.rows(), "dataset": pool.test, "letter": "a"},
            ["figure_02a"], script="figure_02",
        ),
        Exhibit(
            "figures", "figure_02b", "Importance ratio of every model (privileged directions)",
            "Section 4, Figure 2b; equations 2 and 3", {"table": "indicators/importance_ratio"},
            lambda: _models(run) | _confidence(run) | {"dataset": pool.test, "letter": "b"},
            ["figure_02b"], script="figure_02",
        ),
        Exhibit(
            "figures", "figure_03", "Number of unique concepts of every model",
            "Section 5, Figure 3; equation 4",
            {"counts": "concepts/concept_counts/counts", "order": "concepts/concept_counts/order"},
            lambda: _models(run) | dataset | _threshold(run) | _confidence(run),
            **pages.of_concepts(run, "figure_03"),
        ),
        Exhibit(
            "figures", "figure_04", "Concepts shared by zero-shot, finetuned, supervised models",
            "Section 5, Figure 4", {"venn": "concepts/concept_overlap/venn"},
            lambda: facts(run) | _threshold(run), **pages.of_concepts(run, "figure_04", no_triple),
        ),
        Exhibit(
            "figures", "figure_05", "Concepts kept, lost and won over the epochs of finetuning",
            "Section 5, Figure 5", {"course": "concepts/concept_overlap/course"},
            lambda: facts(run) | _threshold(run) | {"left_out": unfollowed},
            **pages.of_concepts(run, "figure_05", no_epochs),
        ),
        Exhibit(
            "figures", "figure_06", "The effective-robustness line, here and published",
            "Appendix A, Figure 6; equation 5",
            {
                **({} if run.no_line else {
                    "robustness": f"{robustness}/models", "line": f"{robustness}/line",
                }),
                "published": "robustness/published/models",
                "published_lines": "robustness/published/lines",
                "published_baselines": "robustness/published/baselines",
            },
            lambda: facts(run) | _line(run) | {"models": pool.rows(baselines=True)}, ["figure_06"],
        ),
    ]  # fmt: skip


def _appendix_figures(run: Run) -> list[Exhibit]:
    pool, test = run.pool, {"test": run.pool.test}
    cka, importance = pages.pair_pages(run, pool.pairs(), 7, 8), pages.importance_pages(run)
    pruned = pages.pruning_pages(run)
    return [
        Exhibit(
            "figures", "figures_07_08", "CKA of zero-shot and finetuned models, layer by layer",
            "Appendix C, Figures 7 and 8", {"cka": "cka/cka"},
            lambda: facts(run) | test | {"pages": cka}, **pages.numbered(cka, (7, 8)),
        ),
        Exhibit(
            "figures", "figures_09_10", "Importance of all directions of a model",
            "Appendix E.1, Figures 9 and 10; equation 2",
            {"importance": "indicators/importance"},
            lambda: facts(run) | {"pages": importance}, **pages.numbered(importance, (9, 10)),
        ),
        Exhibit(
            "figures", "figures_11_to_14", "Accuracy and robustness as directions are pruned",
            "Appendices E.2 and G, Figures 11 to 14",
            {"pruning": "pruning/pruning", "ranks": "pruning/importance_rank"},
            lambda: {**facts(run), "pages": pruned, **test, **_confidence(run), **_line(run)},
            **pages.numbered(pruned, (11, 12), (13, 14)),
        ),
        *_path_figures(run),
        Exhibit(
            "figures", "figure_privileged_direction",
            "Images and concepts at both ends of the most privileged direction",
            "Section 5, in the manner of Table 6",
            {
                "concepts": "concepts/privileged_direction/concepts",
                "images": "concepts/privileged_direction/images",
            },
            lambda: {**_models(run), "dataset": pool.concepts, "models": pages.contrasted(run)},
            files={"store": run.store(pool.concepts)} if pool.concepts else {},
            **pages.of_concepts(run, "figure_privileged_direction"),
        ),
        Exhibit(
            "figures", "figure_published_finetuning",
            "Effective robustness of finetuned CLIPs by published accuracies",
            "Section 3, Take-away 1, beyond the paper",
            {name: f"{FINETUNED}/{name}" for name in ("models", "lines", "groups")},
            lambda: _confidence(run), ["figure_published_finetuning"],
        ),
    ]  # fmt: skip


def _path_figures(run: Run) -> list[Exhibit]:
    """Figures 15 to 22; only those of concepts need the images of concepts."""
    rows = pages.pair_pages(run, run.pool.paths(), *range(15, 23))
    if run.no_line:
        rows = {number: rows[number] for number in rows if number not in ("17", "18")}
    common = facts(run) | _confidence(run) | _line(run)
    common |= {"test": run.pool.test, "left_out": _without_path(run)}
    parts = (
        ("figures_15_to_20", "Accuracy, robustness and kurtosis", measures.path_table(run)),
        ("figures_21_and_22", "Unique concepts", "wise_ft/wise_ft_tables/wise_ft"),
    )
    pairs = (((15, 16), (17, 18), (19, 20)), ((21, 22),))
    return [
        Exhibit(
            "figures", name, f"{shows} along the Wise-FT paths",
            f"Appendix I, {name.replace('_', ' ').capitalize()}", {"paths": table},
            lambda own=own: common | {"pages": pages.among(rows, *own)},  # type: ignore[misc]
            **pages.numbered(pages.among(rows, *own), *own, missing={(17, 18): run.no_line}),
            script="figures_15_to_22",
        )
        for (name, shows, table), own in zip(parts, pairs, strict=True)
    ]  # fmt: skip


def _without_path(run: Run) -> list[str]:
    """Finetuned models that cannot be interpolated with their parents."""
    paths = measures.paths(run)
    return [model for model in measures.finetuned(run) if model not in paths]


def _tables(run: Run) -> list[Exhibit]:
    pool, test = run.pool, {"test": run.pool.test}
    robustness = "robustness/effective_robustness/models"
    counts = "concepts/concept_counts/counts"
    dataset = {"dataset": pool.concepts}
    with_concepts = dataset | _threshold(run) if pool.concepts else None
    measured = _models(run) | _confidence(run) | test
    accuracies, cocas = measured | {"shifts": pool.shifts}, measured | _line(run)
    # On a part of the images only, nothing is the paper's number.
    compared = [] if run.config["images"] else run.study.settings.get("compared", [])
    reproduced = REPRODUCED | (REPRODUCED_CONCEPTS if pool.concepts else {})
    return [
        Exhibit(
            "tables", "table_1", "Accuracies on ImageNet", "Section 3 and Appendix B, Table 1",
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
            lambda: _models(run) | dataset, **pages.of_concepts(run, "table_6"),
        ),
        Exhibit(
            "tables", "table_7", "Polysemanticity of the zero-shot models", "Appendix E.4, Table 7",
            {"polysemanticity": "concepts/concept_counts/polysemanticity"},
            lambda: _models(run) | dataset | _threshold(run), **pages.of_concepts(run, "table_7"),
        ),
        Exhibit(
            "tables", "table_concept_counts", "What the count of concepts depends on: chance, "
            "sign, sample of images, threshold", "Section 5, footnote 3",
            {"counts": counts, "order": "concepts/concept_counts/order"},
            lambda: _models(run) | dataset | _threshold(run) | _confidence(run),
            **pages.of_concepts(run, "table_concept_counts"),
        ),
        Exhibit(
            "tables", "table_wise_ft", "Do indicators follow robustness along the Wise-FT paths?",
            "Appendix I, beyond the paper", {"tracks": "wise_ft/wise_ft_tables/tracking"},
            lambda: {**facts(run), "models": pool.paths(), **test, **_confidence(run),
                     **_line(run), "left_out": _without_path(run)},
            **pages.single("table_wise_ft", run.no_line),
        ),
        Exhibit(
            "tables", "sanity", "Accuracies beside published ones of the same weights, or chance",
            "beyond the paper", {"accuracies": "indicators/accuracy_check"},
            lambda: _models(run) | _confidence(run) | test, ["sanity"],
        ),
        Exhibit(
            "tables", "published_robustness", "Kurtosis beside published robustness of the weights",
            "Take-away 2, beyond the paper",
            {"kurtosis": "indicators/kurtosis", "published": "robustness/published_weights"},
            lambda: _models(run) | _confidence(run) | test, ["published_robustness"],
        ),
        Exhibit(
            "tables", "claims", "Which claims of the paper hold in this study", "all take-aways",
            {"summary": "claims/verdicts/summary"},
            lambda: facts(run) | _confidence(run) | _line(run), ["claims"],
        ),
        Exhibit(
            "tables", "comparison", "The paper's numbers beside the study's, where comparable",
            "Tables 1 to 7 and the text",
            {each: reproduced[each] for each in compared if each in reproduced},
            lambda: {**_models(run), **test, "threshold": measures.threshold(run),
                     "compared": compared},
            ["comparison"],
            files={
                **{key: run.resource(file) for key, file in PAPER.items()},
                "claims": run.page("tables", "claims", "csv"),
            },
            resources=tuple(PAPER.values()),
        ),
    ]  # fmt: skip
