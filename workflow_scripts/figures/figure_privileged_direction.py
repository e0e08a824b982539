"""Beyond the paper: what the most privileged direction of two models encodes, in images."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import display_name, sign_sentence
from workflow_scripts.reporting.families import Model, look_of
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

LISTED = 5  # concepts at each end
SIDES = {
    "highest": ("convention", "Highest projections"),
    "lowest": ("opposite", "Lowest projections"),
}


def plot(
    figure: SubFigure,
    pixels: dict[str, list[np.ndarray]],
    concepts: dict[str, pd.DataFrame],
    heading: str,
) -> None:
    """Plot one model: at each end of its direction the images and the concepts.

    Parameters
    ----------
    pixels: for each side its images, uint8 [H, W, 3], the most extreme first
    concepts: for each side its concepts, columns name and average_precision
    heading: above both ends
    """
    figure.suptitle(heading, fontsize=8, fontweight="bold", x=0, ha="left")
    count = max(len(images) for images in pixels.values())
    axes = figure.subplots(len(SIDES), count + 1, width_ratios=[1] * count + [4.2])
    for line, (side, (_, title)) in zip(axes, SIDES.items(), strict=True):
        for ax in line:
            ax.axis("off")
        for ax, image in zip(line, pixels[side], strict=False):
            ax.imshow(image)
        line[0].set_title(title, fontsize=7, fontweight="normal", loc="left")
        line[-1].set_title("Average precision", fontsize=7, fontweight="normal", loc="left")
        text = "\n".join(
            f"{row.average_precision:.2f}  {display_name(str(row.name))}"
            for row in concepts[side].head(LISTED).itertuples(index=False)
        )
        line[-1].text(0, 0.5, text, va="center", fontsize=6.5, linespacing=1.15)


def figure_of(
    models: list[Model], top: pd.DataFrame, pixels: dict[tuple[str, str], list[np.ndarray]]
) -> Figure:
    """The figure: one model below another.

    Parameters
    ----------
    top: columns model, direction, sign, name, average_precision
    pixels: for each model and side its images
    """
    figure = new_figure(height=1.95 * max(len(models), 1))
    parts = figure.subfigures(max(len(models), 1), 1, squeeze=False).ravel()
    for part, model in zip(parts, models, strict=False):
        name = model["model"]
        own = top[top["model"] == name]
        lists = {side: own[own["sign"] == sign] for side, (sign, _) in SIDES.items()}
        built = ", ".join(filter(None, (model["backbone"], label_of(model))))
        heading = (
            f"{look_of(model).name}, {built}: direction {own['direction'].iloc[0]} by "
            "singular value"
        )
        plot(part, {side: pixels[name, side] for side in SIDES}, lists, heading)
    return figure


def main(
    store: str,
    concepts: str,
    images: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    store: image store of the data set of role concepts
    concepts, images: measures/concepts/top.csv and images.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv of the models to show
    dataset: id of the data set of role concepts
    """
    top = read_table(concepts, ("model", "direction", "sign", "name", "average_precision"))
    extremes = read_table(images, ("model", "side", "place", "image"))
    with opened(store, "ids", "pixels") as file:
        row_of = {name: row for row, name in enumerate(file["ids"].asstr()[:])}
        pixels = {
            (model["model"], side): _pixels(file, row_of, extremes, model["model"], side)
            for model in models
            for side in SIDES
        }
    named = ", ".join(f"`{model['model']}`" for model in models)
    text = texts.paragraph(
        "The most privileged direction.",
        "The direction of the head with the largest importance (equation 2) of each model: the "
        f"images of `{dataset}` with the highest and the lowest projections on it, the most "
        "extreme first, and the concepts with the highest average precision when images are "
        "ranked by the projection, or by its opposite.",
        sign_sentence(),
        texts.study_sentence(study),
        f"Models: {named or 'none'}. Not a figure of the paper.",
    )
    with style():
        save(figure_of(models, top, pixels), files, text, study["name"])


def _pixels(
    file: Any, row_of: dict[str, int], extremes: pd.DataFrame, model: str, side: str
) -> list[np.ndarray]:
    """The images at one end of a model's direction, the most extreme first."""
    own = extremes[(extremes["model"] == model) & (extremes["side"] == side)]
    return [file["pixels"][row_of[name]] for name in own.sort_values("place")["image"]]


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.store,
            snakemake.input.concepts,
            snakemake.input.images,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )
