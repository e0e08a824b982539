"""Inputs of small trainings, and such trainings as one process of several does them.

`main` is what tests let `launcher.launch` call; it shows what a process ends up with.
"""

import copy
import os
import signal
from pathlib import Path

import h5py
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
BEYOND = {"logit_bias": -5.0, "kurtosis": 4.0, "kurtosis_weight": 0.05}
NORMALISE = normaliser(PREPROCESSING["mean"], PREPROCESSING["std"])
IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8))
LABELS = torch.arange(20) % 4
TEXTS = [f"a {colour} {thing}" for colour in ("red", "blue", "tiny", "old") for thing in "abcde"]

COLOURS = {"red": (255, 20, 20), "green": (20, 255, 20), "blue": (20, 20, 255)}

# Without batch norm, whose statistics depend on how a batch is divided
_PLAIN = copy.deepcopy(ARCHITECTURE["ViT-tiny"])
del _PLAIN["miniature"]["convolutional_stem"]
ARCHITECTURES = {**ARCHITECTURE, "ViT-plain": _PLAIN}


def store_of_colours(path, labelled=False):
    """A captioned store of plain images, 16 of each colour; the path."""
    names = [*COLOURS] * 16
    noise = np.random.default_rng(0).integers(0, 20, (48, 32, 32, 3))
    pixels = np.array([COLOURS[name] for name in names])[:, None, None] - noise
    with h5py.File(path, "w") as file:
        file["pixels"] = pixels.clip(0, 255).astype(np.uint8)
        file["labels"] = np.arange(48) % 3 if labelled else np.full(48, -1)
        text = h5py.string_dtype()
        file.create_dataset("ids", data=[f"n1/{row}.JPEG" for row in range(48)], dtype=text)
        file.create_dataset("caption", data=[f"a {name} wall" for name in names], dtype=text)
        file.attrs.update(complete=True, dataset="colours")
    return path


def correct(bundle, store):
    """Share of a labelled store's images that a bundle classifies correctly."""
    with h5py.File(store) as file, torch.inference_mode():
        logits = bundle.logits(bundle.encode(torch.from_numpy(file["pixels"][:])))
        return (logits.argmax(1).numpy() == file["labels"][:]).mean()


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


KINDS = {
    "classifier": (classifier, RECIPE),
    "clip": (clip, CONTRASTIVE),
    "beyond": (clip, CONTRASTIVE | BEYOND),
}


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
