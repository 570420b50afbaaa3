"""temper.Landscape: values, slopes and curvature against one another and against NumPy; planes, weights, moves, and what is refused."""
import os
import subprocess
import sys
import tempfile
import traceback

import numpy as np

import temper

try:
    from scipy.sparse.linalg import aslinearoperator, eigsh
except ImportError:
    eigsh = None

BIN = os.environ.get("TEMPER_BIN")
PLACE = tempfile.TemporaryDirectory()


def network(name="net", model="mlp:8", *more):
    """A small net that has learned a little: three members, four samples each."""
    place = os.path.join(PLACE.name, name)
    if not os.path.exists(place):
        subprocess.run([BIN, "train", "--data", "digits", "--model", model, "--epochs", "2", "--seeds", "3", "--samples", "4", "--out", place, "-q", *more],
                       check=True, stdout=subprocess.DEVNULL)
    return place


def raises(kind, words, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except kind as error:
        assert words in str(error), f"no '{words}' in: {error}"
        return
    raise AssertionError(f"nothing was raised; '{words}' was due")


def test_slope_and_curvature_are_differences_of_energy_and_slope():
    L = temper.Landscape(network("smooth", "graph:dense 6; tanh; dense 10"), rows=50, precise=True)
    theta, rng, step = L.theta, np.random.default_rng(1), 1e-5
    u, grad = L.slope()
    assert u == L.energy() == L.energy(theta) and grad.shape == (L.dim,) and L.samples == 50
    A = L.operator()
    assert A.shape == (L.dim, L.dim) and A.dtype == np.float64
    V = rng.standard_normal((L.dim, 5))
    AV = A @ V
    for v, Av in zip(V.T, AV.T):
        assert abs((L.energy(theta + step * v) - L.energy(theta - step * v)) / (2 * step) - grad @ v) < 1e-7
        slope = (L.slope(theta + step * v)[1] - L.slope(theta - step * v)[1]) / (2 * step)
        assert np.abs(slope - Av).max() < 1e-7 * np.abs(Av).max() + 1e-9
        assert np.array_equal(A @ v, Av) and np.array_equal(A.matvec(v), Av)  # alone or side by side
    assert np.abs(V.T @ AV - (V.T @ AV).T).max() < 1e-12 * np.abs(V.T @ AV).max()
    there = theta + 0.1 * V[:, 0]
    assert not np.allclose(L.operator(theta=there) @ V, AV) and np.array_equal(L.theta, theta)


def test_largest_eigenvalues():
    L = temper.Landscape(network(), rows=100)
    A = L.operator()
    if eigsh:
        (top,) = eigsh(aslinearoperator(A), 1, which="LA", return_eigenvectors=False)
    v = np.random.default_rng(2).standard_normal(L.dim)
    for _ in range(300):  # power iteration, lifted so that the bottom is not the larger one
        v /= np.linalg.norm(v)
        v = A @ v + 0.5 * v
    mine = v @ (A @ v) / (v @ v)
    if eigsh:
        assert abs(top - mine) < 1e-3 * top, (top, mine)
    report = temper.measure(network(), what="curvature", rows=100, pairs=1, products=0, probes=0, threads=1)
    assert abs(report["eigenpairs"]["value"][0] - mine) < 1e-3 * mine, (report["eigenpairs"], mine)


def test_kinds_of_curvature():
    L = temper.Landscape(network(), rows=40)
    v = np.random.default_rng(3).standard_normal(L.dim)
    for kind in ("gauss_newton", "fisher", "empirical_fisher", "covariance"):
        A = L.operator(kind)
        assert A.shape == (L.dim,) * 2 and v @ (A @ v) >= -1e-9, kind
    assert L.operator("ntk").shape == (400, 400)  # outputs on rows
    fisher = [L.operator("fisher", seed=s) @ v for s in (1, 1, 2)]
    assert np.array_equal(fisher[0], fisher[1]) and not np.array_equal(fisher[0], fisher[2])
    raises(ValueError, "none of hessian", L.operator, "hesian")


def test_targets_of_a_second_group():
    """A wide net goes through its rows in groups: each must meet its own targets. Single precision against the oracle in double."""
    more = ("--data", "function:sin(3*x); n=300", "--loss", "gaussian", "--seeds", "1", "--batch", "32")
    place = network("wide", "mlp:700,700,activation=tanh", *more)
    fast, oracle = (temper.Landscape(place, part="all", precise=p) for p in (False, True))
    v = np.random.default_rng(3).normal(size=fast.dim)
    Hv, exact = fast.operator() @ v, oracle.operator() @ v
    assert np.linalg.norm(Hv - exact) < 1e-5 * np.linalg.norm(exact), np.linalg.norm(Hv - exact) / np.linalg.norm(exact)


def test_planes_are_energies():
    L = temper.Landscape(network(), rows=60)
    rng = np.random.default_rng(4)
    D, x = rng.standard_normal((2, L.dim)), rng.standard_normal((7, 2))
    got = L.scan(D, x)
    assert got["loss"].shape == got["wrong"].shape == (7,)
    for u, point in zip(got["loss"], x):
        assert abs(u - L.energy(L.theta + point @ D)) < 1e-5 * abs(u)
    line = L.scan(D[0], [0, 0.5])
    assert abs(line["loss"][0] - L.energy()) < 1e-6 and line["error"][0] < 1e-6
    other = L.scan(D[0], [0.5], theta=L.theta - 0.5 * D[0])
    assert abs(other["loss"][0] - L.energy()) < 1e-5
    test = L.scan(D[0], [0.0], test=True)
    assert np.isfinite(test["loss"][0]) and test["loss"][0] != line["loss"][0]
    raises(ValueError, "directions", L.scan, D[:, :-1], x)


def test_weights_and_moves():
    L = temper.Landscape(network(), rows=60)
    assert np.array_equal(L.weights(0), L.theta) and not np.array_equal(L.weights(1), L.theta)
    assert not np.array_equal(L.weights(0, 0), L.weights(0, 3)) and np.array_equal(L.weights(0, 3), L.weights(0))
    second = temper.Landscape(network(), rows=60, member=1)
    assert np.array_equal(second.theta, L.weights(1)) and L.energy(L.weights(1)) == second.energy()
    L.move(L.weights(1))
    assert np.array_equal(L.theta, second.theta) and L.energy() == second.energy()
    A = L.operator()
    raises(ValueError, "still in use", L.move, L.weights(2))
    del A
    L.move(L.weights(2))
    raises(temper.Error, "member=9", L.weights, 9)
    raises(temper.Error, "sample", L.weights, 0, 99)
    raises(TypeError, "copied or pickled", __import__("copy").copy, L)


def test_potentials():
    L = temper.Landscape(potential="x^4 - 4*x^2 + x*y + y^2")
    x, y = 0.7, -1.3
    u, grad = L.slope([x, y])
    assert abs(u - (x**4 - 4 * x**2 + x * y + y**2)) < 1e-12 and np.allclose(grad, [4 * x**3 - 8 * x + y, x + 2 * y])
    A = L.operator(theta=[x, y])
    assert np.allclose(A @ np.eye(2), [[12 * x**2 - 8, 1], [1, 2]])
    assert np.allclose(L.scan([1, 0], [0.0, 1.0], theta=[x, y])["loss"], [u, L.energy([x + 1, y])])
    assert "Landscape(potential=" in repr(L)
    raises(temper.Error, "Hessian alone", L.operator, "fisher")
    raises(temper.Error, "test rows", L.scan, [1, 0], [0.0], test=True)
    raises(temper.Error, "model file holds", L.weights)


def test_refusals():
    raises(temper.Error, "of what?", temper.Landscape)
    raises(temper.Error, "network.json", temper.Landscape, os.path.join(PLACE.name, "nothing"))
    raises(temper.Error, "one of them is enough", temper.Landscape, network(), potential="x^2")
    raises(temper.Error, "did you mean 'sin'", temper.Landscape, potential="sni(x)")
    L = temper.Landscape(potential="x^2 + y^2 + z^2")
    for call in (L.energy, L.slope, L.move, lambda theta: L.operator(theta=theta)):
        raises(ValueError, "(3,) is needed", call, np.zeros(4))
    A = L.operator()
    raises(ValueError, "(3, n) is needed", lambda: A @ np.zeros((4, 2)))
    raises(ValueError, "(3, n) is needed", lambda: A @ np.zeros(2))
    del L  # the operator keeps its landscape
    assert np.array_equal(A @ np.ones(3), 2 * np.ones(3))


def main():
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            passed += 1
        except Exception:
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
