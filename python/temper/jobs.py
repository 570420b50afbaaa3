"""sample, anneal, theory: the jobs of the command line, with results as dictionaries."""
import ctypes
import json

from ._library import check, lib


class Report(dict):
    """The JSON of a job as a dictionary; print it to see the table that the command line shows."""

    text = ""

    def __str__(self):
        return self.text

    @property
    def hash(self):
        """Fingerprint of the final state: equal commands have equal hashes."""
        return self.get("hash")


def _value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def run(verb, **options):
    """Runs a job by the names of its command-line flags: run("sample", system="ising", temperature=[2, 3])."""
    job, report = ctypes.c_void_p(), ctypes.c_void_p()
    check(lib.temper_job_create(ctypes.byref(job), verb.encode()))
    try:
        for name, value in options.items():
            if value is not None:
                check(lib.temper_job_set(job, name.replace("_", "-").encode(), _value(value).encode()))
        check(lib.temper_job_run(job, None, ctypes.byref(report)))
        result = Report(json.loads(lib.temper_report_json(report)))
        result.text = lib.temper_report_text(report).decode()
        return result
    finally:
        lib.temper_report_free(report)
        lib.temper_job_free(job)


def sample(system, temperature, sampler="metropolis", **options):
    """Samples a system at one or more temperatures; options are those of `temper sample --help`."""
    return run("sample", system=system, temperature=temperature, sampler=sampler, **options)


def anneal(system, ensemble="anneal", **options):
    """Looks for the lowest energy; options are those of `temper anneal --help`."""
    return run("anneal", system=system, ensemble=ensemble, **options)


def theory(name, temperature=None, **options):
    """Exact and asymptotic answers: theory("ising2d:dims=32x32", temperature=[2, 3])."""
    return run("theory", theory=name, temperature=temperature, **options)
