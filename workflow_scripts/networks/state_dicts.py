"""State dicts: which of those in a file is a network's, what of it is no weight, and loading it.

A training writes a network's weights below a prefix, and often twice: as they are, and averaged
over its last steps. So the names that a network expects are looked for below every prefix of every
state dict; what lies elsewhere is passed over.
"""

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from workflow_scripts.job.errors import InputError

Weights: TypeAlias = Mapping[str, torch.Tensor]
StateDicts: TypeAlias = Mapping[str, Weights]  # by the key in the file

MEND = "choose another source"
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
# What draws weights, as a tensor's method or as a function of `torch.nn.init`
_DRAWING = {"normal_", "uniform_", "kaiming_uniform_"}
_AVERAGED = re.compile(r"(?:^|[._])(?:ema|swa|averaged?|shadow)(?:[._]|$)")
# What files hold beside weights: counts of OpenAI's archives and of averaging, a mask that follows
# from the architecture, and the bias of a sigmoid loss, which is the same for all classes
_EXTRAS = re.compile(
    r"(?:^|\.)(?:input_resolution|context_length|vocab_size|n_averaged|num_updates|decay"
    r"|attn_mask|logit_bias)$"
)
log = logging.getLogger(__name__)


class Undrawn(TorchFunctionMode):
    """A context in which new networks have zeros for random weights.

    For networks whose weights are read thereafter: `load_weights` takes nothing less than all of
    them, and drawing them first takes longer than reading a file.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(function, "__name__", "") in _DRAWING:
            tensor = args[0] if args else kwargs["tensor"]
            # Not of others, which an initialisation may draw until they are as it wants them.
            if isinstance(tensor, nn.Parameter):
                tensor.detach().zero_()
                return tensor
        return function(*args, **kwargs)


@dataclass(frozen=True, eq=False)
class Located:
    """Where in a file the weights of a network lie.

    Attributes
    ----------
    key: of the state dict in the file, "" if the file is one
    prefix: of the network's names in the state dict, "" or one that ends with a dot
    state: the whole state dict, but for other places in it that fit
    source: names the file
    """

    key: str
    prefix: str
    state: Weights
    source: Path | str

    @property
    def below(self) -> dict[str, torch.Tensor]:
        """The weights below the prefix, without it."""
        return {
            name.removeprefix(self.prefix): value
            for name, value in self.state.items()
            if name.startswith(self.prefix)
        }

    @property
    def place(self) -> str:
        """Key and prefix in words; "" where the file is the network's own state dict."""
        parts = {"key": self.key, "prefix": self.prefix}
        return ", ".join(f"{word} {name}" for word, name in parts.items() if name)

    def __str__(self) -> str:
        return f"{self.source}: {self.place}" if self.place else str(self.source)


def locate(states: StateDicts, expected: Weights, source: Path | str) -> Located:
    """The place in a file where the names of a network are, as many of them as there are.

    Parameters
    ----------
    states: state dicts by their key in the file.
    expected: the network's own state dict, or the part of it that is to be found.
    source: names the file in messages.

    Raises
    ------
    InputError: several places fit alike, and it is not one of them that is averaged.
    """
    scores = [
        (score, Located(key, prefix, state, source))
        for key, state in states.items()
        for prefix, score in _scores(state, expected).items()
    ]
    if not scores:
        return Located("", "", next(iter(states.values())), source)
    best = max(score for score, _ in scores)
    found = [each for score, each in scores if score == best]
    # ASSUME: averaged weights where both are there, which are what codes that average evaluate.
    averaged = [each for each in found if _AVERAGED.search(f"{each.key}.{each.prefix}")]
    chosen = (averaged or found)[0]
    if len(averaged) != 1 and any(_differ(chosen, each, expected) for each in found[1:]):
        raise InputError(
            f"{source}: found several networks that fit, at {_listed(found)}, expected one; save "
            "the state_dict of the one that is meant alone"
        )
    others = [each for score, each in scores if 2 * score > best and each is not chosen]
    if others:
        log.warning(
            "took the weights at %s, and not those at %s", _listed([chosen]), _listed(others)
        )
    elif chosen.place:
        log.info("took the weights at %s", chosen.place)
    inner = tuple(
        each.prefix
        for each in others
        if each.key == chosen.key and len(each.prefix) > len(chosen.prefix)
    )
    own = {name: each for name, each in chosen.state.items() if not name.startswith(inner)}
    return replace(chosen, state=own)


def _scores(state: Weights, expected: Weights) -> Counter[str]:
    """How well the names below each prefix fit: a point for a name, another one for its shape."""
    scores: Counter[str] = Counter()
    for name, tensor in state.items():
        for start in (0, *(dot.end() for dot in re.finditer(r"\.", name))):
            if (own := expected.get(name[start:])) is not None:
                scores[name[:start]] += 1 + (own.shape == tensor.shape)
    return scores


def _differ(first: Located, second: Located, expected: Weights) -> bool:
    one, two = first.below, second.below
    both = [name for name in expected if name in one and name in two]
    return any(
        not (_is_plain(one[name]) and _is_plain(two[name]) and torch.equal(one[name], two[name]))
        for name in both
    )


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds floats as networks here have them."""
    return tensor.dtype in _FLOATS and tensor.layout == torch.strided and not tensor.is_meta


def _listed(found: list[Located]) -> str:
    return ", ".join(each.place or "the top" for each in found)


def load_published(
    network: nn.Module, weights: Weights, source: Located | Path | str, mend: str = MEND
) -> None:
    """Load weights that others published, without what is beside them.

    Parameters
    ----------
    network: takes the weights.
    weights: below the network's prefix, and without it.
    source: names the place in the file in messages.
    mend: says there what may be done.

    Raises
    ------
    InputError: the weights do not fit, or are no finite floats.
    """
    expected = network.state_dict()
    # Batch norm's counts of steps, which nothing uses and older files lack
    counts = {name: each for name, each in expected.items() if name.endswith("num_batches_tracked")}
    weights = {
        name: each
        for name, each in (counts | dict(weights)).items()
        if name in expected or not _EXTRAS.search(name)
    }
    floats = [name for name, each in expected.items() if each.is_floating_point()]
    check_floats({name: weights[name] for name in floats if name in weights}, source)
    load_weights(network, weights, source, mend)


def check_floats(weights: Weights, source: Located | Path | str) -> None:
    """Check that weights are numbers as networks here have them.

    Raises
    ------
    InputError: a tensor is quantised, sparse or of another type than floats of 16 bits or more, or
        it has NaN or infinite values.
    """
    for name, tensor in weights.items():
        if not _is_plain(tensor):
            kind = "without values" if tensor.is_meta else f"{tensor.layout}, {tensor.dtype}"
            raise InputError(
                f"{source}: found {name} as a tensor {kind}, expected floats of 16, 32 or 64 bits; "
                f"of weights that are quantised or packed, {MEND}"
            )
        if not torch.isfinite(tensor.float()).all():
            raise InputError(
                f"{source}: {name} has NaN or infinite values, expected finite weights; obtain it "
                f"again, or {MEND}"
            )


def load_weights(
    module: nn.Module,
    weights: Weights,
    source: Located | Path | str,
    mend: str = "make the bundle again",
) -> None:
    """Load a state dict that must fit exactly.

    Parameters
    ----------
    module: takes the weights.
    weights: state dict.
    source: names it in the message.
    mend: says there what may be done.

    Raises
    ------
    InputError: keys are missing, unexpected or of another shape; they are listed.
    """
    expected = module.state_dict()
    problems = [f"missing {key}" for key in expected if key not in weights]
    problems += [f"unexpected {key}" for key in weights if key not in expected]
    problems += [
        f"{key} of shape {tuple(weights[key].shape)}, expected {tuple(value.shape)}"
        for key, value in expected.items()
        if key in weights and weights[key].shape != value.shape
    ]
    if problems:
        more = f" and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise InputError(
            f"{source}: does not fit the architecture: {'; '.join(problems[:8])}{more}; check "
            f"backbone and architecture of the model's row, or {mend}"
        )
    module.load_state_dict(weights)
