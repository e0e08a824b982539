"""The figures and tables: one list, of which rules, targets and the index in docs/ are made."""

from workflow_scripts.plan import measures
from workflow_scripts.plan.exhibits import pages
from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.exhibits.settings import (
    confidence,
    facts,
    line,
    models_and_facts,
    threshold,
    without_path,
)
from workflow_scripts.plan.exhibits.tables import tables
from workflow_scripts.plan.run import Run

FINETUNED = "robustness/published_finetuned"


def catalogue(run: Run) -> list[Exhibit]:
    """All figures and tables, in the paper's order."""
    return allowed(run, [*_main_figures(run), *_appendix_figures(run), *tables(run)])


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
            lambda: models_and_facts(run) | confidence(run) | line(run),
            ["figure_01a", "figure_01b"],
        ),
        Exhibit(
            "figures", "figure_02a", "Activation kurtosis of every model (outlier features)",
            "Section 4, Figure 2a; equation 1", {"table": "indicators/kurtosis"},
            lambda: facts(run) | confidence(run)
            | {"models": pool.rows(), "dataset": pool.test, "letter": "a"},
            ["figure_02a"], script="figure_02",
        ),
        Exhibit(
            "figures", "figure_02b", "Importance ratio of every model (privileged directions)",
            "Section 4, Figure 2b; equations 2 and 3", {"table": "indicators/importance_ratio"},
            lambda: models_and_facts(run) | confidence(run) | {"dataset": pool.test, "letter": "b"},
            ["figure_02b"], script="figure_02",
        ),
        Exhibit(
            "figures", "figure_03", "Number of unique concepts of every model",
            "Section 5, Figure 3; equation 4",
            {"counts": "concepts/concept_counts/counts", "order": "concepts/concept_counts/order"},
            lambda: models_and_facts(run) | dataset | threshold(run) | confidence(run),
            **pages.of_concepts(run, "figure_03"),
        ),
        Exhibit(
            "figures", "figure_04", "Concepts shared by zero-shot, finetuned, supervised models",
            "Section 5, Figure 4", {"venn": "concepts/concept_overlap/venn"},
            lambda: facts(run) | threshold(run), **pages.of_concepts(run, "figure_04", no_triple),
        ),
        Exhibit(
            "figures", "figure_05", "Concepts kept, lost and won over the epochs of finetuning",
            "Section 5, Figure 5", {"course": "concepts/concept_overlap/course"},
            lambda: facts(run) | threshold(run) | {"left_out": unfollowed},
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
            lambda: facts(run) | line(run) | {"models": pool.rows(baselines=True)}, ["figure_06"],
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
            lambda: {**facts(run), "pages": pruned, **test, **confidence(run), **line(run)},
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
            lambda: {**models_and_facts(run), "dataset": pool.concepts,
                     "models": pages.contrasted(run)},
            files={"store": run.store(pool.concepts)} if pool.concepts else {},
            **pages.of_concepts(run, "figure_privileged_direction"),
        ),
        Exhibit(
            "figures", "figure_published_finetuning",
            "Effective robustness of finetuned CLIPs by published accuracies",
            "Section 3, Take-away 1, beyond the paper",
            {name: f"{FINETUNED}/{name}" for name in ("models", "lines", "groups")},
            lambda: confidence(run), ["figure_published_finetuning"],
        ),
    ]  # fmt: skip


def _path_figures(run: Run) -> list[Exhibit]:
    """Figures 15 to 22; only those of concepts need the images of concepts."""
    rows = pages.pair_pages(run, run.pool.paths(), *range(15, 23))
    if run.no_line:
        rows = {number: rows[number] for number in rows if number not in ("17", "18")}
    common = facts(run) | confidence(run) | line(run)
    common |= {"test": run.pool.test, "left_out": without_path(run)}
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
