"""What libraries and files say of models: answers as JSON, in a process of its own.

    python -m workflow_scripts.own.describe < requests.json

Nothing else of this room imports torch, which the parsing of the workflow must not wait for;
`look_up` runs it, and remembers the answers.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import build_classifier
from workflow_scripts.networks.checkpoints import read_states
from workflow_scripts.networks.published_classifiers import LOWEST
from workflow_scripts.networks.state_dicts import StateDicts
from workflow_scripts.networks.timm_networks import described, timm_address
from workflow_scripts.networks.torchvision_operators import ensure

_HEAD = re.compile(r"(?:^|\.)(?:classification_head|head)\.weight$")
_TEXT = re.compile(r"(?:^|\.)(?:text_projection$|token_embedding\.|text\.)")


def of_open_clip(name: str | None, tag: str | None, path: str | None) -> dict[str, Any]:
    """What open_clip's table says of an architecture and a tag, and what lies in a file.

    Keys `tags` of the architecture; `preprocessing`, of the tag or that on which all tags agree, or
    None; of a tag `quick_gelu`, `hub` and `url`; of a file `layout` and `classes`.

    Raises
    ------
    InputError: the table lacks the tag, or the file cannot be read.
    """
    table = open_clip_parts.module("pretrained")._PRETRAINED.get(name, {})
    answer: dict[str, Any] = {"tags": [*table], "preprocessing": None}
    rows = [_preprocessing(row) for row in table.values()]
    if tag is not None:
        row = table.get(tag.lower().replace("-", "_"))
        if row is None:
            known = f"one of {', '.join(table)}" if table else "an architecture that has tags"
            raise InputError(f"tag '{name}:{tag}': open_clip has no such tag, expected {known}")
        answer |= {"hub": row["hf_hub"], "url": row["url"]}
        answer |= {"quick_gelu": bool(row.get("quick_gelu")), "preprocessing": _preprocessing(row)}
    elif rows and all(row == rows[0] for row in rows):
        answer["preprocessing"] = rows[0]
    return answer | (_layout(read_states(path)) if path else {})


def _preprocessing(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("mean", "std", "interpolation", "resize_mode")}
    return json.loads(json.dumps(kept))


def _layout(states: StateDicts) -> dict[str, Any]:
    """Whether a file has a CLIP with both towers, a tower with a head, or a tower alone."""
    names = {name: each for state in states.values() for name, each in state.items()}
    heads = [each for name, each in names.items() if _HEAD.search(name) and each.ndim == 2]
    # What is left of a text tower in a finetuned model has no embeddings of tokens to read with.
    if any(_TEXT.search(name) for name in names) and not heads:
        return {"layout": "clip"}
    return {"layout": "classifier", "classes": len(heads[0])} if heads else {"layout": "tower"}


def of_library(name: str, path: str | None) -> dict[str, Any]:
    """What timm or torchvision says of a classifier, and what lies in a file.

    Keys `architecture`, `preprocessing` (size, resize, interpolation, mean, std), `family`,
    `classes` (of the file's head, else of the published one; None without one) and, without a file,
    `url`.

    Raises
    ------
    InputError: neither library or both have a network of this name; it has no linear head or no
        published weights; the file cannot be read.
    """
    library, _, name = name.rpartition("/")
    answer = _torchvision(name, path) if _library(library, name) == "torchvision" else _timm(name)
    architecture = answer["architecture"]
    network, head = build_classifier(architecture)
    size = answer["preprocessing"]["size"]
    width = network.get_submodule(head).in_features
    network.set_submodule(head, torch.nn.Identity())
    with torch.inference_mode():
        images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
        lowest = network.eval()(images).min()
    # Whether h is the average of a rectifier's output shows whatever the weights are.
    answer["family"] = "rectified" if lowest >= LOWEST else "supervised"
    if path:
        tensors = {key: each for state in read_states(path).values() for key, each in state.items()}
        named = [each for key, each in tensors.items() if f".{key}".endswith(f".{head}.weight")]
        # Under other names (weights_in_order) it is the last matrix.
        matrices = [each for each in tensors.values() if each.ndim == 2 and each.shape[1] == width]
        heads = named or ([] if _named_alike(network, tensors) else matrices[-1:])
        answer["classes"] = len(heads[0]) if heads else None
    elif not answer["url"]:
        raise InputError(f"'{name}': no published weights; give a file and ARCHITECTURE={name}")
    return answer


def _named_alike(network: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> bool:
    """Whether tensors have the names of a network's weights, behind whatever prefix."""
    own = [name for name, _ in network.named_parameters()]
    return all(any(f".{key}".endswith(f".{name}") for key in tensors) for name in own)


def _library(library: str, name: str) -> str:
    """The library that is meant by a name, with or without its prefix."""
    ensure()
    import timm
    from torchvision.models import list_models

    known = {"timm": timm.is_model(name), "torchvision": name in list_models()}
    found = [each for each in known if known[each] and library in ("", each)]
    # A tag is timm's.
    if len(found) == 2:
        raise InputError(
            f"'{name}': both timm and torchvision have it, with other preprocessing; write "
            f"timm/{name} or torchvision/{name}"
        )
    if not found:
        close = timm.list_models(f"{name.split('.')[0][:8]}*")[:5]
        near = f", such as {', '.join(close)}" if close else ""
        raise InputError(
            f"'{name}': found neither a file nor a model, expected a file, a tag of open_clip "
            f"(ViT-B-32:openai), hf-hub:owner/name, or a name of timm or torchvision{near}"
        )
    return found[0]


def _timm(name: str) -> dict[str, Any]:
    own = described(name)
    url, classes = timm_address(name)
    return {
        "architecture": own,
        "preprocessing": own["preprocessing"],
        "url": url,
        "classes": classes,
    }


def _torchvision(name: str, path: str | None) -> dict[str, Any]:
    from torchvision.models import get_model, get_model_weights

    known = [*get_model_weights(name)]
    named = [each for each in known if path and each.url.endswith(f"/{Path(path).name}")]
    # ASSUME: weights that torchvision does not name were trained for the images of its default.
    weights = (named or [get_model_weights(name).DEFAULT])[0]
    crop = weights.transforms()
    layers = [each for each in get_model(name).modules() if isinstance(each, torch.nn.Linear)]
    width = layers[-1].in_features if layers else 0
    return {
        "architecture": {"torchvision": name, "embed_dim": width},
        "preprocessing": {
            "size": crop.crop_size[0],
            "resize": crop.resize_size[0],
            "interpolation": crop.interpolation.value,
            "mean": list(crop.mean),
            "std": list(crop.std),
        },
        "url": weights.url,
        "classes": len(weights.meta["categories"]),
    }


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request, or its `error`."""
    try:
        kind = request.pop("kind")
        return of_open_clip(**request) if kind == "open_clip" else of_library(**request)
    except InputError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
