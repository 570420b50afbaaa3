"""temper.learn, draw and measure from Python: equal to the command line, arrays that NumPy reads, numbers that NumPy finds again."""
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import numpy as np

import temper

BIN = os.environ.get("TEMPER_BIN")
BARS = dict(system="rbm:hidden=4", data="bars-and-stripes:3", method="exact", epochs=120, rate=0.1, momentum=0.9)


def raises(words, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except temper.Error as error:
        assert words in str(error), f"no '{words}' in: {error}"
        return
    raise AssertionError("nothing was raised")


def safetensors(path):
    data = pathlib.Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])
    head.pop("__metadata__")
    return {k: np.frombuffer(data[8 + length :][slice(*v["data_offsets"])], "<f4").reshape(v["shape"]) for k, v in head.items()}


def weights(path):
    """W [visible][hidden], b, c whatever they are called."""
    arrays = dict(np.load(path))
    (W,) = (a for a in arrays.values() if a.ndim == 2)
    b, c = (next(a for a in arrays.values() if a.shape == (n,)) for n in W.shape)
    return W.astype(float), b.astype(float), c.astype(float)


def test_a_lesson_equals_that_of_the_command_line():
    mine = temper.learn(**BARS)
    flags = [f"--{k}={v}" for k, v in BARS.items()]
    theirs = json.loads(subprocess.run([BIN, "learn", *flags, "--json", "-q"], capture_output=True, text=True, check=True).stdout)
    assert dict(mine) == theirs and mine.hash == theirs["hash"]
    assert mine["schema"] == "temper.learn/1" and mine["log_likelihood"]["method"] == "exact"


def test_numpy_finds_the_same_likelihood_and_the_samples_the_same_means():
    with tempfile.TemporaryDirectory() as folder:
        run = f"{folder}/run"
        learned = temper.learn(**BARS, out=run)
        W, b, c = weights(f"{run}/model.npz")
        tensors = safetensors(f"{run}/model.safetensors")
        assert all(np.array_equal(tensors[k], a) for k, a in np.load(f"{run}/model.npz").items()) and len(tensors) == 3
        states = np.array(list(itertools.product((0, 1), repeat=9)), float)
        log_weight = states @ b + np.logaddexp(0, c + states @ W).sum(1)
        log_z = np.logaddexp.reduce(log_weight)
        assert abs(learned["log_z"]["mean"] - log_z) < 1e-5
        bits = np.array(list(itertools.product((0, 1), repeat=3)))
        rows = np.concatenate([np.repeat(bits, 3, 1), np.tile(bits, (1, 3))])
        mean = np.mean([log_weight[int("".join(map(str, r)), 2)] for r in rows]) - log_z
        assert abs(learned["log_likelihood"]["mean"] - mean) < 1e-5
        assert abs(temper.measure(run, "logz", method="exact")["log_z"]["mean"] - log_z) < 1e-5
        z = temper.measure(f"{run}/model.safetensors", "logz", method="ais", betas=200)["log_z"]
        assert abs(z["mean"] - log_z) < 4.5 * z["error"]
        drawn = temper.draw(run, chains=4000, sweeps=100, out=f"{folder}/samples.npy")
        s = np.load(f"{folder}/samples.npy")
        p = np.exp(log_weight - log_z) @ states
        assert s.shape == (4000, 9) and s.dtype == np.float32 and set(np.unique(s)) == {0, 1}
        assert np.all(np.abs(s.mean(0) - p) < 4.5 * np.sqrt(p * (1 - p) / 4000))
        assert len(drawn.hash) == 64


def test_rows_of_numpy_are_learned():
    rng = np.random.default_rng(1)
    J, n = 0.7, 4000
    s = np.where(rng.random((n, 2)) < 0.5, 1, -1)
    s[:, 1] = np.where(rng.random(n) < np.exp(J) / (2 * np.cosh(J)), s[:, 0], -s[:, 0])  # p ∝ exp(J s₀ s₁)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/s.npy", s.astype(np.float32))
        temper.learn("maxent:units=spin", f"npy:x={folder}/s.npy", "newton", out=f"{folder}/run", test=0, validation=0)
        arrays = safetensors(f"{folder}/run/model.safetensors")
        (coupling,) = (a for a in arrays.values() if a.size == 1)
        assert abs(float(coupling.item()) - np.arctanh((s[:, 0] * s[:, 1]).mean())) < 0.05


def test_errors_are_sentences():
    raises("did you mean 'rbm'", temper.learn, "rmb", "bars-and-stripes:3")
    raises("needs the directory", temper.draw, "/nowhere")
    raises("did you mean 'logz'", temper.measure, "/nowhere", "logzz")


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
