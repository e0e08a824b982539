"""Which concepts zero-shot, finetuned and supervised models share, also over epochs (Section 5)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import read_average_precision
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

KINDS = ("zero_shot", "finetuned", "supervised")
# Parts of the finetuned models' concepts, by whether the zero-shot and the supervised model
# encode them too.
PARTS = {
    "finetuned_only": (False, False),
    "with_zero_shot": (True, False),
    "with_supervised": (False, True),
    "with_both": (True, True),
}


def regions(sets: dict[str, np.ndarray]) -> dict[str, int]:
    """Sizes of the seven parts of three sets, each given as bool [C].

    The name of a part lists the sets that its concepts are in, such as "in_zero_shot&supervised".
    """
    members = np.stack([sets[kind] for kind in KINDS])
    sizes = {}
    for pattern in range(1, 1 << len(KINDS)):
        inside = np.array([bool(pattern >> place & 1) for place in range(len(KINDS))])
        name = "&".join(kind for kind, within in zip(KINDS, inside, strict=True) if within)
        sizes[f"in_{name}"] = int((members == inside[:, None]).all(axis=0).sum())
    return sizes


def shares(
    finetuned: np.ndarray, zero_shot: np.ndarray, supervised: np.ndarray
) -> list[dict[str, Any]]:
    """Parts of the finetuned set: `concepts` of the `of` in it, and their share; sets are bool [C].

    A share is empty (NaN) where the finetuned model encodes nothing.
    """
    total = int(finetuned.sum())
    rows = []
    for part, (in_zero_shot, in_supervised) in PARTS.items():
        inside = finetuned & (zero_shot == in_zero_shot) & (supervised == in_supervised)
        share = inside.sum() / total if total else np.nan
        rows.append({"part": part, "concepts": int(inside.sum()), "of": total, "share": share})
    return rows


def read_epochs(path: Path | str, model: str, concepts: int) -> tuple[np.ndarray, np.ndarray]:
    """Epochs int64 [E] and average precision by the best direction, float32 [E, C], of a model.

    Raises
    ------
    InputError: the file is damaged, of another model or of another number of concepts.
    """
    with opened(path, "epoch", "best") as file:
        if file.attrs["model"] != model or file["best"].shape[2] != concepts:
            raise InputError(
                f"{path}: found model {file.attrs['model']!r} with {file['best'].shape[2]} "
                f"concepts, expected {model!r} with {concepts}; delete it and run again."
            )
        return file["epoch"][:], file["best"][:, 0]


def main(
    average_precision: Sequence[Path | str],
    epochs: Sequence[Path | str],
    venn: Path | str,
    course: Path | str,
    *,
    models: Sequence[str],
    triples: Sequence[Mapping[str, str]],
    followed: Sequence[str],
    threshold: float,
) -> None:
    """Compare the models of each triple.

    Parameters
    ----------
    average_precision: HDF5 of each model in `models`, in this order.
    epochs: HDF5 of the epochs of each model in `followed`, in this order.
    venn: CSV to write, a row a triple: backbone, pretraining, the three models and the sizes of
        the seven parts of their sets.
    course: CSV to write, a row for each followed triple, epoch and part of `PARTS`; epoch 0 is the
        zero-shot model, which finetuning starts from.
    models: model ids.
    triples: backbone, pretraining and the ids zero_shot, finetuned, supervised.
    followed: ids of the finetuned models whose epochs are kept, in some of the triples.
    threshold: average precision from which a concept counts as encoded.

    Raises
    ------
    InputError: a file is damaged or of another model.
    """
    encoded = {
        model: read_average_precision(path, model).best()[0] >= threshold
        for path, model in zip(average_precision, models, strict=True)
    }
    names = ["backbone", "pretraining", *KINDS]
    parts = list(regions({kind: np.zeros(0, dtype=bool) for kind in KINDS}))
    rows, steps = [], []
    courses = dict(zip(followed, epochs, strict=True))
    for triple in triples:
        sets = {kind: encoded[triple[kind]] for kind in KINDS}
        rows.append({name: triple[name] for name in names} | regions(sets))
        if (path := courses.get(triple["finetuned"])) is None:
            continue
        numbers, best = read_epochs(path, triple["finetuned"], len(sets["finetuned"]))
        states = [(0, sets["zero_shot"]), *zip(numbers, best >= threshold, strict=True)]
        for epoch, finetuned in states:
            for share in shares(finetuned, sets["zero_shot"], sets["supervised"]):
                steps.append({name: triple[name] for name in names} | {"epoch": epoch} | share)
    write_csv(Path(venn), pd.DataFrame(rows, columns=names + parts))
    columns = [*names, "epoch", "part", "concepts", "of", "share"]
    write_csv(Path(course), pd.DataFrame(steps, columns=columns))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.average_precision,
            snakemake.input.epochs,
            snakemake.output.venn,
            snakemake.output.course,
            **snakemake.params.settings,
        )
