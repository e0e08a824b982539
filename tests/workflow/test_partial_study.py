"""Studies that lack models: those that are to be had are measured, and captions name the others."""

from tests.workflow.test_staleness import models

OF_NO_STUDY = ("comparison", "figure_published_finetuning")


def test_missing_weights_are_named_and_nothing_else_fails(project):
    """Without the web model nothing is left to show along a path or in a diagram."""
    path = project.study / "models.tsv"
    header, *rows = path.read_text().splitlines()
    reasons = ["given privately" if row.startswith("rn_web\t") else "" for row in rows]
    lines = [
        f"{header}\tmissing",
        *(f"{row}\t{why}" for row, why in zip(rows, reasons, strict=True)),
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    project.run("all_figures")
    made = project.plan("--forceall")
    captions = [project.results / file for file in made if file.endswith(".md")]
    named = "RN-tiny Web (given privately); finetuned RN-tiny Web (its parent rn_web is missing)"
    for caption in captions:
        if caption.stem not in OF_NO_STUDY:
            assert named in caption.read_text(), caption
    for number in (4, 5, 7, 8, *range(15, 23)):
        assert f"figures/figure_{number:02d}.pdf" not in made
    printed = project.run("figure_4", fails=True)
    assert "figure_4: no finetuned model here has a supervised one of its backbone" in printed


def test_chosen_models_alone_are_measured(project):
    plan = project.plan("--forceall", "--config", "models=[rn_web_finetuned]")
    measured = {file.split("/")[1] for file in plan if file.startswith("activations/")}
    assert measured == {"rn_web_finetuned", *(m for m in models(plan) if "baseline" in m)}
    made = {file.split("/")[1] for file in plan if file.startswith("models/")}
    assert "rn_web" in made and "rn_supervised" not in made  # the parent, from which it starts
