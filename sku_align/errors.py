"""The exceptions that people see."""


class UserError(Exception):
    """Something the user can put right; the message is a sentence that says what, where and how.

    The command line prints the message and exits with code 2. Every other exception is a bug and keeps its traceback.
    """


class TransientError(UserError):
    """Something that may pass by itself, such as a database that does not answer: the same call may succeed later."""


def how_to_install(extra: str) -> str:
    """Say how an extra is installed, for the end of a sentence; no package index has the project, so a clone is named.

    Args:
        extra: Name of the extra in pyproject.toml, such as "gpu".

    Example:
        >>> how_to_install("gpu")
        "install the extra `gpu` (in a clone: .venv/bin/uv pip install --python .venv/bin/python '.[gpu]')"
    """
    return f"install the extra `{extra}` (in a clone: .venv/bin/uv pip install --python .venv/bin/python '.[{extra}]')"
