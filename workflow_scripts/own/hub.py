"""Small files of the Hugging Face Hub that are needed before anything is planned."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.own.sources import HUB
from workflow_scripts.transfer.sources import Source


def fetch_from_hub(config: Mapping[str, Any], repository: str, name: str) -> Path:
    """A file of a repository in the folder of downloads, brought there unless it is there already.

    Parameters
    ----------
    config: content of config.yaml: `downloads`, `mirror` and `offline`.
    repository: owner/name.
    name: of the file.

    Raises
    ------
    InputError: it is not there and cannot be fetched, or must not be.
    """
    file = f"{repository.replace('/', '_')}.{name}"
    path = Path(config["downloads"]).expanduser() / file
    url = f"{HUB}/{repository}/resolve/main/{name}"
    if path.is_file():
        return path
    if config["offline"]:
        raise InputError(
            f"{path}: found nothing there, and downloading is forbidden (offline), expected {name} "
            f"of hf-hub:{repository}; put {url} there"
        )
    from workflow_scripts.transfer.fetch import fetch  # imports what only downloads need

    source = Source(file=file, urls=(url,), size=None, published=None, obtain=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    fetch(source, path.parent, config["mirror"])
    return path
