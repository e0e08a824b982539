"""Damaged files of every kind that a later run reads: noticed by name, or made again, never used.

Of a finished study one file is damaged, what its reader had made of it is removed, and asked for
again. Either the run fails with a message that names the file, and goes on once that is deleted; or
it makes everything as it was. What no job reads is asked for by `verify_files`.
"""

import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.authentic.server import Behaviour
from tests.campaign.common import (
    DAMAGES,
    Case,
    Deviation,
    Place,
    check_same,
    damage,
    emptied,
    flipped,
    kill_group,
    offered,
    ran,
    started,
    truncated,
    wait_for,
)
from tests.unit.inputs.download_inputs import CONTENT, MIDDLE, NAME, source
from workflow_scripts.files.digests import verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer.fetch import fetch

How = Callable[..., bytes]
MENDED = 0.3  # of the kinds, in which the run goes on as the message advises
# What a later run reads, by kind: the file, and what its reader makes of it.
READ = {
    "image store": "datasets/imagenet/pixels32.h5 activations/rn_web/imagenet.h5",
    "training store": "datasets/imagenet-train/pixels32.h5 models/baseline_rn_60x3/card.json",
    "digest of a store": "datasets/imagenet/pixels32.h5.sha256 activations/rn_web/imagenet.h5",
    "tar": "datasets/imagenet/imagenet-val.tar datasets/imagenet/pixels32.h5",
    "zip": "datasets/objectnet/objectnet-1.0.zip datasets/objectnet/pixels32.h5",
    "gzipped tar": "datasets/imagenet-v2/imagenetv2.tar.gz datasets/imagenet-v2/pixels32.h5",
    "archive of concepts": "datasets/broden/broden1_224.zip datasets/broden/concepts.h5",
    "digest of an archive": "datasets/imagenet/imagenet-val.tar.sha256 "
    "datasets/imagenet/pixels32.h5",
    "captions, json": "datasets/imagenet-train/imagenet_captions.json "
    "models/rn_captions-td/card.json",
    "encoder": "models/rn_web/encoder.safetensors activations/rn_web/imagenet.h5",
    "text tower": "models/rn_web/text.safetensors models/rn_web/head.safetensors",
    "head": "models/rn_web/head.safetensors measures/indicators/accuracy/rn_web.csv",
    "card of a model, json": "models/rn_web/card.json measures/indicators/accuracy/rn_web.csv",
    "card of a head, json": "models/rn_web/head.json measures/indicators/accuracy/rn_web.csv",
    "encoder after an epoch": "models/rn_web_finetuned/epochs/epoch_01/encoder.safetensors "
    "activations/rn_web_finetuned/epochs",
    "activations": "activations/rn_web/imagenet.h5 measures/indicators/kurtosis/rn_web.csv",
    "activations after an epoch": "activations/rn_web_finetuned/epochs/epoch_01/broden.h5 "
    "measures/concepts/average_precision_epochs/rn_web_finetuned.h5",
    "concept membership": "datasets/broden/concepts.h5 measures/concepts/concept_sets.h5",
    "concept sets": "measures/concepts/concept_sets.h5 "
    "measures/concepts/average_precision/rn_web.h5",
    "average precision": "measures/concepts/average_precision/rn_web.h5 "
    "measures/concepts/concept_counts/counts.csv",
    "correct images": "measures/indicators/accuracy/rn_web.h5 "
    "measures/robustness/effective_robustness/models.csv",
    "Wise-FT path": "measures/wise_ft/wise_ft/rn_web_finetuned.h5 "
    "measures/wise_ft/wise_ft_tables/wise_ft.csv",
    "table of a model, csv": "measures/indicators/kurtosis/rn_web.csv "
    "measures/indicators/kurtosis.csv",
    "table of all models, csv": "measures/indicators/kurtosis.csv figures/figure_02a.png",
    "published table, csv": "tables/claims.csv tables/comparison.csv",
    "record of a job, json": "records/measures/indicators/kurtosis/rn_web.json "
    "measures/indicators/kurtosis/rn_web.csv",
}
# What no job reads, and how it is damaged.
SHOWN = {"figure_01a.pdf": emptied, "figure_01a.png": truncated, "figure_01a.md": flipped}


def cases(rounds: int) -> list[Case]:
    """Each kind of file with a flipped bit, and emptied or truncated; where it is quick, all."""
    read = [(kind, partial(_read, *paths.split())) for kind, paths in READ.items()]
    other = [
        ("cache of what modules define", _cache),
        ("state of an unfinished training", partial(_unfinished, "training.pt")),
        ("kept epoch of it", partial(_unfinished, "epochs/epoch_01/encoder.safetensors")),
        ("download in its place", _download),
        ("part of a download with a digest", partial(_part, NAME + ".part", {})),
        ("part of a download without", partial(_part, NAME + ".part", {"digest": None})),
        ("notes of a part", partial(_part, NAME + ".part.json", {"digest": None})),
        ("digest of a first download", _first),
    ]
    tried = [
        (name, attempt, how)
        for number, (name, attempt) in enumerate(read)
        for how in (flipped, DAMAGES[number % 2])
    ]
    tried += [(name, partial(_shown, f"figures/{name}"), how) for name, how in SHOWN.items()]
    tried += [(name, attempt, how) for name, attempt in other for how in DAMAGES]
    return [Case(f"{name}, {how.__name__}", partial(attempt, how)) for name, attempt, how in tried]


def _read(file: str, target: str, how: How, place: Place) -> str:
    project = place.project()
    remove(project.results / target)
    damage(project.results / file, how, place.chance)
    run, outcome = ran(project, f"results/tiny/{target}"), "made again"
    if run.status:
        named = file.partition("/epoch_")[0]  # what one job makes as a folder is named as a whole
        outcome = f"noticed: {run.refused(named)}"
        if how is not emptied or place.chance.random() > MENDED:
            return outcome
        # What the message advises.
        remove(project.results / named)
        if ran(project, f"results/tiny/{target}").status:
            raise Deviation(f"it does not go on without the file, after {outcome}")
    check_same(project, place.finished)
    return outcome


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _shown(file: str, how: How, place: Place) -> str:
    project = place.project()
    damage(project.results / file, how, place.chance)
    return f"noticed: {ran(project, 'verify_files').refused(file)}"


def _cache(how: How, place: Place) -> str:
    project = place.project()
    damage(project.work / ".snakemake" / "definitions.json", how, place.chance)
    run = ran(project, "-n", "all_figures")
    if run.status or "Nothing to be done" not in run.printed:
        raise Deviation(f"something would run: {run.printed[-200:]}")
    return "made again"


def _unfinished(file: str, how: How, place: Place) -> str:
    """What a training that was killed after its first epoch goes on from."""
    project, model = place.project(), "models/rn_web_finetuned"
    shutil.rmtree(project.results / model)
    target = f"results/tiny/{model}/epochs"
    process = started(project, target)
    folder = project.results / model
    (state,) = wait_for(lambda: [*folder.glob(".unfinished-*/training.pt")], process)
    kill_group(process, signal.SIGKILL)
    ran(project, "--unlock")
    damage(state.parent / file, how, place.chance)
    run, outcome = ran(project, target), "made again"
    if run.status:
        outcome = f"noticed: {run.refused(file)}"
        shutil.rmtree(state.parent)
        ran(project, target)
    check_same(project, place.finished)
    return outcome


# Downloads, in this process


def _download(how: How, place: Place) -> str:
    folder = place.folder / "downloads"
    with offered(place.folder, CONTENT) as host:
        fetch(source(f"{host.url}/{NAME}"), folder)
    damage(folder / NAME, how, place.chance)
    return _refused(partial(verified_digest, folder / NAME), NAME)


def _part(file: str, cells: dict[str, None], how: How, place: Place) -> str:
    """A download that broke off, and goes on from what has arrived."""
    folder = place.folder / "downloads"
    with offered(place.folder, CONTENT) as host:
        origin = source(f"{host.url}/{NAME}", **cells)
        host.behaviours[f"/{NAME}"] = Behaviour(breaks_at=MIDDLE)
        _refused(partial(fetch, origin, folder), NAME)
        damage(folder / file, how, place.chance)
        host.behaviours.clear()
        fetch(origin, folder)
    if (folder / NAME).read_bytes() != CONTENT:
        raise Deviation("the damage is in the download")
    if left := [path.name for path in folder.glob("*.part*")]:
        raise Deviation(f"left over: {left}")
    return "made again"


def _first(how: How, place: Place) -> str:
    """The digest of a first download, with which the next one is compared."""
    folder = place.folder / "downloads"
    with offered(place.folder, CONTENT) as host:
        origin = source(f"{host.url}/{NAME}", digest=None)
        fetch(origin, folder)
        (folder / NAME).unlink()
        damage(folder / f"{NAME}.first.json", how, place.chance)
        return _refused(partial(fetch, origin, folder), f"{NAME}.first.json")


def _refused(attempt: Callable[[], object], name: str) -> str:
    try:
        attempt()
    except InputError as error:
        if name not in str(error):
            raise Deviation(f"the message does not name {name}: {error}") from error
        return f"noticed: {str(error).splitlines()[-1]}"
    return "made again"
