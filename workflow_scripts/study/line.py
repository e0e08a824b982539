"""Whether a study has a line of effective robustness (Appendix A), and why not."""

MINIMUM_BASELINES = 3  # through fewer, no line is fitted
# Ids of the data sets whose accuracies the ImageNet testbed has published for its models.
TESTBED = ("imagenet", "imagenet-v2", "imagenet-r", "imagenet-sketch", "imagenet-a", "objectnet")


def reason_without_line(baselines: str, models: list[str], test: str, shifts: list[str]) -> str:
    """Why a study has no effective robustness, in words that go on with a sentence.

    Parameters
    ----------
    baselines: "pool" or "testbed", the key of study.yaml.
    models: ids of the study's models of family baseline.
    test, shifts: ids of the data sets.

    Returns
    -------
    The empty string if there is a line.
    """
    undefined = "so that effective robustness is not defined"
    if baselines == "testbed" and (test != TESTBED[0] or {*shifts} != {*TESTBED[1:]}):
        return (
            f"this study is not one of {TESTBED[0]} and its shifts {', '.join(TESTBED[1:])}, for "
            f"which the ImageNet testbed has published accuracies, {undefined}"
        )
    if not shifts:
        return f"this study has no distribution shifts, {undefined}"
    if baselines == "pool" and len(models) < MINIMUM_BASELINES:
        return f"this study has fewer than {MINIMUM_BASELINES} baselines, {undefined}"
    return ""
