"""Image encoder of a network that others trained, of which no head is read.

Of a CLIP it is the image tower, whatever its text tower is; of a classifier of torchvision or timm
what comes before the last layer.
"""

from pathlib import Path
from typing import Any

from workflow_scripts.files.bundles import new_card, write_encoder
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.published_classifiers import load_tower


def main(
    weights: Path | str,
    folder: Path | str,
    *,
    model: str,
    architecture: dict[str, Any],
    preprocessing: dict[str, Any],
    origin: dict[str, Any],
) -> None:
    """Write the bundle of downloaded weights, or of a user's own, without a head.

    Parameters
    ----------
    weights: see `checkpoints.read_checkpoint`.
    folder: of the bundle.
    model: id of the model.
    architecture: see `networks.architectures`.
    preprocessing: view, mean and std.
    origin: for the card, to which the file's name and SHA-256 are added.

    Raises
    ------
    InputError: the file cannot be read or does not fit the architecture.
    """
    path = Path(weights)
    states, sha256 = read_checkpoint(path)
    encoder = load_tower(architecture, states, path)
    settings = {
        "model": model,
        "architecture": architecture,
        "preprocessing": preprocessing,
        "origin": {**origin, "file": path.name, "sha256": sha256},
    }
    write_encoder(folder, new_card(settings), encoder.state_dict(), normalise=False)


def _first(own: Any) -> Any:
    """The encoder's file where there is a list, of a bundle's."""
    return own[0] if own and not isinstance(own, str) else own


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            _first(snakemake.input.get("own")) or represented(snakemake.input.downloaded),
            Path(snakemake.output.card).parent,
            **snakemake.params.settings,
        )
