"""The loss of a network, or a potential, as an object: value, slope, curvature and planes at any place."""
import ctypes
import weakref

import numpy as np

from ._library import check, lib
from .jobs import made
from .things import _Handle

_KINDS = ("hessian", "gauss_newton", "fisher", "empirical_fisher", "covariance", "ntk")


class _Plane(ctypes.Structure):
    """temper_plane of temper/landscape.h."""

    _fields_ = [("theta", ctypes.c_void_p), ("direction", ctypes.c_void_p), ("axes", ctypes.c_int), ("points", ctypes.c_int64),
                ("x", ctypes.c_void_p), ("test", ctypes.c_bool)]


class _Scanned(ctypes.Structure):
    """temper_scanned of temper/scan.h."""

    _fields_ = [("loss", ctypes.c_void_p), ("error", ctypes.c_void_p), ("wrong", ctypes.c_void_p)]


class Operator(_Handle):
    """A symmetric matrix [dim, dim] known by its products: A @ v, with v [dim] or [dim, n]. Made by Landscape.operator.

    It has what scipy.sparse.linalg.aslinearoperator asks for, so that eigsh and cg take it."""

    _free = lib.temper_operator_free
    dtype = np.dtype(np.float64)

    def __init__(self, handle, owner):
        self._as_parameter_, self._owner = handle, owner
        owner._operators.add(self)
        self.shape = (lib.temper_operator_dim(self),) * 2

    def matmat(self, V):
        """A V for V [dim, n]: all columns in one sweep over the data."""
        rows = np.ascontiguousarray(np.asarray(V, dtype=np.float64).T)
        if rows.ndim != 2 or rows.shape[1] != self.shape[0]:
            raise ValueError(f"V has the shape {np.shape(V)}; ({self.shape[0]}, n) is needed")
        out = np.empty_like(rows)
        check(lib.temper_operator_apply(self, len(rows), rows.ctypes.data, out.ctypes.data))
        return out.T

    def matvec(self, v):
        """A v for v [dim]."""
        return self.matmat(np.reshape(v, (-1, 1)))[:, 0]

    rmatvec = matvec  # symmetric

    def __matmul__(self, v):
        return self.matvec(v) if np.ndim(v) == 1 else self.matmat(v)


class Landscape(_Handle):
    """u(θ), the energy per sample on fixed rows, without noise: Landscape("net1", rows=1000) of a finished train run or a model file,
    Landscape(potential="x^4 - 4*x^2 + x") of a formula. Options are those of `temper landscape --help` that say what is looked at
    (data, part, rows, member, bn, loss, scaling, precise, seed)."""

    _free = lib.temper_view_free

    def __init__(self, folder=None, **options):
        with made("landscape", run=folder, **options) as job:
            handle = ctypes.c_void_p()
            check(lib.temper_view_open(ctypes.byref(handle), job))
        self._as_parameter_ = handle.value
        self._of, self._operators = (folder, options), weakref.WeakSet()
        self.dim = lib.temper_landscape_dim(self._landscape)  # coordinates
        self.samples = lib.temper_landscape_samples(self._landscape)  # N of the mean

    def __reduce__(self):
        raise TypeError("a Landscape can't be copied or pickled; Landscape(...) with the same options is equal")

    @property
    def _landscape(self):
        return lib.temper_view_landscape(self)

    @property
    def theta(self):
        """The place of the network (or the start of the potential), float64 [dim]: a copy."""
        return np.array((ctypes.c_double * self.dim).from_address(lib.temper_view_theta(self)))

    def weights(self, member=0, sample=-1):
        """θ of another network of the run, and of one of its samples (-1: the last)."""
        theta = np.empty(self.dim)
        check(lib.temper_view_weights(self, member, sample, theta.ctypes.data))
        return theta

    def move(self, theta):
        """Goes to stand at theta: batch norms are measured there (unless bn="train"). Not while an Operator of this landscape lives."""
        if self._operators:
            raise ValueError("an Operator of this landscape is still in use; del it before the landscape moves")
        theta = self._place(theta)  # a name keeps the numbers alive during the call
        check(lib.temper_view_move(self, theta.ctypes.data))

    def _place(self, theta):
        theta = self.theta if theta is None else np.ascontiguousarray(theta, dtype=np.float64)
        if theta.shape != (self.dim,):
            raise ValueError(f"theta has the shape {theta.shape}; ({self.dim},) is needed")
        return theta

    def energy(self, theta=None):
        """u(θ); theta None: where one stands."""
        u, theta = ctypes.c_double(), self._place(theta)
        check(lib.temper_landscape_energy(self._landscape, theta.ctypes.data, ctypes.byref(u)))
        return u.value

    def slope(self, theta=None):
        """(u, ∇u) at θ."""
        u, grad, theta = ctypes.c_double(), np.empty(self.dim), self._place(theta)
        check(lib.temper_landscape_slope(self._landscape, theta.ctypes.data, ctypes.byref(u), grad.ctypes.data))
        return u.value, grad

    def operator(self, kind="hessian", theta=None, seed=1):
        """Curvature at θ as an Operator: hessian, gauss_newton, fisher (labels drawn by seed), empirical_fisher, covariance, ntk."""
        if kind not in _KINDS:
            raise ValueError(f"kind={kind!r} is none of {', '.join(_KINDS)}")
        handle, theta = ctypes.c_void_p(), self._place(theta)
        check(lib.temper_landscape_operator_seeded(self._landscape, _KINDS.index(kind), theta.ctypes.data, seed, ctypes.byref(handle)))
        return Operator(handle.value, self)

    def scan(self, directions, x, theta=None, test=False):
        """The loss at θ + x @ directions: directions [axes, dim], x [points, axes] (or [points] for one axis). A dictionary with loss, error
        (standard error of the difference from θ over the choice of rows) and wrong (share of rows misjudged), each [points]."""
        directions = np.atleast_2d(np.ascontiguousarray(directions, dtype=np.float64))
        x = np.ascontiguousarray(np.reshape(x, (-1, len(directions))), dtype=np.float64)
        if directions.shape[1] != self.dim:
            raise ValueError(f"directions have the shape {directions.shape}; (axes, {self.dim}) is needed")
        theta, out = self._place(theta), {name: np.empty(len(x)) for name, _ in _Scanned._fields_}
        plane = _Plane(theta.ctypes.data, directions.ctypes.data, len(directions), len(x), x.ctypes.data, test)
        answer = _Scanned(*(out[name].ctypes.data for name, _ in _Scanned._fields_))
        check(lib.temper_landscape_scan(self._landscape, ctypes.byref(plane), None, ctypes.byref(answer)))
        return out

    def __repr__(self):
        folder, options = self._of
        return f"Landscape({', '.join([repr(folder)] * (folder is not None) + [f'{k}={v!r}' for k, v in options.items()])})"
