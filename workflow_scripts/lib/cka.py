"""Linear CKA between layers of two models from the unbiased minibatch HSIC estimator (Appendix C).

HSIC is estimated on each batch without bias (Song et al. 2012) and averaged over the batches
(Nguyen et al. 2021), so that the size of the batches does not shift the result:

    CKA(a, b) = HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b))

With U-centred Gram matrices K and L (Szekely and Rizzo 2014) the unbiased estimator of a batch of n
images is the sum of K * L over n (n - 3); it needs n >= 4.
"""

import torch

SMALLEST_BATCH = 4
CHUNK = 2**14  # features multiplied at a time in float32, before float64 takes over


def centred_gram(features: torch.Tensor) -> torch.Tensor:
    """U-centred Gram matrix float64 [n, n] of the features [n, ...] of a batch of n >= 4 images.

    Its rows and columns sum to 0 without the diagonal, which is 0.
    """
    x = features.flatten(1)
    if len(x) < SMALLEST_BATCH:
        raise ValueError(f"{len(x)} images, the unbiased estimator needs {SMALLEST_BATCH}")
    # HSIC does not change under a shift of the features, and products of centred ones round less.
    x = x - x.mean(dim=0)
    n = len(x)
    gram = torch.zeros((n, n), dtype=torch.float64, device=x.device)
    for part in x.split(CHUNK, dim=1):
        gram += part @ part.T
    gram.fill_diagonal_(0)
    rows = gram.sum(dim=1) / (n - 2)
    gram -= rows[:, None] + rows[None, :] - rows.sum() / (n - 1)
    return gram.fill_diagonal_(0)


def hsic(first: torch.Tensor, second: torch.Tensor) -> float:
    """Unbiased HSIC from two U-centred Gram matrices [n, n]; may be below 0."""
    n = len(first)
    return float((first * second).sum()) / (n * (n - 3))


class Comparison:
    """Sums of HSIC between the layers of two models over the batches of a data set.

    Parameters
    ----------
    full: compare all pairs of layers, and not the matching ones alone.

    Attributes
    ----------
    images: number of images seen
    """

    def __init__(self, full: bool = False):
        self.full, self.images = full, 0
        self._between, self._own = None, None

    def add(self, first: list[torch.Tensor], second: list[torch.Tensor]) -> None:
        """Add the U-centred Gram matrices of a batch, one for each layer of each model.

        Matching layers, which are compared unless `full`, stand at the same place.
        """
        n = len(first[0])
        if not self.full and len(first) != len(second):
            raise ValueError(f"{len(first)} and {len(second)} layers do not match")
        # One product gives all pairs.
        a, b = (torch.stack(each).flatten(1) for each in (first, second))
        # ASSUME: batches count by their images, so that a small last one is not overrated.
        weight = n / (n * (n - 3))
        between = (a @ b.T if self.full else (a * b).sum(dim=1)) * weight
        own = [(each * each).sum(dim=1) * weight for each in (a, b)]
        if self._between is None:
            self._between, self._own = torch.zeros_like(between), [torch.zeros_like(x) for x in own]
        self._between += between
        for total, each in zip(self._own, own, strict=True):
            total += each
        self.images += n

    def cka(self) -> torch.Tensor:
        """CKA float64 [layers], or [first model's layers, second's] if `full`, on the CPU.

        NaN where a layer does not vary, or by chance has an estimate of its own HSIC of 0 or less.
        """
        first, second = (torch.where(each > 0, each, torch.nan).sqrt() for each in self._own)
        scale = first[:, None] * second[None, :] if self.full else first * second
        return (self._between / scale).cpu()


class Watched:
    """Hooks on the blocks of an open_clip image tower and on its output.

    While it is used as a context, each run of the tower leaves the U-centred Gram matrix of every
    layer in `grams`, in order; the features themselves are not kept.
    """

    def __init__(self, tower: torch.nn.Module):
        self._modules = layers(tower)
        self.names = list(self._modules)
        self._grams: dict[str, torch.Tensor] = {}
        self._handles = []

    @property
    def grams(self) -> list[torch.Tensor]:
        """The Gram matrices of the last run, in the order of `names`."""
        return [self._grams[name] for name in self.names]

    def __enter__(self) -> "Watched":
        for name, (module, dimension) in self._modules.items():
            self._handles.append(module.register_forward_hook(self._hook(name, dimension)))
        return self

    def __exit__(self, *_) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _hook(self, name: str, dimension: int):
        def hook(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            self._grams[name] = centred_gram(output.movedim(dimension, 0).float())

        return hook


def layers(tower: torch.nn.Module) -> dict[str, tuple[torch.nn.Module, int]]:
    """Blocks and output of an open_clip image tower: name to module and the dimension of images.

    A `ModifiedResNet` has its residual blocks, "layer1.0" and so on, a `VisionTransformer` its
    attention blocks, "block 1" and so on; both end with "output", the representation h.
    """
    if hasattr(tower, "layer1"):
        found = {
            f"{stage}.{number}": (block, 0)
            for stage in ("layer1", "layer2", "layer3", "layer4")
            for number, block in enumerate(getattr(tower, stage))
        }
    else:
        dimension = 0 if tower.transformer.batch_first else 1
        found = {
            f"block {number}": (block, dimension)
            for number, block in enumerate(tower.transformer.resblocks, start=1)
        }
    return found | {"output": (tower, 0)}
