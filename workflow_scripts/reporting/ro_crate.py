"""A finished run as an RO-Crate: the entities of its Workflow Run profile, as plain JSON-LD.

https://w3id.org/ro/wfrun/workflow/0.5. All that roc-validator 0.13.0 requires is met:
`rocrate-validator validate --profile-identifier workflow-run-crate-0.5 results/<study>/report`
"""

import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

METADATA = "ro-crate-metadata.json"
WORKFLOW = "workflow/Snakefile"
# The second one has the one word of Workflow Run Crates that the first one lacks.
CONTEXTS = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    WORKFLOW_CRATE: "Workflow RO-Crate",
}
LICENCE = "https://spdx.org/licenses/MIT"
AUTHORS = "#contributors"
PAPER = "https://arxiv.org/abs/2310.13040"
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
COMPUTATIONAL_WORKFLOW = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
TYPES = {".md": "text/markdown", ".svg": "image/svg+xml", ".tsv": "text/tab-separated-values"}
Entity = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file or folder, or what an address leads to.

    Attributes
    ----------
    id: path from the folder of the metadata, that of a folder ends with a slash; or an address
    name: what it is
    parameter: of the workflow, which it is a value of
    sha256: digest of its bytes, if it is known
    """

    id: str
    name: str
    parameter: str
    sha256: str = ""

    @property
    def type(self) -> str:
        """What it is to the crate."""
        return "Dataset" if self.id.endswith("/") else "File"

    def entity(self) -> Entity:
        """What the crate says of it."""
        ending = f".{self.id.rpartition('.')[2]}"
        encoding = TYPES.get(ending) or mimetypes.guess_type(self.id)[0]
        return {
            **_named(self.id, self.type, self.name),
            "exampleOfWork": _reference(f"#parameter-{self.parameter}"),
            **({"encodingFormat": encoding} if encoding and self.type == "File" else {}),
            **({"sha256": self.sha256} if self.sha256 else {}),
        }


@dataclass(frozen=True)
class RunRecord:
    """A finished run.

    Attributes
    ----------
    study: its name
    inputs, outputs: what it was made of, and what it has made
    versions: of Python and of packages, by name
    commit: of the repository; empty if it is not known
    written: when this is written
    begun, ended: when the first job began and the last one ended; None if it is not known
    parameters: what the kinds of inputs and outputs are, by name
    """

    study: str
    inputs: list[File]
    outputs: list[File]
    versions: Mapping[str, str]
    commit: str
    written: datetime
    begun: datetime | None = None
    ended: datetime | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


def crate(run: RunRecord) -> dict[str, Any]:
    """The content of the metadata file."""
    files = [*run.inputs, *run.outputs]
    software = [
        {
            **_named(_package_url(name, version), "SoftwareApplication", name),
            "softwareVersion": version,
        }
        for name, version in run.versions.items()
    ]
    entities = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": [_reference(CRATE), _reference(WORKFLOW_CRATE)],
            "about": _reference("./"),
        },
        _root(run, files),
        *({**_named(id, "CreativeWork", name), "version": id.rpartition("/")[2]}
          for id, name in PROFILES.items()),
        _named(AUTHORS, "Organization", "the Interpreting CLIP reproduction contributors"),
        _named(LICENCE, "CreativeWork", "MIT License"),
        _named(PAPER, "ScholarlyArticle", "Interpreting CLIP: Insights on the Robustness to "
               "ImageNet Distribution Shifts"),
        _workflow(run, software),
        {
            **_named(SNAKEMAKE, "ComputerLanguage", "Snakemake"),
            "version": run.versions.get("snakemake", ""),
            "url": _reference("https://snakemake.readthedocs.io"),
        },
        *software,
        *_parameters(files, run.parameters),
        _action(run),
        *(each.entity() for each in files),
    ]  # fmt: skip
    return {"@context": CONTEXTS, "@graph": entities}


def _root(run: RunRecord, files: list[File]) -> Entity:
    return {
        **_named("./", "Dataset", f"Interpreting CLIP, reproduced: study {run.study}"),
        "description": f"Figures and tables of the study {run.study}, an independent reproduction "
        "of the paper 'Interpreting CLIP', and how they were made. Numbers are the study's own.",
        "datePublished": (run.ended or run.written).isoformat(timespec="seconds"),
        "license": _reference(LICENCE),
        "author": _reference(AUTHORS),
        "conformsTo": _references(PROFILES),
        "citation": _reference(PAPER),
        "mainEntity": _reference(WORKFLOW),
        "mentions": _reference("#run"),
        "hasPart": _references([WORKFLOW, *(each.id for each in files)]),
    }


def _workflow(run: RunRecord, software: list[Entity]) -> Entity:
    kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    return {
        **_named(WORKFLOW, kinds, "Interpreting CLIP, reproduced"),
        "conformsTo": _reference(COMPUTATIONAL_WORKFLOW),
        "encodingFormat": "text/plain",
        "programmingLanguage": _reference(SNAKEMAKE),
        "license": _reference(LICENCE),
        **({"version": run.commit} if run.commit else {}),
        "softwareRequirements": _references(each["@id"] for each in software),
        "input": _of_parameters(run.inputs),
        "output": _of_parameters(run.outputs),
    }


def _parameters(files: list[File], descriptions: Mapping[str, str]) -> list[Entity]:
    types = {each.parameter: each.type for each in files}
    return [
        {
            **_named(f"#parameter-{name}", "FormalParameter", name),
            "additionalType": kind,
            "conformsTo": _reference(PARAMETER),
            "description": descriptions.get(name, name),
            "workExample": _one_or_all([each.id for each in files if each.parameter == name]),
        }
        for name, kind in types.items()
    ]


def _action(run: RunRecord) -> Entity:
    times = {"startTime": run.begun, "endTime": run.ended}
    return {
        **_named("#run", "CreateAction", f"Run of the study {run.study}"),
        "instrument": _reference(WORKFLOW),
        "object": _references(each.id for each in run.inputs),
        "result": _references(each.id for each in run.outputs),
        "description": "The jobs that made the figures and tables, from the first to the last.",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        **{key: time.isoformat(timespec="seconds") for key, time in times.items() if time},
    }


def _package_url(name: str, version: str) -> str:
    """A purl, which names no host."""
    return f"pkg:{'generic' if name == 'Python' else 'pypi'}/{name.lower()}@{version}"


def _named(id: str, type: str | list[str], name: str) -> Entity:
    return {"@id": id, "@type": type, "name": name}


def _reference(id: str) -> Entity:
    return {"@id": id}


def _references(ids: Iterable[str]) -> list[Entity]:
    return [_reference(id) for id in dict.fromkeys(ids)]


def _one_or_all(ids: list[str]) -> Entity | list[Entity]:
    """A reference, or a list of them: one alone is not to be in a list."""
    return _reference(ids[0]) if len(ids) == 1 else _references(ids)


def _of_parameters(files: list[File]) -> list[Entity]:
    return _references(f"#parameter-{each.parameter}" for each in files)
