"""Moving a job's working set from one site to another."""


def transfer(job, target):
    target.receive(job.working_set)
    job.site = target
