"""What a card says of each of its parts: what the numbers are, what they mean and do not mean."""

from typing import NamedTuple


class Words(NamedTuple):
    """The words of a section."""

    title: str
    what: str  # is measured
    means: str
    not_means: str


SECTIONS = {
    "kurtosis": Words(
        "Activation kurtosis",
        "Kurtosis of an activation vector over its components, averaged over the images (equation "
        "1 of the paper). Gaussian components have 3.",
        "Far above 3, a few components are much larger than the others: outlier features. In the "
        "paper, CLIPs that are robust to shifts of ImageNet have them, and lose some of them with "
        "their robustness when they are finetuned.",
        "A high kurtosis is no proof of robustness: the paper finds that they go together and not "
        "that one causes the other. Kurtosis compares encoders that end alike. Where features are "
        "averages of a rectifier's output, as in most convolutional networks, it is high by "
        "construction, robust or not. And it depends on the basis: rotated at random, any "
        "features have about 3.",
    ),
    "components": Words(
        "Outlier components",
        "The components that contribute most to kurtosis; the contributions of all add up to it. "
        "An outlier of an image lies more than 3 standard deviations of the image's components "
        "from their mean; counted as outlier components are those that are so in most images.",
        "Outlier features show as few components with large contributions, of the same sign in "
        "nearly all images. Among Gaussian components, each contributes 3 / width, and each is an "
        "outlier in 0.3 % of the images.",
        "A component is an axis of this network and need not mean anything: in another basis "
        "there are other ones, or none. A high kurtosis without any outlier component has large "
        "components that differ from image to image, as averages of a rectifier's output do.",
    ),
    "spectrum": Words(
        "Spectrum",
        "How much of the mean square of h is in the mean of h, and in the leading direction of "
        "E[h hᵀ]; and the participation ratio (Σλ)² / Σλ² of its eigenvalues λ, between 1 and the "
        "width: along how many directions h spreads.",
        "No change of basis changes these numbers. A large share of the mean says that all images "
        "have much in common; outlier features are such a mean that lies along few components.",
        "They are not the paper's, and no indicator of robustness: in the miniature, CLIPs that "
        "are not robust have as large a share of the mean as robust ones.",
    ),
    "importance": Words(
        "Importance",
        "Importance of a direction: share of its singular value in those of the head's weights, "
        "times the mean |cos| of h with it (equation 2). The ratio is that of the largest "
        "importance to the mean (equation 3).",
        "A high ratio is a privileged direction: much of what tells the classes apart goes through "
        "it.",
        "It is no indicator of robustness: in the paper, CLIPs that are not robust have privileged "
        "directions, too. It cannot exceed the rank of the head, which the number of classes "
        "limits.",
    ),
    "accuracy": Words(
        "Accuracy",
        "Top-1 accuracy of the model's head; where a data set has a part of the classes, among "
        "those.",
        "How often the most likely class is the image's own.",
        "The reference ranges are of other images: the paper's of ImageNet, the miniature's of "
        "its drawn ones. Accuracy without a shift says nothing of accuracy under one.",
    ),
    "pruning": Words(
        "Pruning",
        "Accuracy as the directions of the head are set to zero, from the smallest singular value "
        "up.",
        "Where the curve stays flat, few directions carry the classification. In the paper, 80 % "
        "of them can be pruned.",
        "Of few classes there are few directions, and 20 % of them are too few for all classes.",
    ),
    "concepts": Words(
        "Unique concepts",
        "Concepts that some direction of the head encodes: its average precision reaches the "
        "threshold (equation 4). The range is that over draws of balanced sets of images.",
        "In the paper, zero-shot CLIPs encode more concepts than supervised models.",
        "It is no indicator of robustness: in the paper, some CLIPs that are not robust have as "
        "many. The count depends on the set of concepts and on the number of directions; the "
        "paper's are of Broden's 1,197 concepts, the miniature's of 143 drawn ones.",
    ),
    "robustness": Words(
        "Effective robustness",
        "Accuracy under distribution shifts, above what the line of the baselines predicts for a "
        "model of its accuracy (equation 5).",
        "Above 0, the model is more robust than models trained on the one distribution alone.",
        "It belongs to these shifts and to this line. It is what the other numbers are meant to "
        "indicate where no shifted images are at hand.",
    ),
}  # fmt: skip
COURSE = Words(  # of a run, whose name follows the title
    "Over the training:",
    "The indicators of the checkpoints of one training run.",
    "Whether outlier features grow, stay or go while the model learns.",
    "The checkpoints are of one run: another seed has another curve.",
)
RECTIFIED = (
    "No activation of {models} is ever negative: features like averages of a rectifier's output, "
    "whose kurtosis is high by construction, robust or not. It is to be compared with no other "
    "kind."
)
FEW = "Intervals of {images} images are rough."
SCOPE = (
    "The numbers are of the models and images named here. Reference ranges are of other models and "
    "other images: the paper's where it states numbers, and those of the families of the "
    "miniature, small models that were trained on drawn images. They say what is large and what is "
    "small, and prove nothing of a model."
)
