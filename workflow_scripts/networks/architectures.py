"""Image encoders and CLIPs from open_clip configurations.

A configuration is open_clip's own JSON (`embed_dim`, `vision_cfg`, `text_cfg`). The
miniature's add a section `miniature` with the few changes that 32-pixel images call for:

- `last_stride_1`: the modified ResNet's last stage keeps its resolution, so that attention
  pooling has a map of 2 x 2 to pool and not a single pixel (see `AttentionPool`);
- `average_pool`: the modified ResNet ends, like most convolutional networks, in the average of its
  last rectifier's map, whose channels h are (`embed_dim` is their number);
- `convolutional_stem`: the ViT's patch embedding is a stack of stride-2 convolutions
  (a plain one needs several times as many steps to learn from so few images);
- `bag_of_words`: the text tower averages token embeddings and applies a residual MLP.

A configuration with a `multimodal_cfg` is a CoCa (Appendix D), whose text decoder writes captions.
One with a key `torchvision` names a supervised network of torchvision, one with a key `timm` any
classifier of timm (see `timm_networks`); both have an image encoder only.
"""

from typing import TYPE_CHECKING, Any, TypeAlias, Union

import torch
from torch import nn

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.timm_networks import build_timm
from workflow_scripts.networks.torchvision_operators import ensure

if TYPE_CHECKING:
    import open_clip

Clip: TypeAlias = Union["open_clip.CustomTextCLIP", "open_clip.CoCa"]

# The smallest towers that open_clip builds, in place of those that are not wanted
_TEXT = {"layers": 1, "width": 8, "heads": 1, "vocab_size": 8, "context_length": 8}
_VISION = {"image_size": 8, "patch_size": 8, "layers": 1, "width": 64, "head_width": 64}

# What open_clip, timm and torch raise over settings that do not fit one another
_NOT_BUILT = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
              ValueError)  # fmt: skip


class BagOfWords(nn.Module):
    """Text tower: mean of the token embeddings, a residual MLP and a projection.

    Takes token ids [B, L] (0 is padding) and gives features [B, output_dim], with `output_tokens`
    also the token embeddings [B, L, width], which a CoCa's decoder reads.
    """

    def __init__(
        self,
        vocab_size: int,
        width: int,
        output_dim: int,
        context_length: int,
        output_tokens: bool = False,
    ) -> None:
        super().__init__()
        self.vocab_size, self.context_length = vocab_size, context_length
        self.output_tokens = output_tokens
        self.token_embedding = nn.Embedding(vocab_size, width, padding_idx=0)
        # open_clip's 0.02 learns several times slower in runs of a few hundred steps.
        nn.init.normal_(self.token_embedding.weight, std=0.3)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.norm = nn.LayerNorm(width)
        self.projection = nn.Linear(width, output_dim, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """Encode texts."""
        present = (tokens != 0).unsqueeze(-1)
        embedded = self.token_embedding(tokens)
        mean = (embedded * present).sum(1) / present.sum(1).clamp(min=1)
        features = self.projection(self.norm(mean + self.mlp(mean)))
        return (features, embedded) if self.output_tokens else features


class AttentionPool(nn.Module):
    """open_clip's `AttentionPool2d`, which asks at all places of the map, asked at the mean alone.

    Only that answer is used. Takes feature maps [B, width, H, W] and gives h [B, output_dim].
    """

    def __init__(self, side: int, width: int, heads: int, output_dim: int) -> None:
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(side**2 + 1, width) / width**0.5)
        self.k_proj, self.q_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.c_proj = nn.Linear(width, output_dim)
        self.heads = heads

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Pool feature maps."""
        places = maps.flatten(2).mT
        places = torch.cat([places.mean(dim=1, keepdim=True), places], dim=1)
        places = places + self.positional_embedding
        query, key, value = (
            each.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for each in (self.q_proj(places[:, :1]), self.k_proj(places), self.v_proj(places))
        )
        attended = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.c_proj(attended.flatten(1))


def convolutional_stem(widths: list[int]) -> nn.Sequential:
    """Stride-2 convolutions with batch norm from 3 channels to the last of `widths`."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip([3, *widths[:-1]], widths, strict=True):
        layers += [
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.GELU(),
        ]
    return nn.Sequential(*layers)


def build_clip(
    config: dict[str, Any],
    logit_scale: float,
    vocab_size: int | None = None,
    logit_bias: float | None = None,
) -> Clip:
    """A CLIP (`open_clip.CustomTextCLIP`) or CoCa (`open_clip.CoCa`) with random weights.

    Parameters
    ----------
    config: see the module.
    logit_scale: initial 1/temperature.
    vocab_size: replaces the configuration's.
    logit_bias: initial bias of the logits of a sigmoid loss; None for a model without.

    Raises
    ------
    InputError: open_clip cannot build it.
    """
    try:
        return _built(config, logit_scale, vocab_size, logit_bias)
    except _NOT_BUILT as error:
        raise InputError(
            f"architecture: found one that open_clip cannot build ({type(error).__name__}: "
            f"{str(error).strip()[:200]}), expected widths, layers and heads that fit one another; "
            "correct its file in architectures/"
        ) from error


def _built(
    config: dict[str, Any], logit_scale: float, vocab_size: int | None, logit_bias: float | None
) -> Clip:
    vocabulary = {} if vocab_size is None else {"vocab_size": vocab_size}
    text = config["text_cfg"] | vocabulary
    changes = config.get("miniature", {})
    vision = config["vision_cfg"]
    if "timm_model_name" in vision:
        vision = vision | {"timm_model_pretrained": False}  # which would download others
    parts = {"embed_dim": config["embed_dim"], "vision_cfg": vision, "text_cfg": text}
    if is_coca(config):
        parts["multimodal_cfg"] = config["multimodal_cfg"] | vocabulary
    new = (
        open_clip_parts.module("coca_model", config).CoCa
        if is_coca(config)
        else open_clip_parts.module("model", config).CustomTextCLIP
    )
    model = new(
        **parts,
        quick_gelu=config.get("quick_gelu", False),
        init_logit_scale=float(torch.tensor(logit_scale).log()),
        init_logit_bias=logit_bias,
    )
    if is_coca(config):
        # open_clip leaves this matrix as it finds it in memory (mlfoundations/open_clip issue 554).
        projection = model.text_decoder.text_projection
        nn.init.normal_(projection, std=projection.shape[0] ** -0.5)
    if changes.get("last_stride_1"):
        _keep_last_resolution(model.visual, config)
    if changes.get("average_pool"):
        model.visual.attnpool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if "convolutional_stem" in changes:
        model.visual.conv1 = convolutional_stem(changes["convolutional_stem"])
    if reads_words(config):
        model.text = BagOfWords(
            text["vocab_size"],
            text["width"],
            config["embed_dim"],
            text["context_length"],
            text.get("output_tokens", False),
        )
    return model


def is_coca(config: dict[str, Any]) -> bool:
    """Whether a configuration is that of a CoCa."""
    return "multimodal_cfg" in config


def reads_words(config: dict[str, Any]) -> bool:
    """Whether the text tower of a configuration is a bag of words, and not a transformer."""
    return config.get("miniature", {}).get("bag_of_words", False)


def is_torchvision(config: dict[str, Any]) -> bool:
    """Whether a configuration is that of a supervised network of torchvision."""
    return "torchvision" in config


def is_supervised(config: dict[str, Any]) -> bool:
    """Whether a configuration is that of a network with a head of its own, and not of a CLIP."""
    return is_torchvision(config) or "timm" in config


def build_classifier(config: dict[str, Any], classes: int = 1000) -> tuple[nn.Module, str]:
    """A classifier of torchvision or timm with random weights, and the name of its head in it.

    Raises
    ------
    InputError: there is no such network, or it does not end in one linear layer.
    """
    if not is_torchvision(config):
        return build_timm(config["timm"], classes)
    ensure()
    from torchvision.models import get_model

    name, place = config["torchvision"], f"architecture with torchvision '{config['torchvision']}'"
    try:
        network = get_model(name, weights=None, num_classes=classes)
    except ValueError as error:
        raise InputError(f"{place}: found {error}, expected a classifier of torchvision") from error
    layers = [(key, each) for key, each in network.named_modules() if isinstance(each, nn.Linear)]
    head, layer = layers[-1] if layers else ("", None)
    if layer is None or (layer.in_features, layer.out_features) != (config["embed_dim"], classes):
        found = f"a last linear layer of {layer.in_features} inputs" if layer else "no linear layer"
        raise InputError(
            f"{place}: found {found}, expected a classifier whose head reads the "
            f"{config['embed_dim']} components of embed_dim; correct embed_dim or choose another"
        )
    return network, head


def build_encoder(config: dict[str, Any]) -> nn.Module:
    """The image encoder f_v alone, with random weights: images [B, 3, H, W] -> h [B, d_H].

    That of a CoCa gives its contrastive representation, without the tokens that its decoder reads;
    that of torchvision or timm gives what the head reads.
    """
    if is_supervised(config):
        network, head = build_classifier(config)
        network.set_submodule(head, nn.Identity())
        return network
    clip = {key: value for key, value in config.items() if key != "multimodal_cfg"}
    clip |= {"text_cfg": _TEXT, "vision_cfg": config["vision_cfg"] | {"output_tokens": False}}
    return build_clip(clip, logit_scale=1.0).visual


def build_text_side(config: dict[str, Any], vocab_size: int) -> Clip:
    """What `encode_text` of a CLIP or CoCa needs, with random weights: text tower and logit scale.

    It is open_clip's model without image tower and decoder; its weights are `text_weights`.
    """
    small = config | {"vision_cfg": _VISION, "miniature": {"bag_of_words": reads_words(config)}}
    if is_coca(config):
        small["multimodal_cfg"] = _TEXT
    clip = build_clip(small, logit_scale=1.0, vocab_size=vocab_size)
    for unwanted in ("visual", "text_decoder"):
        if hasattr(clip, unwanted):
            setattr(clip, unwanted, nn.Identity())
    return clip


def text_weights(clip: Clip) -> dict[str, torch.Tensor]:
    """The weights of a CLIP or CoCa that `build_text_side` takes."""
    state = clip.state_dict()
    return {key: state[key] for key in state if key == "logit_scale" or key.startswith("text.")}


def _keep_last_resolution(resnet: Any, config: dict[str, Any]) -> None:
    """Undo the stride of the last stage and size the attention pooling for twice the map."""
    block = resnet.layer4[0]
    block.avgpool = nn.Identity()
    block.downsample[0] = nn.Identity()
    pool = resnet.attnpool
    resnet.attnpool = AttentionPool(
        config["vision_cfg"]["image_size"] // 16,
        pool.c_proj.in_features,
        pool.num_heads,
        config["embed_dim"],
    )
    resnet.init_parameters()
