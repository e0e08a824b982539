"""Inputs of small trainings, and such trainings as one process of several does them.

`main` is what tests let `launcher.launch` call; it shows what a process ends up with.
"""

import copy
import os
import signal
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from workflow_scripts.models.pretrain import pretrain
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks import distributed
from workflow_scripts.networks.classifier import normaliser
from workflow_scripts.networks.tokenizer import WordTokenizer
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.images import StoredImages

RECIPE = {
    "epochs": 3, "batch_size": 8, "learning_rate": 1e-2, "weight_decay": 0.5, "betas": [0.9, 0.98],
    "warmup_steps": 2, "schedule": "cosine", "gradient_clip": 1.0, "label_smoothing": 0.1,
    "shift_pixels": 2, "flip": True,
}  # fmt: skip
STEPS = {"schedule": "steps", "decay_epochs": [1, 2], "decay_factor": 0.1}
CONTRASTIVE = {**RECIPE, "logit_scale": 14.0, "logit_scale_learning_rate": 1e-2}
NORMALISE = normaliser(PREPROCESSING["mean"], PREPROCESSING["std"])
IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8))
LABELS = torch.arange(20) % 4
TEXTS = [f"a {colour} {thing}" for colour in ("red", "blue", "tiny", "old") for thing in "abcde"]

# Without batch norm, whose statistics depend on how a batch is divided
_PLAIN = copy.deepcopy(ARCHITECTURE["ViT-tiny"])
del _PLAIN["miniature"]["convolutional_stem"]
ARCHITECTURES = {**ARCHITECTURE, "ViT-plain": _PLAIN}


def stored(recipe, images=IMAGES, seed=5):
    """A source of batches."""
    return StoredImages(NORMALISE, recipe, seed, images)


def classifier(backbone, recipe, checkpoint, seed=0, after_epoch=None):
    """Train a classifier; its weights and buffers."""
    model = new_classifier(ARCHITECTURES[backbone], 4, seed)
    train_classifier(model, stored(recipe), LABELS, recipe, checkpoint, after_epoch)
    return model.state_dict()


def clip(backbone, recipe, checkpoint):
    """Pretrain a CLIP; its weights and buffers."""
    tokenizer = WordTokenizer.from_texts(TEXTS, 16)
    model = pretrain(
        stored(recipe), TEXTS, tokenizer, checkpoint, "cpu", recipe=recipe, seed=5,
        architecture=ARCHITECTURES[backbone],
    )  # fmt: skip
    return model.state_dict()


KINDS = {"classifier": (classifier, RECIPE), "clip": (clip, CONTRASTIVE)}


def train(kind, backbone, changes, checkpoint):
    """Train a model of a kind, with changes of its recipe; its weights and buffers."""
    function, recipe = KINDS[kind]
    return function(backbone, {**recipe, **changes}, checkpoint)


def main(device, threads, folder, trainings, killed=None):
    """Do trainings as one of several processes and save what each has.

    `killed` is a training in which the last process is killed while the first is at the end of the
    second epoch, whose state is then not yet written.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    folder, rank = Path(folder), distributed.rank()
    for name, *training in trainings:
        state = train(*training, folder / f"{name}.pt")
        torch.save(state, folder / f"{name}-{rank}.pt")
    if killed:
        name, backbone, changes = killed
        pids = [None] * distributed.size()
        dist.all_gather_object(pids, os.getpid())

        def kill(epoch):
            if epoch == 2:
                os.kill(pids[-1], signal.SIGKILL)
                signal.pause()

        classifier(backbone, {**RECIPE, **changes}, folder / f"{name}.pt", after_epoch=kill)
