"""The Python package: equal to the command line, honest about errors, no copies of spins."""
import copy
import itertools
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import traceback

import numpy as np

import temper

BIN = os.environ.get("TEMPER_BIN")


def raises(kind, words, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except kind as error:
        assert words in str(error), f"no '{words}' in: {error}"
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def test_every_system_of_the_catalogue_is_a_class_with_a_docstring():
    for entry in temper.catalogue["systems"]:
        made = getattr(temper.systems, entry["name"])
        assert entry["brief"] in made.__doc__
        assert all(option["name"] in made.__doc__ for option in entry["options"])
    assert temper.systems.ising(dims=(4, 5), J=-1).text == "ising:dims=4x5,J=-1,h=0,boundary=periodic"


def test_energy_is_the_sum_over_bonds():
    system = temper.systems.ising(dims=(3, 4), J=0.5, h=0.25)
    for seed in range(20):
        s = np.random.default_rng(seed).choice([-1, 1], 12).reshape(3, 4)
        H = -0.5 * np.sum(s * np.roll(s, 1, 0) + s * np.roll(s, 1, 1)) - 0.25 * s.sum()
        assert np.isclose(system.energy(s.ravel()), H)


def test_spins_are_a_view_that_keeps_the_chain_alive():
    chain = temper.Chain("ising:dims=8x8", "metropolis", temperature=2.0, seed=3)
    s = chain.s
    assert s.dtype == np.int8 and s.shape == (64,) and set(np.unique(s)) <= {-1, 1}
    s[:] = 1
    chain.refresh()
    assert chain.energy == -128
    chain.advance(5)
    assert chain.clock == 5 and np.array_equal(s, chain.s)
    del chain
    assert abs(int(s.sum())) <= 64  # still readable
    chain = temper.Chain("ising:dims=4x4")
    chain.s[3] = 7
    raises(temper.Error, "site 3", chain.refresh)


def test_a_chain_depends_on_seed_and_number_only():
    def spins(threads, number):
        temper.threads(threads)
        return temper.Chain("spin_glass:dims=6x6", "metropolis", 5.0, seed=5, number=number).advance(20).s.copy()
    assert np.array_equal(spins(1, 0), spins(2, 0))
    assert not np.array_equal(spins(1, 0), spins(1, 1))
    temper.threads(0)


def test_boltzmann_weights_of_a_tiny_system():
    system, T = temper.System("ising:dims=2x2,h=0.3"), 3.0
    states = [np.array(s, dtype=np.int8) for s in itertools.product([-1, 1], repeat=4)]
    weights = np.array([np.exp(-system.energy(s) / T) for s in states])
    weights /= weights.sum()
    count = np.zeros(16)
    chain = temper.Chain(system, "heatbath", T, seed=1).advance(50)
    for _ in range(20000):
        chain.advance()
        count[int("".join("1" if v > 0 else "0" for v in chain.s), 2)] += 1
    error = np.sqrt(weights * (1 - weights) / 20000 * 4)  # τ below 2 here
    assert np.all(np.abs(count / 20000 - weights) < 4.5 * error)


def test_sample_equals_the_command_line():
    job = dict(system="ising:dims=8x8", sampler="wolff", temperature=[2.0, 3.0], sweeps=300, chains=2, seed=4)
    result = temper.sample(**job)
    assert result["schema"] == "temper.sample/1" and "± " in str(result)
    energy = result["results"][0]["observables"]["energy"]
    assert energy["error"] > 0 and energy["ess"] > 10
    if not BIN:
        return
    flags = [f for k, v in job.items() for f in (f"--{k}", ",".join(map(str, v)) if isinstance(v, list) else str(v))]
    out = subprocess.run([BIN, "sample", *flags, "--json", "--quiet"], capture_output=True, check=True, text=True).stdout
    assert json.loads(out)["hash"] == result.hash


def test_theory_and_anneal():
    u = temper.theory("ising2d:dims=32x32", temperature=2.0)["results"][0]["energy"]
    assert abs(u + 1.7455645270346) < 1e-10  # reference/theory.md, section 3
    best = temper.anneal("ising:dims=6x6", "anneal:steps=40", reads=4, seed=1)
    assert best["best_energy"] == -72


def test_train_and_predict_equal_the_command_line():
    job = dict(data="digits", model="mlp:12", epochs=4, seeds=2, dynamics="sgd:rate=0.1,momentum=0.9")
    with tempfile.TemporaryDirectory() as folder:
        result = temper.train(**job, out=f"{folder}/run")
        assert result["schema"] == "temper.train/1" and result["test"]["accuracy"]["mean"] > 0.8 and "± " in str(result)
        rows = temper.predict(f"{folder}/run", "digits")["rows"]
        p = np.array([row["probabilities"] for row in rows])
        assert p.shape == (1797, 10) and np.allclose(p.sum(axis=1), 1)
        with np.load(f"{folder}/run/weights/member_0001.npz") as weights:
            assert {w.shape for w in weights.values()} == {(12, 64), (12,), (10, 12), (10,)}
        temper.train(**job | {"dynamics": "adam"}, out=f"{folder}/other")
        compared = temper.compare(f"{folder}/run", f"{folder}/other", scores="nll")
        assert compared["tests"] == 2 and compared["runs"][1]["name"] == "other" and "other: nll" in str(compared)
        assert np.isclose(compared["comparisons"][0]["reference"], result["test"]["nll"]["mean"])
        with open(f"{folder}/two.toml", "w") as file:
            file.write('seeds = 1\nbudget = 2\n[train]\nmodel = "mlp:4"\n[data.digits]\ndata = "digits"\n[method.sgd]\n[method.adam]\ndynamics = "adam"\n')
        studied = temper.study(file.name, out=f"{folder}/study")
        assert set(studied["results"]["digits"]) == {"sgd", "adam"} and "not tested" in studied["verdict"]
    raises(ValueError, "batch=5000", temper.train, "digits", "mlp:12", batch=5000)
    raises(temper.Error, "network.json", temper.predict, "/nonexistent", "digits")
    if BIN:
        flags = [f for k, v in job.items() for f in (f"--{k}", str(v))]
        out = subprocess.run([BIN, "train", *flags, "--json", "--quiet"], capture_output=True, check=True, text=True).stdout
        assert json.loads(out)["hash"] == result.hash


def test_errors_are_sentences():
    raises(ValueError, "did you mean 'ising'", temper.System, "isng")
    raises(ValueError, "dims", temper.System, "ising:dims=0")
    raises(ValueError, "temperature", temper.Chain, "ising", temperature=-1)
    raises(temper.Error, "wolff", temper.Chain, "sk:n=8", "wolff")
    raises(ValueError, "did you mean", temper.sample, "ising", 2.0, sweep=10)
    raises(ValueError, "shape", temper.System("ising:dims=4x4").energy, np.ones(3))
    raises(ValueError, "whole numbers", temper.System("ising:dims=4x4").energy, np.full(16, 257))
    raises(ValueError, "seed=-1", temper.Chain, "ising", seed=-1)
    raises(ValueError, "negative", temper.Chain("ising").advance, -1)
    raises(AttributeError, "ising", getattr, temper.systems, "isin")
    assert "extents" in temper.describe("ising")


def test_values_of_numpy_and_things_are_spelled():
    plain = temper.sample("ising:dims=8x8", temperature=[2.0, 2.5, 3.0], sampler="wolff", sweeps=50)
    same = temper.sample(temper.systems.ising(dims=np.array([8, 8])), np.linspace(2, 3, 3), temper.Sampler("wolff"), sweeps=np.int64(50))
    assert plain.hash == same.hash


def test_copies_own_their_handles():
    system = pickle.loads(pickle.dumps(temper.systems.ising(dims=(3, 3))))
    assert system.text == copy.deepcopy(system).text == temper.systems.ising(dims=(3, 3)).text
    assert copy.copy(temper.Sampler("wolff")).text == "wolff"
    raises(TypeError, "copied", copy.copy, temper.Chain("ising:dims=3x3"))


def test_a_strict_failure_keeps_its_report():
    try:
        temper.sample("ising:dims=32x32", temperature=1.5, sweeps=20, strict=True)
    except temper.Error as error:
        assert error.code == -7 and error.report.hash
        return
    raise AssertionError("strict did not fail")


def test_parts_of_an_advance_make_the_same_bits():
    for system, sampler in (("ising:dims=8x8", "metropolis+wolff"), ("potts:dims=4x4", "heatbath"), ("sk:n=9", "metropolis:order=random")):
        whole, parts = (temper.Chain(system, sampler, 2.0, seed=4) for _ in range(2))
        whole.advance(300)
        for _ in range(300):
            parts.advance()
        assert np.array_equal(whole.s, parts.s) and whole.clock == parts.clock


def test_ctrl_c_stops_a_job_that_can_be_resumed():
    job = dict(system="ising:dims=64x64", temperature=[2.0, 2.2], sweeps=60000, seed=3, observe="energy")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
        raises(KeyboardInterrupt, "resume", temper.sample, out=f"{folder}/run", **job)
        assert temper.run("resume", run=f"{folder}/run").hash == temper.sample(**job).hash


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
