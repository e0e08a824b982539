"""What the measures read of a model's bundle, and which of several models a file belongs to."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.head import Head


class ModelFiles(NamedTuple):
    """A model, and the files of its bundle that tell its logits from its activations."""

    model: str  # its id
    head: Path | str  # head.safetensors
    card: Path | str  # card.json

    def load_head(self) -> Head:
        """Read the head; see `files.heads.load_head`."""
        return load_head(self.head, self.card)


def by_model(paths: Iterable[Path | str], models: Sequence[str]) -> dict[str, list[Path]]:
    """Group files by the model that their folder or, if it does not, their name states.

    Parameters
    ----------
    paths: such as `activations/MODEL/imagenet.h5` and `accuracy/MODEL.csv`, in any order.
    models: ids of the models.

    Returns
    -------
    Each model, in the order of `models`, to its files, in the order of `paths`.

    Raises
    ------
    InputError: a file is of none of the models, or a model has no file.
    """
    grouped: dict[str, list[Path]] = {model: [] for model in models}
    for path in map(Path, paths):
        model = path.parent.name if path.parent.name in grouped else path.stem
        if model not in grouped:
            raise InputError(
                f"{path}: found a file of none of the models {', '.join(models)}, expected one "
                "whose folder or name is a model's id; check the input of the rule."
            )
        grouped[model].append(path)
    lacking = [model for model, files in grouped.items() if not files]
    if lacking:
        raise InputError(
            f"model {lacking[0]!r}: found none of its files among those of "
            f"{', '.join(models)}, expected at least one; check the input of the rule."
        )
    return grouped
