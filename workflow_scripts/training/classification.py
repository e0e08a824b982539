"""Training of an image encoder with a linear head on labelled images (Appendix H)."""

from functools import partial

from torch.nn.functional import cross_entropy

from workflow_scripts.training.loop import fit


def train_classifier(classifier, images, labels, recipe, checkpoint, after_epoch=None):
    """Train encoder and head end to end with cross-entropy.

    Parameters
    ----------
    classifier : `bundles.Classifier`, trained in place
    images : source of batches, see `training_images`
    labels : int64 [N] tensor
    recipe : dict of a study's recipe
    checkpoint, after_epoch : see `training.fit`
    """
    labels = labels.to(classifier.weight.device)

    def loss(forward, rows, pixels, share):
        targets = labels[rows.to(labels.device)]
        smoothing = recipe["label_smoothing"]
        return share * cross_entropy(forward(pixels), targets, label_smoothing=smoothing)

    def losses(forward, pieces):
        images = sum(len(rows) for rows, _ in pieces)
        return [partial(loss, forward, *piece, len(piece[0]) / images) for piece in pieces]

    fit(classifier, losses, images, recipe, checkpoint, after_epoch)
