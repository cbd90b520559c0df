"""The project's configuration as the command line finds it: a file of the working tree."""

from pathlib import Path

from reviewer.local import UNUSABLE, UsageError, project_of, shown_path
from reviewer.repo_config import MAX_BYTES, PATH, ConfigError, RepoConfig, read


def home_of(folder: Path) -> Path:
    """The folder that the project's paths start from: the repository's root, as on GitHub.

    Outside a repository it is the nearest folder that looks like a project's own.
    """
    repositories = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    return next(repositories, project_of(folder))


def configuration(
    folder: Path, given: Path | None = None, *, organisation: bool = False
) -> RepoConfig:
    """What the file *given* says, or the project's own, seen from the absolute *folder*.

    With *organisation* it is that of an organisation's ".github" repository, which may lock.

    Raises:
        UsageError: the file cannot be read or used; one line for each problem.
    """
    path = folder / given if given else home_of(folder) / PATH
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        if not given and isinstance(error, FileNotFoundError | NotADirectoryError):
            return RepoConfig()
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(UNUSABLE.format(path=given or path, reason=reason)) from None
    try:
        return read(content, organisation=organisation)
    except ConfigError as error:
        where = shown_path(path, folder)
        problems = "\n".join(f"{where}:{problem}" for problem in error.problems)
        raise UsageError(problems) from None
