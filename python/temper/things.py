"""Systems, samplers and chains as Python objects. Classes per system are made from the catalogue of the library."""
import ctypes
import json
import time

import numpy as np

from ._library import check, lib, text

catalogue = json.loads(text(lib.temper_catalogue_json))


def _spell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return "x".join(map(str, value))
    return str(value)


def written(name, **options):
    """The text of a thing: written("ising", dims=(8, 8), J=1) is "ising:dims=8x8,J=1"."""
    return name + (":" if options else "") + ",".join(f"{key}={_spell(value)}" for key, value in options.items())


class _Handle:
    _free = None

    def __del__(self):
        if getattr(self, "_as_parameter_", None):
            self._free(self._as_parameter_)
            self._as_parameter_ = None


class System(_Handle):
    """A discrete energy H(s): System("ising:dims=8x8") or temper.systems.ising(dims=(8, 8)). Immutable."""

    _free = lib.temper_system_free

    def __init__(self, description):
        handle = ctypes.c_void_p()
        check(lib.temper_system_create(ctypes.byref(handle), str(description).encode()))
        self._as_parameter_ = handle.value

    def __reduce__(self):  # copies are made anew from the text: two owners of one handle would free it twice
        return System, (self.text,)

    @property
    def text(self):
        """The instance with every option spelled out; System(text) makes it again."""
        return lib.temper_system_text(self).decode()

    @property
    def sites(self):
        """Number of sites n."""
        return lib.temper_system_sites(self)

    def energy(self, s):
        """H(s), extensive, of a configuration of `sites` legal values."""
        given, s = s, np.ascontiguousarray(s, dtype=np.int8)
        if not np.array_equal(given, s):
            raise ValueError(f"s has values that are no whole numbers in -128 … 127; {self.text} needs spins")
        if s.shape != (self.sites,):
            raise ValueError(f"s has the shape {s.shape}; {self.text} needs ({self.sites},)")
        check(lib.temper_system_legal(self, s.ctypes.data))
        return lib.temper_system_energy(self, s.ctypes.data)

    def __repr__(self):
        return f"System({self.text!r})"

    def __str__(self):
        return self.text


class Sampler(_Handle):
    """A move, or several in turn: Sampler("metropolis"), Sampler("metropolis+houdayer")."""

    _free = lib.temper_sampler_free

    def __init__(self, description):
        handle = ctypes.c_void_p()
        self.text = str(description)
        check(lib.temper_sampler_create(ctypes.byref(handle), self.text.encode()))
        self._as_parameter_ = handle.value

    def __repr__(self):
        return f"Sampler({self.text!r})"

    def __reduce__(self):
        return Sampler, (self.text,)

    def __str__(self):
        return self.text


class Chain(_Handle):
    """One configuration of a system at a temperature, moved by a sampler.

    `s` is the chain's own memory as an int8 array [sites]: a view, not a copy. After writing to it call refresh().
    Chains of one seed with different numbers are independent; a chain's future depends on nothing else."""

    _free = lib.temper_chain_free

    def __init__(self, system, sampler="metropolis", temperature=float("inf"), seed=0, number=0):
        self.system = system if isinstance(system, System) else System(system)
        self.sampler = sampler if isinstance(sampler, Sampler) else Sampler(sampler)
        check(lib.temper_sampler_suits(self.sampler, self.system))
        if not 0 <= seed < 2**64 or number < 0:
            raise ValueError(f"seed={seed}, number={number}: legal are 0 … 2^64 − 1 and 0 or more")
        handle = ctypes.c_void_p()
        check(lib.temper_chain_create(ctypes.byref(handle), self.system, self.sampler, seed, number))
        self._as_parameter_ = handle.value
        self.temperature = temperature

    def __reduce__(self):
        raise TypeError("a Chain can't be copied or pickled: another Chain of the same seed and number, advanced as far, is equal")

    @property
    def s(self):
        """The spins, int8 [sites]: the chain's own memory."""
        spins = (ctypes.c_int8 * self.system.sites).from_address(lib.temper_chain_spins(self))
        spins.owner = self  # the view keeps the chain alive
        return np.ctypeslib.as_array(spins)

    energy = property(lambda self: lib.temper_chain_energy(self), doc="H(s), extensive")
    clock = property(lambda self: lib.temper_chain_clock(self), doc="ticks: one a sweep of each part of the sampler")

    @property
    def temperature(self):
        """T ≥ 0; 0 and inf are legal."""
        return lib.temper_chain_temperature(self)

    @temperature.setter
    def temperature(self, T):
        check(lib.temper_chain_heat(self, T))

    def start(self, how):
        """"random", "ordered" or "ordered:k"."""
        check(lib.temper_chain_start(self, how.encode()))
        return self

    def advance(self, sweeps=1):
        """Makes whole sweeps; returns the chain. Ctrl-C stops between two sweeps."""
        if sweeps < 0:
            raise ValueError(f"sweeps={sweeps} is negative")
        place, part = ctypes.c_void_p(self._as_parameter_), 1
        while sweeps > 0:  # in parts of up to 0.1 s, so that Python sees signals; the bits are the same
            began, part = time.monotonic(), min(part, sweeps)
            check(lib.temper_sampler_advance(self.sampler, ctypes.byref(place), 1, part))
            sweeps -= part
            if time.monotonic() - began < 0.05:
                part *= 2
        return self

    def refresh(self):
        """Recomputes cache and energy after s was written to."""
        check(lib.temper_system_legal(self.system, lib.temper_chain_spins(self)))
        lib.temper_chain_refresh(self)

    def __repr__(self):
        return f"<Chain of {self.system.text} at T={self.temperature:g}, clock {self.clock}, H={self.energy:g}>"


def _doc(entry):
    lines = [entry["brief"], "", str(entry["reference"] or ""), "", "Options:"]
    for o in entry["options"]:
        legal = o.get("choices") or (f"{o['low']} … {o['high'] if o['high'] is not None else 'inf'}" if "low" in o else "text")
        lines.append(f"    {o['name']} ({o['kind']}, default {o['default']}): {o['doc']}; {legal} {o['unit']}".rstrip())
    return "\n".join(lines)


class _Systems:
    """One class per system of the catalogue: systems.ising(dims=(8, 8), J=1)."""

    def __init__(self):
        for entry in catalogue["systems"]:
            def create(self, _name=entry["name"], **options):
                System.__init__(self, written(_name, **options))
            made = type(entry["name"], (System,), {"__init__": create, "__doc__": _doc(entry)})
            setattr(self, entry["name"], made)

    def __getattr__(self, name):
        raise AttributeError(f"there is no system {name!r}; there are {', '.join(sorted(vars(self)))}")

    def __repr__(self):
        return f"<temper.systems: {', '.join(sorted(vars(self)))}>"


systems = _Systems()
