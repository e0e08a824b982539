"""Selections from a study's tables that several rules need."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the study imports this module
    from workflow_scripts.study.study import Study

# What figures and tables use of a model's row
COLUMNS = ("model", "family", "backbone", "pretraining")
CONTROL = "control"
# Layout of a concept set without images of its own: what WordNet says of the test set's classes
HYPERNYMS = "hypernyms"
# What only the target `beyond` makes
INTERVENTION = "intervention"


class Pool:
    """A study's models and data sets by the part that they play.

    A model whose weights are not to be had (column `missing`) takes no part, nor do those finetuned
    from it.

    Attributes
    ----------
    measured: ids of the shown models that have a head and the baselines, in the order of the table
    shown: ids of the models that figures show, which neither baselines nor controls are among
    headed: those of the shown models that have a head; of the others only h is measured
    baselines: ids of the models through which the line is fitted
    controls: ids of the untrained models that claims have to tell the shown ones from
    probed: ids of the shown models and the controls, which have every measure of a single model
    interventions: ids of the models that only the target `beyond` makes, which no figure of the
        paper shows
    left_out: ids of the models that figures would show if all were chosen
    test, shifts, evaluated: id of the test set, ids of the shifts, and both
    concepts: id of the concept set that the paper's figures probe; None if the study has none
    further_concepts: ids of the other concept sets, which only the target `beyond` probes
    """

    def __init__(self, study: "Study", only: Collection[str] = ()) -> None:
        """Choose from a study.

        Parameters
        ----------
        study: the study, free of mistakes
        only: ids of the models to show and of the controls; all if there are none. Baselines,
            adversaries and interventions are kept as they are; a parent is made as it is needed,
            but takes part only if it is chosen, too
        """
        self._study = study
        self._only = only
        self._reasons = _reasons(study.models)
        families = {
            model: row["family"]
            for model, row in study.models.items()
            if model not in self._reasons and row["family"] != "adversary"
        }
        self.baselines = [model for model, family in families.items() if family == "baseline"]
        self.interventions = [model for model, family in families.items() if family == INTERVENTION]
        apart = {*self.baselines, *self.interventions}
        others = [model for model in families if model not in apart]
        self.probed = [model for model in others if self._chosen(model)]
        self.controls = [model for model in self.probed if families[model] == CONTROL]
        self.shown = [model for model in self.probed if families[model] != CONTROL]
        self.headed = [model for model in self.shown if study.models[model].get("head") != "none"]
        left_out = [model for model in others if not self._chosen(model)]
        self.left_out = [model for model in left_out if families[model] != CONTROL]
        self.measured = [model for model in families if model in {*self.headed, *self.baselines}]
        self.test = next(iter(self.with_role("test")))
        self.shifts = self.with_role("shift")
        self.evaluated = [self.test, *self.shifts]
        sets = self.with_role("concepts")
        self.concepts, self.further_concepts = next(iter(sets), None), sets[1:]

    def with_role(self, role: str) -> list[str]:
        """Ids of the data sets of a role, in the order of the table."""
        return [each for each, row in self._study.datasets.items() if row["role"] == role]

    def images_of(self, concepts: str) -> str:
        """Id of the data set with the images of a concept set: its own, or the test set."""
        layout = self._study.datasets[concepts]["layout"]
        return self.test if layout == HYPERNYMS else concepts

    def of_origin(self, origin: str) -> list[str]:
        """Ids of the models of an origin that can be made, in the order of the table."""
        return [
            each
            for each, row in self._study.models.items()
            if row["origin"] == origin and each not in self._reasons
        ]

    def missing(self) -> list[dict[str, Any]]:
        """The rows of the chosen models that take no part, each with the `reason`."""
        return [
            self._row(model) | {"reason": reason}
            for model, reason in self._reasons.items()
            if self._chosen(model)
        ]

    def triples(self) -> list[dict[str, str]]:
        """Each finetuned model with its zero-shot parent and the supervised model of its backbone.

        Dicts of backbone, pretraining as displayed for the finetuned model, and the ids zero_shot,
        finetuned, supervised; a finetuned model without such a supervised one is left out.
        """
        supervised: dict[str, str] = {}
        for row in self.rows():
            if row["family"] == "supervised":
                supervised.setdefault(row["backbone"], row["model"])
        return [
            {
                "backbone": row["backbone"],
                "pretraining": label_of(row),
                "zero_shot": row["zero_shot"],
                "finetuned": row["model"],
                "supervised": supervised[row["backbone"]],
            }
            for row in self.pairs()
            if row["backbone"] in supervised
        ]

    def followed(self) -> list[str]:
        """Ids of the triples' finetuned models whose epochs are kept: those finetuned here."""
        here = self.of_origin("finetune")
        return [each["finetuned"] for each in self.triples() if each["finetuned"] in here]

    def paths(self) -> list[dict[str, Any]]:
        """Those of the pairs that can be interpolated: their heads read h alike.

        Zero-shot heads read h/|h|, and so does what starts from them; a plain head does not.
        """
        models = self._study.models
        return [row for row in self.pairs() if models[row["model"]].get("head") != "plain"]

    def pairs(self) -> list[dict[str, Any]]:
        """The rows of the finetuned models with `zero_shot`, the id of each one's parent."""
        parents = {model: row.get("parent") for model, row in self._study.models.items()}
        return [
            row | {"zero_shot": parents[row["model"]]}
            for row in self.rows()
            if row["family"] == "finetuned" and parents[row["model"]] in self.shown
        ]

    def pretraining_pages(self) -> tuple[list[str], list[str]]:
        """Pretraining sets on the first and on the second page of figures that have two.

        study.yaml may name those of the second page (`second_page`); else the sets are halved in
        the order of the robust zero-shot models and the finetuned ones, the first page having one
        more if they are odd.
        """
        families = ("robust_zero_shot", "finetuned")
        labels = list(
            dict.fromkeys(row["pretraining"] for row in self.rows() if row["family"] in families)
        )
        second = self._study.settings.get("second_page", labels[(len(labels) + 1) // 2 :])
        return [label for label in labels if label not in second], second

    def by_page(self, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Rows of models split into the two pages, by their pretraining sets."""
        return [
            [row for row in rows if row["pretraining"] in labels]
            for labels in self.pretraining_pages()
        ]

    def rows(self, baselines: bool = False) -> list[dict[str, Any]]:
        """The rows of the shown models (and the baselines'), as figures and tables use them."""
        return [self._row(model) for model in (self.measured if baselines else self.shown)]

    def probed_rows(self) -> list[dict[str, Any]]:
        """The rows of the shown models that have a head, and of the controls."""
        return [self._row(model) for model in (*self.headed, *self.controls)]

    def headed_rows(self) -> list[dict[str, Any]]:
        """The rows of the shown models that have a head."""
        return [self._row(model) for model in self.headed]

    def _row(self, model: str) -> dict[str, Any]:
        row = self._study.models[model]
        finetuning = {"finetuning": row["finetuning"]} if row.get("finetuning") else {}
        return {key: row[key] for key in COLUMNS} | finetuning

    def _chosen(self, model: str) -> bool:
        return not self._only or model in self._only


def _reasons(models: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Why a model cannot be made, by model id; those that can be made are left out."""
    found = {}
    for model, row in models.items():
        parent = row.get("parent")
        if row.get("missing"):
            found[model] = row["missing"]
        elif parent and models[parent].get("missing"):
            found[model] = f"its parent {parent} is missing"
    return found


def label_of(row: Mapping[str, Any]) -> str:
    """What tells a model from others of its family and backbone; empty for a supervised one.

    It is the pretraining data and, where one parent has several finetuned models, the finetuning.
    """
    return ", ".join(filter(None, (row["pretraining"], row.get("finetuning"))))


def is_coca_backbone(backbone: str) -> bool:
    """Whether a backbone is a CoCa's."""
    # ASSUME: a CoCa is known by its backbone's name, as open_clip names them (coca_ViT-B-32).
    return backbone.lower().startswith("coca")
