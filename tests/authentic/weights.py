"""Checkpoints with random weights, in the very files that would have been downloaded.

Each function takes an architecture (open_clip's configuration) of any size and a seed, writes one
file, and gives back the model whose weights are in it, in evaluation mode and single precision.
"""

import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

from workflow_scripts.networks.torchvision_operators import ensure

ensure()

import open_clip  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from open_clip.model import convert_weights_to_lp  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402

from workflow_scripts.networks.architectures import build_clip, is_coca  # noqa: E402


def random_clip(architecture: dict[str, Any], seed: int = 0) -> nn.Module:
    """The CLIP or CoCa that open_clip builds of a configuration, with the names of its files.

    Batch norm has running statistics as after a training, and the logit scale is CLIP's ceiling.
    """
    torch.manual_seed(seed)
    if is_coca(architecture):
        model = build_clip(architecture, 100.0)
    else:
        model = open_clip.CLIP(**architecture, init_logit_scale=float(torch.tensor(100.0).log()))
    train_batch_norm(model)
    return model.eval()


def write_openai(path: Path, architecture: dict[str, Any], seed: int = 0) -> nn.Module:
    """OpenAI's TorchScript archive: half precision, and three counts beside the weights.

    The archive is made to be read for its weights; what was traced is the image tower alone.
    """
    model = random_clip(architecture, seed)
    # Rounded to half precision, as what is written.
    convert_weights_to_lp(model, torch.float16)
    model.float()
    size = architecture["vision_cfg"]["image_size"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive = torch.jit.trace(
            _OpenAI(model, size), torch.zeros(1, 3, size, size), check_trace=False
        )
        convert_weights_to_lp(model, torch.float16)  # it shares the archive's weights
        archive.save(path)
    return model.float()


class _OpenAI(nn.Module):
    """A CLIP with the names that its weights have in OpenAI's archives."""

    def __init__(self, clip: nn.Module, size: int) -> None:
        super().__init__()
        for name, module in clip.named_children():
            self.add_module(name, module)
        for name, parameter in clip.named_parameters(recurse=False):
            self.register_parameter(name, parameter)
        counts = {
            "input_resolution": size,
            "context_length": clip.context_length,
            "vocab_size": clip.vocab_size,
        }
        for name, count in counts.items():
            self.register_buffer(name, torch.tensor(count))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.visual(images)


def write_release(
    path: Path, architecture: dict[str, Any], seed: int = 0, optimiser: bool = False
) -> nn.Module:
    """A release of open_clip on GitHub: the training state, of a distributed training."""
    model = random_clip(architecture, seed)
    state = {
        "epoch": 32,
        "name": "random",
        "state_dict": OrderedDict((f"module.{key}", each) for key, each in _state(model).items()),
    }
    if optimiser:
        state["optimizer"] = torch.optim.AdamW(model.parameters()).state_dict()
    torch.save(state, path)
    return model


def write_bin(path: Path, architecture: dict[str, Any], seed: int = 0) -> nn.Module:
    """open_clip_pytorch_model.bin as on Hugging Face: a bare state dict."""
    model = random_clip(architecture, seed)
    torch.save(_state(model), path)
    return model


def write_safetensors(path: Path, architecture: dict[str, Any], seed: int = 0) -> nn.Module:
    """open_clip_model.safetensors as on Hugging Face."""
    model = random_clip(architecture, seed)
    save_file(_state(model), path, metadata={"format": "pt"})
    return model


def write_siglip(path: Path, architecture: dict[str, Any], seed: int = 0) -> nn.Module:
    """A SigLIP's open_clip_pytorch_model.bin: a tower of timm, a bias beside the logit scale."""
    torch.manual_seed(seed)
    parts = {key: architecture[key] for key in ("embed_dim", "vision_cfg", "text_cfg")}
    model = open_clip.CustomTextCLIP(**parts, init_logit_bias=-10.0).eval()
    torch.save(_state(model), path)
    return model


def write_torchvision(path: Path, name: str, seed: int = 0, classes: int = 1000) -> nn.Module:
    """A supervised ViT of torchvision, with the names of MLP layers from before version 0.14."""
    torch.manual_seed(seed)
    model = torchvision.models.get_model(name, weights=None, num_classes=classes).eval()
    nn.init.normal_(model.heads.head.weight, std=0.02)  # zero when new
    old = {".mlp.0.": ".mlp.linear_1.", ".mlp.3.": ".mlp.linear_2."}
    state = OrderedDict()
    for key, each in model.state_dict().items():
        for position, layer in old.items():
            key = key.replace(position, layer)
        state[key] = each
    torch.save(state, path)
    return model


def write_resnet(path: Path, name: str, seed: int = 0, classes: int = 1000) -> nn.Module:
    """A ResNet or ResNeXt under torchvision's names, as its own weights and those of WSL have them.

    They are older than batch norm's counts of steps.
    """
    model = random_resnet(name, seed, classes)
    state = {key: each for key, each in _state(model).items() if "num_batches" not in key}
    torch.save(OrderedDict(state), path)
    return model


def random_resnet(name: str, seed: int, classes: int) -> nn.Module:
    """A network of torchvision whose last layer is fc, with a head that tells images apart."""
    torch.manual_seed(seed)
    model = torchvision.models.get_model(name, weights=None, num_classes=classes).eval()
    train_batch_norm(model)
    nn.init.normal_(model.fc.weight, std=0.1)
    nn.init.normal_(model.fc.bias)
    return model


def write_dino(path: Path, head: Path, name: str, seed: int = 0, classes: int = 1000) -> nn.Module:
    """DINO's two files: a ResNet without its last layer, and the training state of its linear head.

    Returns what DINO's code evaluates: the linear classifier, of the network's output.
    """
    encoder = random_resnet(name, seed, classes)
    linear, encoder.fc = encoder.fc, nn.Identity()
    torch.save(_state(encoder), path)
    optimiser = torch.optim.SGD(linear.parameters(), 0.01, momentum=0.9)
    linear(torch.ones(1, linear.in_features)).sum().backward()
    optimiser.step()  # fills the momenta
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 100)
    state = {
        "epoch": 100,
        "state_dict": {f"module.linear.{key}": each for key, each in _state(linear).items()},
        "optimizer": optimiser.state_dict(),
        "scheduler": scheduler.state_dict(),
        "best_acc": 75.278,
    }
    torch.save(state, head)
    return nn.Sequential(encoder, nn.Flatten(), linear).eval()


def random_classifier(
    architecture: dict[str, Any], normalised: bool, seed: int = 0, classes: int = 1000
) -> nn.Module:
    """A finetuned CLIP as the code of model soups has it: `model`, and `classification_head`.

    The text transformer is gone, the rest of the text side is not.
    """
    return _Finetuned(
        random_clip(architecture, seed), architecture["embed_dim"], classes, normalised
    )


class _Finetuned(nn.Module):
    def __init__(self, clip: nn.Module, width: int, classes: int, normalised: bool) -> None:
        super().__init__()
        self.model = clip
        self.classification_head = nn.Linear(width, classes)
        nn.init.normal_(self.classification_head.bias)
        self.normalised = normalised
        del clip.transformer

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.model.encode_image(images)
        if self.normalised:
            features = features / features.norm(dim=-1, keepdim=True)
        return self.classification_head(features)


def write_soup(
    path: Path, architecture: dict[str, Any], seed: int = 0, classes: int = 1000
) -> nn.Module:
    """A file of model soups: the bare state dict of the wrapper round OpenAI's CLIP."""
    model = random_classifier(architecture, True, seed, classes).eval()
    torch.save(_state(model), path)
    return model


def write_wise_ft(
    path: Path, architecture: dict[str, Any], seed: int = 0, classes: int = 1000
) -> nn.Module:
    """The state dict of Wise-FT's classifier, whose CLIP lies one level deeper."""
    model = random_classifier(architecture, True, seed, classes).eval()
    prefixes = {"model.": "image_encoder.model."}
    torch.save({_renamed(key, prefixes): each for key, each in _state(model).items()}, path)
    return model


def write_finetuned(
    path: Path,
    architecture: dict[str, Any],
    seed: int = 0,
    classes: int = 1000,
    *,
    tower: str = "visual.",
    head: str = "head.",
    normalised: bool = False,
) -> nn.Module:
    """An image tower with open_clip's names and a linear head, in safetensors."""
    model = random_classifier(architecture, normalised, seed, classes).eval()
    prefixes = {"model.visual.": tower, "classification_head.": head}
    state = {
        _renamed(key, prefixes): each
        for key, each in _state(model).items()
        if key.startswith(tuple(prefixes))
    }
    save_file(state, path)
    return model


def _renamed(key: str, prefixes: dict[str, str]) -> str:
    for old, new in prefixes.items():
        if key.startswith(old):
            return new + key.removeprefix(old)
    return key


def write_timm(path: Path, name: str, seed: int = 0, classes: int = 1000) -> nn.Module:
    """model.safetensors as timm's repositories on Hugging Face have it."""
    import timm

    torch.manual_seed(seed)
    model = timm.create_model(name, pretrained=False, num_classes=classes)
    train_batch_norm(model)
    if classes:
        nn.init.normal_(model.get_classifier().weight, std=0.1)  # some begin at zero
        nn.init.normal_(model.get_classifier().bias)
    save_file(_state(model), path, metadata={"format": "pt"})
    return model.eval()


def _state(model: nn.Module) -> OrderedDict[str, torch.Tensor]:
    return OrderedDict((key, each.contiguous()) for key, each in model.state_dict().items())


def train_batch_norm(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)  # open_clip begins residual branches at zero
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked += 1000
