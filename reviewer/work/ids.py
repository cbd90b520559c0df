"""Names: of a workflow, of the parts it may be done in, of workers and their queues.

A piece of work is one workflow, or several, one after the other, where GitHub asked for a long
wait or where it was begun by another version of ours: ``review:4100#7:3``, ``review:4100#7:3~1``.
Each part begins at the beginning and finds what was done before.
"""

# Changed together with the steps of a workflow, its arguments, or the shape of a queue: workers
# take no work of another version up, as long as one of that version lives.
VERSION = "2"
REVIEWS = f"reviews:{VERSION}"
ASKS = f"asks:{VERSION}"

_PART = "~"
_OF = "@"
_FIRST_VERSION = "1"


def workflow_of(key: str, generation: int) -> str:
    """The id of the first workflow of one review."""
    return f"review:{key}:{generation}"


def review_of(workflow: str) -> tuple[str, int]:
    """The target's key and the generation behind such an id, of whichever part."""
    key, _, generation = first_of(workflow).removeprefix("review:").rpartition(":")
    return key, int(generation)


def first_of(workflow: str) -> str:
    """The id of the first part of the work that this one belongs to."""
    return workflow.partition(_PART)[0]


def following(workflow: str) -> str:
    """The id of the part that goes on with the work of this one."""
    first, _, part = workflow.partition(_PART)
    return f"{first}{_PART}{int(part or 0) + 1}"


def executor_of(name: str) -> str:
    """The full name of a worker of this version."""
    return f"{VERSION}{_OF}{name}"


def version_of_executor(executor: str) -> str:
    """The version of a worker by its name; the first one did not say it."""
    version, of, _ = executor.partition(_OF)
    return version if of else _FIRST_VERSION


def version_of_queue(queue: str) -> str:
    """The version whose workers serve a queue."""
    return queue.partition(":")[2] or _FIRST_VERSION
