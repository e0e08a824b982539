"""Linear CKA between layers of two models from the unbiased minibatch HSIC estimator (Appendix C).

HSIC is estimated on each batch without bias (Song et al. 2012) and averaged over the batches
(Nguyen et al. 2021), so that the size of the batches does not shift the result:

    CKA(a, b) = HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b))

With U-centred Gram matrices K and L (Szekely and Rizzo 2014) the unbiased estimator of a batch of n
images is the sum of K * L over n (n - 3); it needs n >= 4.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a second or more, which only those who compare networks should pay
    import torch

SMALLEST_BATCH = 4
CHUNK = 2**14  # features multiplied at a time in float32, before float64 takes over


def centred_gram(features: "torch.Tensor") -> "torch.Tensor":
    """U-centred Gram matrix float64 [n, n] of the features [n, ...] of a batch of n >= 4 images.

    Its rows and columns sum to 0 without the diagonal, which is 0.
    """
    import torch

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


def hsic(first: "torch.Tensor", second: "torch.Tensor") -> float:
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
        # Sums over the batches seen so far; made with the first one, when their shapes are known
        self._between: Any = None
        self._own: Any = None

    def add(self, first: "list[torch.Tensor]", second: "list[torch.Tensor]") -> None:
        """Add the U-centred Gram matrices of a batch, one for each layer of each model.

        Matching layers, which are compared unless `full`, stand at the same place.
        """
        import torch

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

    def cka(self) -> "torch.Tensor":
        """CKA float64 [layers], or [first model's layers, second's] if `full`, on the CPU.

        NaN where a layer does not vary, or by chance has an estimate of its own HSIC of 0 or less.
        """
        import torch

        first, second = (torch.where(each > 0, each, torch.nan).sqrt() for each in self._own)
        scale = first[:, None] * second[None, :] if self.full else first * second
        return (self._between / scale).cpu()
