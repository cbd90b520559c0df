"""The buttons of a completed check run, within GitHub's limits of 20, 40 and 20 characters."""

RERUN = {
    "label": "Re-run",
    "description": "Review the pull request again",
    "identifier": "rerun",
}
FULL = {
    "label": "Review whole files",
    "description": "Comment on what was there before, too",
    "identifier": "full",
}
ACTIONS = (RERUN, FULL)
