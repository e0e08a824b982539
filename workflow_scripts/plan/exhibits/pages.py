"""Which figures a study has, which models are on which page, and why a page is absent."""

from collections.abc import Mapping
from typing import Any

from workflow_scripts.plan.run import Run
from workflow_scripts.study.pool import is_coca_backbone

Rows = list[dict[str, Any]]


def single(page: str, missing: str = "") -> dict[str, Any]:
    """A single page, or why there is none: arguments of an exhibit."""
    return {"pages": [], "absent": {page: missing}} if missing else {"pages": [page]}


def of_concepts(run: Run, page: str, missing: str = "") -> dict[str, Any]:
    """The page of a figure of concepts, or why there is none."""
    no_concepts = "this study has no data set of role concepts"
    return single(page, missing if run.pool.concepts else no_concepts)


def numbered(
    numbers: Mapping[str, Any],
    *pairs: tuple[int, int],
    missing: Mapping[tuple[int, int], str] | None = None,
) -> dict[str, Any]:
    """Pages with models, and of the other ones in each pair the reason why they are absent.

    Parameters
    ----------
    numbers: models by number of the figure
    pairs: numbers of figures that show the same of other models
    missing: of a pair, why no model has what it shows
    """
    absent: dict[str, str] = {}
    for pair in pairs:
        present = [f"figure_{number}" for number in pair if str(number) in numbers]
        where = f"see {present[0]}" if present else "nor does any on the page that continues it"
        reason = (missing or {}).get(
            pair
        ) or f"no model of this study belongs on this page; {where}"
        absent |= {f"figure_{n:02d}": reason for n in pair if str(n) not in numbers}
    return {"pages": [f"figure_{int(number):02d}" for number in numbers], "absent": absent}


def among(numbers: Mapping[str, Rows], *pairs: tuple[int, int]) -> dict[str, Rows]:
    """Models by number of the figure, for the figures of some pairs."""
    wanted = {str(number) for pair in pairs for number in pair}
    return {number: rows for number, rows in numbers.items() if number in wanted}


def importance_pages(run: Run) -> dict[str, Rows]:
    """Models of Figures 9 and 10: the first half of the backbones, and the rest."""
    rows = run.pool.headed_rows()
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
    rows = run.pool.headed_rows()
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


def contrasted(run: Run) -> Rows:
    """Two models to compare: the first finetuned one and its parent, else the first two."""
    rows = run.pool.headed_rows()
    for triple in run.pool.triples():
        return [row for row in rows if row["model"] in (triple["zero_shot"], triple["finetuned"])]
    return rows[:2]


def _with_models(pages: dict[str, Rows]) -> dict[str, Rows]:
    """A page without models is none: it would say nothing."""
    return {number: rows for number, rows in pages.items() if rows}
