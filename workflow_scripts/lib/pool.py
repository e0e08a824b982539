"""Selections from a study's tables that several rules need."""


class Pool:
    """A study's models and data sets by the part that they play.

    Attributes
    ----------
    measured: ids of all models that are measured; an adversary only makes a data set
    shown: ids of the models that figures show, which the baselines of the line are not among
    baselines: ids of the models through which the line is fitted
    test, shifts, evaluated: id of the test set, ids of the shifts, and both
    concepts: id of the data set whose concepts are probed; None if the study has none
    """

    def __init__(self, study):
        self._study = study
        families = {model: row["family"] for model, row in study.models.items()}
        self.measured = [model for model, family in families.items() if family != "adversary"]
        self.baselines = [model for model, family in families.items() if family == "baseline"]
        self.shown = [model for model in self.measured if model not in self.baselines]
        self.test = next(iter(self.with_role("test")))
        self.shifts = self.with_role("shift")
        self.evaluated = [self.test, *self.shifts]
        self.concepts = next(iter(self.with_role("concepts")), None)

    def with_role(self, role):
        """Ids of the data sets of a role, in the order of the table."""
        return [each for each, row in self._study.datasets.items() if row["role"] == role]

    def of_origin(self, origin):
        """Ids of the models of an origin, in the order of the table."""
        return [each for each, row in self._study.models.items() if row["origin"] == origin]

    def triples(self):
        """Each finetuned model with its zero-shot parent and the supervised model of its backbone.

        Dicts of backbone, pretraining and the ids zero_shot, finetuned, supervised; a finetuned
        model without such a supervised one is left out.
        """
        supervised = {}
        for model, row in self._study.models.items():
            if row["family"] == "supervised":
                supervised.setdefault(row["backbone"], model)
        return [
            {
                "backbone": row["backbone"],
                "pretraining": row["pretraining"],
                "zero_shot": row["parent"],
                "finetuned": model,
                "supervised": supervised[row["backbone"]],
            }
            for model, row in self._study.models.items()
            if row["family"] == "finetuned" and row["backbone"] in supervised
        ]

    def pairs(self):
        """The rows of the finetuned models with `zero_shot`, the id of each one's parent."""
        parents = {model: row["parent"] for model, row in self._study.models.items()}
        return [
            row | {"zero_shot": parents[row["model"]]}
            for row in self.rows()
            if row["family"] == "finetuned"
        ]

    def pretraining_pages(self):
        """Pretraining sets on the first and on the second page of figures that have two.

        study.yaml may name those of the second page (`second_page`); else the sets are halved in
        the order of the robust zero-shot models, the first page having one more if they are odd.
        """
        labels = list(
            dict.fromkeys(
                row["pretraining"] for row in self.rows() if row["family"] == "robust_zero_shot"
            )
        )
        second = self._study.settings.get("second_page", labels[(len(labels) + 1) // 2 :])
        return [label for label in labels if label not in second], second

    def by_page(self, rows):
        """Rows of models split into the two pages, by their pretraining sets."""
        return [
            [row for row in rows if row["pretraining"] in labels]
            for labels in self.pretraining_pages()
        ]

    def rows(self, baselines=False):
        """The rows of the shown models (and the baselines'), as figures and tables use them."""
        keys = ("model", "family", "backbone", "pretraining")
        models = self.measured if baselines else self.shown
        return [{key: self._study.models[model][key] for key in keys} for model in models]
