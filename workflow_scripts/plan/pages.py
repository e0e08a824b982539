"""Which models are on which page of the figures that have several."""

from typing import Any

from workflow_scripts.plan.run import Run
from workflow_scripts.study.pool import is_coca_backbone

Rows = list[dict[str, Any]]


def importance_pages(run: Run) -> dict[str, Rows]:
    """Models of Figures 9 and 10: the first half of the backbones, and the rest."""
    rows = run.pool.rows()
    # The non-CLIP backbones, which the paper leaves out here, follow on the second page.
    clips = [
        backbone
        for backbone in dict.fromkeys(row["backbone"] for row in rows)
        if not is_coca_backbone(backbone)
    ]
    first = clips[: (len(clips) + 1) // 2]
    return _with_models(
        {
            "9": [row for row in rows if row["backbone"] in first],
            "10": [row for row in rows if row["backbone"] not in first],
        }
    )


def pruning_pages(run: Run) -> dict[str, Rows]:
    """Models of Figures 11 to 14.

    Figure 13 has the zero-shot models of the first pretraining set, the paper's OpenAI; Figures 11
    and 12 have those of the others, by page; Figure 14 adds to Figure 13 the finetuned models of
    this set and the supervised models.
    """
    rows = run.pool.rows()
    zero_shot = [row for row in rows if row["family"] == "robust_zero_shot"]
    main = zero_shot[0]["pretraining"] if zero_shot else None
    of_main = [row for row in zero_shot if row["pretraining"] == main]
    first, second = run.pool.by_page([row for row in zero_shot if row["pretraining"] != main])
    families = [
        row
        for row in rows
        if row["family"] == "supervised"
        or (row["family"] in ("robust_zero_shot", "finetuned") and row["pretraining"] == main)
    ]
    return _with_models({"11": first, "12": second, "13": of_main, "14": families})


def pair_pages(run: Run, pairs: Rows, *numbers: int) -> dict[str, Rows]:
    """Finetuned models with a parent on the two pages of Figures 7 and 8, 15 and 16, and so on.

    Parameters
    ----------
    pairs: those to show
    numbers: numbers of the figures, which alternate between the first and the second page
    """
    pages = run.pool.by_page(pairs)
    return _with_models({str(number): pages[place % 2] for place, number in enumerate(numbers)})


def _with_models(pages: dict[str, Rows]) -> dict[str, Rows]:
    """A page without models is none: it would say nothing."""
    return {number: rows for number, rows in pages.items() if rows}
