"""The exceptions that people see."""


class UserError(Exception):
    """Something the user can put right; the message is a sentence that says what, where and how.

    The command line prints the message and exits with code 2. Every other exception is a bug and keeps its traceback.
    """


class TransientError(UserError):
    """Something that may pass by itself, such as a database that does not answer: the same call may succeed later."""
