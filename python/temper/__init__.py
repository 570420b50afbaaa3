"""temper: neural networks and spin systems as physical systems.

    import temper
    print(temper.sample("ising:dims=32x32", temperature=[2.0, 2.27, 3.0], sampler="wolff", theory=True))

    chain = temper.Chain(temper.systems.ising(dims=(64, 64)), "metropolis", temperature=2.2, seed=1)
    chain.advance(1000)
    chain.s.reshape(64, 64)        # the spins themselves, no copy

Results equal those of the command line bit for bit, on any number of threads."""
from ._library import Error, OptionError, check as _check, lib as _lib, text as _text
from .jobs import Report, anneal, compare, draw, landscape, learn, measure, predict, run, sample, stress, study, theory, train
from .landscapes import Landscape, Operator
from .things import Chain, Sampler, System, catalogue, systems, written

__version__ = _lib.temper_version().decode()
__all__ = ["Chain", "Error", "Landscape", "Operator", "OptionError", "Report", "Sampler", "System", "anneal", "catalogue", "compare", "describe", "draw",
           "landscape", "learn", "measure",
           "predict", "run",
           "sample", "stress", "study", "systems", "theory", "threads", "train", "written"]


def describe(thing):
    """What a thing is, with its options: describe("ising")."""
    return _text(_lib.temper_describe_text, str(thing).encode())


def threads(n):
    """Sets the number of threads (0: all); results don't depend on it."""
    _check(_lib.temper_threads(n))
