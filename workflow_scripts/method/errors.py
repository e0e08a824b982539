"""The one error that the method raises, and the whole workflow with it."""


class InputError(Exception):
    """A mistake in the input, or damage to it.

    The message is all that the user sees, so it says what was found, where, what was expected,
    and how to mend it.
    """
