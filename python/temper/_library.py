"""The shared library behind opaque handles: numbers, text and pointers cross, and three structs: the temper_watch of jobs.py, plane and answer of a scan in landscapes.py."""
import ctypes
import os
import pathlib

_PROTOTYPES = {  # name: (result, arguments); p handle, s text, P place for a handle, S place for text
    "temper_message": ("s", ""), "temper_version": ("s", ""), "temper_free": (None, "p"),
    "temper_threads": ("i", "i"), "temper_thread_count": ("i", ""), "temper_cpu_cap": ("i", "s"),
    "temper_catalogue_json": ("i", "S"), "temper_describe_text": ("i", "sS"), "temper_info": ("i", "bS"),
    "temper_system_create": ("i", "Ps"), "temper_system_free": (None, "p"), "temper_system_text": ("s", "p"),
    "temper_system_sites": ("i", "p"), "temper_system_energy": ("d", "pp"), "temper_system_legal": ("i", "pp"),
    "temper_sampler_create": ("i", "Ps"), "temper_sampler_free": (None, "p"), "temper_sampler_suits": ("i", "pp"),
    "temper_sampler_advance": ("i", "pPil"),
    "temper_chain_create": ("i", "Pppul"), "temper_chain_free": (None, "p"), "temper_chain_start": ("i", "ps"),
    "temper_chain_refresh": (None, "p"), "temper_chain_spins": ("p", "p"), "temper_chain_energy": ("d", "p"),
    "temper_chain_temperature": ("d", "p"), "temper_chain_clock": ("l", "p"), "temper_chain_heat": ("i", "pd"),
    "temper_job_create": ("i", "Ps"), "temper_job_free": (None, "p"), "temper_job_set": ("i", "pss"),
    "temper_job_run": ("i", "ppP"), "temper_report_json": ("s", "p"), "temper_report_text": ("s", "p"),
    "temper_report_free": (None, "p"),
    "temper_view_open": ("i", "Pp"), "temper_view_free": (None, "p"), "temper_view_landscape": ("p", "p"), "temper_view_theta": ("p", "p"),
    "temper_view_weights": ("i", "pllp"), "temper_view_move": ("i", "pp"),
    "temper_landscape_dim": ("l", "p"), "temper_landscape_samples": ("l", "p"), "temper_landscape_energy": ("i", "ppp"),
    "temper_landscape_slope": ("i", "pppp"), "temper_landscape_operator_seeded": ("i", "pipuP"), "temper_landscape_scan": ("i", "pppp"),
    "temper_operator_dim": ("l", "p"), "temper_operator_apply": ("i", "plpp"), "temper_operator_free": (None, "p"),
}
_TYPES = {"i": ctypes.c_int, "l": ctypes.c_int64, "u": ctypes.c_uint64, "d": ctypes.c_double, "b": ctypes.c_bool,
          "p": ctypes.c_void_p, "s": ctypes.c_char_p, "P": ctypes.POINTER(ctypes.c_void_p),
          "S": ctypes.POINTER(ctypes.c_void_p), None: None}


class Error(RuntimeError):
    """A failure that the library explained; `code` is its temper_status (see temper/status.h).

    Where strict=True failed a check, `report` holds the results all the same."""

    report = None

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class OptionError(Error, ValueError):
    """A name, value or combination that the caller can correct."""


def _load():
    here = pathlib.Path(__file__).resolve().parent
    places = [os.environ.get("TEMPER_LIBRARY"), here / "libtemper.so", here.parents[1] / "build/release/lib/libtemper.so", "libtemper.so.0"]
    problems = []
    for place in filter(None, places):
        try:
            library = ctypes.CDLL(str(place))
        except OSError as problem:
            problems.append(str(problem))
            continue
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = _TYPES[result], [_TYPES[a] for a in arguments]
        return library
    raise ImportError("libtemper.so was not found; build it with ./demo or set TEMPER_LIBRARY:\n  " + "\n  ".join(problems))


lib = _load()


def check(code, message=None):
    """Raises the library's sentence unless `code` is 0; `message` where another thread heard it."""
    if code == 0:
        return
    if message is None:
        message = lib.temper_message().decode()
    if code == -1:
        raise MemoryError(message)
    if code == -6:
        raise KeyboardInterrupt(message)
    raise (OptionError if code == -2 else Error)(code, message)


def text(function, *arguments):
    """Calls a function that hands out text through its last argument."""
    place = ctypes.c_void_p()
    check(function(*arguments, ctypes.byref(place)))
    try:
        return ctypes.string_at(place.value).decode()
    finally:
        lib.temper_free(place)
