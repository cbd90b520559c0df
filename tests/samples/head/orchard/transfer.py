"""Moving a job's working set from one site to another."""

from orchard import exceptions


def transfer(job, target):
    staged = target.stage(job.working_set)
    try:
        target.start(job, staged)
    except exceptions.StartFailed:
        target.discard(staged)
        raise
    job.site = target
