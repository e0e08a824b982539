"""The files in architectures/: what each network is built as, as the rest of the code reads it."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workflow_scripts.study.mistakes import mistake, quoted
from workflow_scripts.study.schemas import document_mistakes

_KINDS = ("vision_cfg", "torchvision", "timm")
# Tokens of CLIP's own tokenizer, which is the only one that prompts are read with
CLIP_VOCABULARY = 49408


def read_architecture(path: Path) -> Any:
    """The content of an architecture's file; of the Hub's open_clip_config.json its `model_cfg`.

    Raises
    ------
    OSError, ValueError: the file cannot be read, or is no JSON.
    """
    try:
        content = json.loads(path.read_bytes())
    except RecursionError as error:
        raise ValueError("brackets within brackets, too many to be read") from error
    return content.get("model_cfg", content) if isinstance(content, dict) else content


def architecture_mistakes(name: str, config: Any) -> list[str]:
    """A line for each mistake in an architecture of this name."""
    place = f"architectures/{name}.json"
    if isinstance(config, dict) and any(kind in config for kind in _KINDS):
        return document_mistakes("architecture", config, place)
    expected = (
        "open_clip's embed_dim, vision_cfg and text_cfg (as in open_clip's model_configs or the "
        "Hub's open_clip_config.json), or a key torchvision or timm"
    )
    return [mistake(place, quoted(config), expected)]


def text_fault(config: dict[str, Any]) -> tuple[str, str] | None:
    """What of an open_clip architecture no prompts are read with, found and expected; or None."""
    if config.get("miniature", {}).get("bag_of_words"):
        return None
    text = config.get("text_cfg")
    if text is None:
        return "no text_cfg", "a text tower, since the model's head is made of prompts"
    if other := text.get("hf_tokenizer_name") or text.get("hf_model_name"):
        return f"the tokenizer of {other}", "CLIP's own; models with another one are not supported"
    if (size := text.get("vocab_size", CLIP_VOCABULARY)) < CLIP_VOCABULARY:
        return f"a vocab_size of {size}", f"{CLIP_VOCABULARY}, that of CLIP's own tokenizer"
    if others := sorted({*(text.get("tokenizer_kwargs") or {})} - {"clean"}):
        return f"tokenizer_kwargs {', '.join(others)}", "those of CLIP's own tokenizer (clean)"
    return None


def of_open_clip(name: str) -> Path | None:
    """The file of this name that open_clip brings along, which is not imported."""
    spec = find_spec("open_clip")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / "model_configs" / f"{name}.json"
        if path.is_file():
            return path
    return None
