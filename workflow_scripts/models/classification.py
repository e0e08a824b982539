"""Training of an image encoder with a linear head on labelled images (Appendix H)."""

import torch

from workflow_scripts.lib.training import augment, fit


def train_classifier(
    classifier, images, labels, recipe, seed, checkpoint, preprocess, after_epoch=None
):
    """Train encoder and head end to end with cross-entropy.

    Parameters
    ----------
    classifier : `bundles.Classifier`, trained in place
    images, labels : uint8 [N, H, W, 3] and int64 [N] tensors
    recipe : dict of a study's recipe
    preprocess : callable from uint8 images to normalised ones
    after_epoch : see `training.fit`
    """
    device = classifier.weight.device
    labels = labels.to(device)

    def loss_of_batch(rows, generator, share):
        batch = augment(preprocess(images[rows]), recipe, generator)
        return torch.nn.functional.cross_entropy(
            classifier(batch), labels[rows.to(device)], label_smoothing=recipe["label_smoothing"]
        )

    fit(classifier, loss_of_batch, len(images), recipe, seed, checkpoint, after_epoch)
