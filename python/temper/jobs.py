"""sample, anneal, train, predict, stress, compare, study, learn, draw, measure, landscape, theory: the jobs of the command line, with results as dictionaries."""
import contextlib
import ctypes
import json
import threading

from ._library import Error, check, lib


class Report(dict):
    """The JSON of a job as a dictionary; print it to see the table that the command line shows."""

    text = ""

    def __str__(self):
        return self.text

    @property
    def hash(self):
        """Fingerprint of the final state: equal commands have equal hashes."""
        return self.get("hash")


class _Watch(ctypes.Structure):
    """temper_watch of temper/run.h; only `stop` is used."""

    _fields_ = [("tell", ctypes.c_void_p), ("say", ctypes.c_void_p), ("context", ctypes.c_void_p), ("stop", ctypes.POINTER(ctypes.c_int))]


def _run(job):
    """Runs a job in a thread of its own, which owns and frees it, so that Ctrl-C (or any signal handler that raises) stops it."""
    stop, done, heard, problem = ctypes.c_int(0), threading.Event(), [], None
    watch = _Watch(stop=ctypes.pointer(stop))

    def work():
        report = ctypes.c_void_p()
        try:
            code = lib.temper_job_run(job, ctypes.byref(watch), ctypes.byref(report))
            message = lib.temper_message().decode()  # the sentence belongs to this thread
            heard.extend((code, message, _read(report) if report else None))
        finally:
            lib.temper_report_free(report)
            lib.temper_job_free(job)
            done.set()

    threading.Thread(target=work, name="temper").start()
    while not done.is_set():
        try:
            done.wait()
        except BaseException as raised:
            problem, stop.value = raised, 1
    if isinstance(problem, KeyboardInterrupt) and heard and heard[0]:
        raise KeyboardInterrupt(heard[1]) from None
    if problem:
        raise problem
    return heard


def _value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "__iter__") and not isinstance(value, str):  # lists, tuples, ranges, numpy arrays
        return ",".join(map(str, value))
    return str(value)


def _read(report):
    result = Report(json.loads(lib.temper_report_json(report)))
    result.text = lib.temper_report_text(report).decode()
    return result


def _made(verb, options):
    """A job with these options, not run; whoever gets it frees it."""
    job = ctypes.c_void_p()
    check(lib.temper_job_create(ctypes.byref(job), verb.encode()))
    try:
        for name, value in options.items():
            if value is not None:
                check(lib.temper_job_set(job, name.replace("_", "-").encode(), _value(value).encode()))
    except BaseException:
        lib.temper_job_free(job)
        raise
    return job


@contextlib.contextmanager
def made(verb, **options):
    """A job with these options for as long as the block lasts."""
    job = _made(verb, options)
    try:
        yield job
    finally:
        lib.temper_job_free(job)


def run(verb, **options):
    """Runs a job by the names of its command-line flags: run("sample", system="ising", temperature=[2, 3]).

    Ctrl-C stops it: KeyboardInterrupt, and with out="DIR" run("resume", run="DIR") goes on to the same bits."""
    code, message, report = _run(_made(verb, options))
    try:
        check(code, message)
    except Error as error:
        error.report = report
        raise
    return report


def sample(system, temperature, sampler="metropolis", **options):
    """Samples a system at one or more temperatures; options are those of `temper sample --help`."""
    return run("sample", system=system, temperature=temperature, sampler=sampler, **options)


def anneal(system, ensemble="anneal", **options):
    """Looks for the lowest energy; options are those of `temper anneal --help`."""
    return run("anneal", system=system, ensemble=ensemble, **options)


def train(data, model, dynamics="sgd", **options):
    """Trains a network, or an ensemble of them: train("digits", "mlp:100", seeds=5, out="run1"); options are those of
    `temper train --help`. result["test"]["accuracy"] holds mean, error and values; result.hash fingerprints the weights."""
    return run("train", data=data, model=model, dynamics=dynamics, **options)


def predict(folder, data, **options):
    """What the networks of a finished run say about every row: result["rows"][i]["probabilities"], or "means" and "deviations"."""
    return run("predict", run=folder, data=data, **options)


def stress(folder, **options):
    """How robust the networks of a finished run are: stress("sgd")["mean_corruption_error"]["mean"]; options are those of
    `temper stress --help`, like corruptions="gaussian_noise,blur"."""
    return run("stress", run=folder, **options)


def compare(*folders, **options):
    """Finished training runs side by side, the first as reference: compare("sgd", "sam")["comparisons"]; options are those of
    `temper compare --help`, like against="sam"."""
    return run("compare", run="\n".join(map(str, folders)), **options)


def study(file, **options):
    """Methods on data sets over seeds, from a TOML file: study("digits.toml", out="digits-study")["verdict"]; what is done in
    that directory is taken as it is."""
    return run("study", file=file, **options)


def learn(system, data, method="auto", **options):
    """Fits an energy to data: learn("rbm:hidden=16", "bars-and-stripes:3", method="exact", epochs=2000, out="run1"); options are those of
    `temper learn --help`. result["log_likelihood"] holds mean, error and method (nats per row); result.hash fingerprints the weights."""
    return run("learn", system=system, data=data, method=method, **options)


def draw(folder, **options):
    """Samples of a learned machine, from a run directory or a model file: draw("run1", chains=100, sweeps=1000, out="samples.npy");
    options are those of `temper draw --help`."""
    return run("draw", run=folder, **options)


def measure(folder=None, what="auto", **options):
    """Numbers of a learned machine, a trained network or a potential: measure("run1", "logz", method="exact")["log_z"]["mean"],
    measure("net1", "curvature", pairs=10); options are those of `temper measure --help`."""
    return run("measure", run=folder, what=what, **options)


def landscape(folder=None, what="auto", **options):
    """The shape of an energy: landscape("net1", directions="hessian", out="slice1"), landscape("net1", "path", to="member:1"),
    landscape(potential="x^4 - 4*x^2 + x", temperature=[1, 0.5]); options are those of `temper landscape --help`. Landscape is the object
    behind it."""
    return run("landscape", run=folder, what=what, **options)


def theory(name, temperature=None, **options):
    """Exact and asymptotic answers: theory("ising2d:dims=32x32", temperature=[2, 3])."""
    return run("theory", theory=name, temperature=temperature, **options)
