"""Rows of sources.tsv for weights that are asked for by a tag, a repository or a name."""

import re
from typing import Any

from workflow_scripts.own.found import HUB_WEIGHTS
from workflow_scripts.own.preprocessing import Preprocessing

HUB = "https://huggingface.co"
_TERMS = "as its publisher states"


def of_tag(
    name: str, answer: dict[str, Any], config: dict[str, Any], images: Preprocessing
) -> dict[str, Any]:
    """That of a tag of open_clip: its repository of the Hub if it has one, else its address."""
    if hub := answer["hub"]:
        owner, repository, file = (hub.split("/") + [""])[:3]
        return _hub_row(name, f"{owner}/{repository}", [file] if file else HUB_WEIGHTS) | _of_clip(
            config, images
        )
    return of_address(name, answer["url"], "open_clip") | _of_clip(config, images)


def of_hub(
    name: str, repository: str, config: dict[str, Any], images: Preprocessing
) -> dict[str, Any]:
    """That of a repository of the Hub in the format of open_clip."""
    return _hub_row(name, repository, HUB_WEIGHTS) | _of_clip(config, images)


def of_address(name: str, url: str, by: str) -> dict[str, Any]:
    """That of an address; libraries put the first digits of the SHA-256 into the file's name."""
    digits = re.search(r"-([0-9a-f]{8,64})\.\w+$", url)
    file = url.rpartition("/")[2]
    stated = {"digest": digits[1], "digest_origin": f"{by}, in the file's name"} if digits else {}
    # A name of its own where many repositories have files called alike.
    file = file if digits else f"{name}_{file}"
    return _row(name, file, [url]) | stated


def _hub_row(name: str, repository: str, files: Any) -> dict[str, Any]:
    urls = [f"{HUB}/{repository}/resolve/main/{file}" for file in files]
    # Whatever its name, a file is read by its content.
    return _row(name, f"{repository.replace('/', '_')}.{files[0].rpartition('.')[2]}", urls)


def _row(name: str, file: str, urls: list[str]) -> dict[str, Any]:
    return {"source": name, "file": file, "urls": " ".join(urls), "terms": _TERMS}


def _of_clip(config: dict[str, Any], images: Preprocessing) -> dict[str, str]:
    activation = "quickgelu" if config.get("quick_gelu") else "gelu"
    return {"activation": activation, "normalisation": images.normalisation_name}
