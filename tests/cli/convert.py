"""temper convert and temper describe on model files: there and back, remarks, and the sentences of what cannot be."""
import os
import pathlib
import subprocess
import sys
import tempfile

BIN = os.environ["TEMPER_BIN"]


def temper(*words):
    done = subprocess.run([BIN, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def npz(path, arrays):
    import numpy
    draw = numpy.random.default_rng(3)
    numpy.savez(path, **{name: draw.standard_normal(shape).astype("f4") for name, shape in arrays.items()})


ARRAYS = {"0.weight": (12, 64), "0.bias": (12,), "2.weight": (10, 12), "2.bias": (10,)}


def there_and_back(folder):
    npz(folder / "a.npz", ARRAYS)
    code, out, said = temper("convert", folder / "a.npz", folder / "a.onnx", "--model", "mlp:12", "--data", "digits")
    assert code == 0 and not said and out.splitlines()[1] == "910 parameters, 0 statistics", (code, out, said)
    code, out, said = temper("convert", folder / "a.onnx", folder / "b.safetensors")
    assert code == 0 and out.startswith("graph:dense 12; relu; dense 10\n"), (out, said)
    code, out, said = temper("convert", folder / "b.safetensors", folder / "b.npz", "--data", "digits")
    assert code == 0 and not said, said
    import numpy
    a, b = numpy.load(folder / "a.npz"), numpy.load(folder / "b.npz")
    assert all(numpy.array_equal(a[name], b[name]) for name in ARRAYS)


def a_file_is_described(folder):
    npz(folder / "a.npz", ARRAYS)
    temper("convert", folder / "a.npz", folder / "a.onnx", "--model", "mlp:12", "--data", "digits")
    code, out, said = temper("describe", folder / "a.onnx")
    assert code == 0 and "910" in out and "dense" in out, (out, said)
    assert temper("describe", folder / "a.npz", "--model", "mlp:12", "--data", "digits")[0] == 0


def names_of_others_are_told(folder):
    npz(folder / "t.npz", {name.replace("0.", "fc1.").replace("2.", "fc2."): shape for name, shape in ARRAYS.items()})
    code, out, said = temper("convert", folder / "t.npz", folder / "t.safetensors", "--model", "mlp:12", "--input", "64")
    assert code == 0 and said == "fc1 is taken for layer 0, by its shape\nfc2 is taken for layer 2, by its shape\n", said


def runs_come_without_their_scaling(folder):
    """The network of a run takes x' = (x - shift)*scale; what convert writes takes x, and gives targets as they were."""
    import json
    import numpy
    draw = numpy.random.default_rng(4)
    table = 5 + 3 * draw.standard_normal((60, 4))
    (folder / "t.csv").write_text("".join(",".join(f"{x:.6g}" for x in row) + "\n" for row in table))
    relu = lambda x: numpy.maximum(x, 0)
    for k, (data, model, more) in enumerate((("digits", "mlp:7", ("--scaling", "standard")), ("digits", "mlp:7", ("--scaling", "unit")),
                                             (f"csv:file={folder / 't.csv'},header=no", "mlp:7", ("--scaling", "standard", "--loss", "squared")),
                                             (f"csv:file={folder / 't.csv'},header=no", "mlp:7", ("--scaling", "standard", "--loss", "gaussian")))):
        run, x = folder / f"run{k}", 3 + 4 * draw.standard_normal((5, 64 if k < 2 else 3))
        code, out, said = temper("train", "--data", data, "--model", model, "--epochs", 1, "--batch", 16, "--seeds", 2, "--out", run, *more)
        assert code == 0, said
        code, out, said = temper("convert", run, folder / "u.npz", "--member", 1)
        assert code == 0 and not said, said
        about = json.loads((run / "network.json").read_text())
        shift, scale = numpy.array(about["shift"]), numpy.array(about["scale"])
        n = x.shape[1]
        assert (scale[:n] != 1).any() and (shift[:n] != 0).any() != (k == 1), about
        forward = lambda w, x: relu(x @ w[names[0]].T + w[names[1]]) @ w[names[2]].T + w[names[3]]
        a, b = numpy.load(run / "weights" / "member_0001.npz"), numpy.load(folder / "u.npz")
        names = list(a.keys())
        want, got = forward(a, (x - shift[:n]) * scale[:n]), forward(b, x)
        if k >= 2:
            want[:, 0] = want[:, 0] / scale[n] + shift[n]
        if k == 3:
            want[:, 1] -= 2 * numpy.log(scale[n])
        assert numpy.allclose(got, want, rtol=1e-4, atol=1e-4 * numpy.abs(want).max()), (k, numpy.abs(got - want).max())
        assert temper("convert", run, folder / "u.onnx")[0] == 0
    code, out, said = temper("train", "--data", "digits", "--model", "graph:conv 3 3 pad=1; relu; flatten; dense outputs", "--epochs", 1, "--scaling", "standard", "--out", folder / "padded")
    assert code == 0, said
    code, out, said = temper("convert", folder / "padded", folder / "u.onnx")
    assert code == 2 and "layer 0, conv, pads with zeros of the scaled image" in said and said.count("\n") == 1, (code, said)
    for words, sentence in (((folder / "run0", folder / "u.npz", "--member", 2), "member=2 is outside 0 ... 1"),
                            ((folder / "run0", folder / "u.npz", "--data", "digits"), "knows its model and data"),
                            ((folder / "u.npz", folder / "u.onnx", "--member", 1), "is one network"),
                            ((folder / "run0", folder / "u.npz", "--member", "x"), "whole number")):
        code, out, said = temper("convert", *words)
        assert code == 2 and sentence in said and said.count("\n") == 1, (code, said)
    assert temper("convert", folder / "nowhere", folder / "u.npz")[0] == 1


def mistakes_are_sentences(folder):
    npz(folder / "a.npz", ARRAYS)
    (folder / "bad.onnx").write_bytes(b"hello")
    for words, code, sentence in ((("convert", folder / "a.npz"), 2, "needs two files"),
                                  (("convert", folder / "a.npz", folder / "b.pt", "--model", "mlp:12", "--input", "64"), 2, "end in .onnx"),
                                  (("convert", folder / "a.npz", folder / "b.onnx"), 2, "say which model"),
                                  (("convert", folder / "a.npz", folder / "b.onnx", "--model", "mlp:12"), 2, "say what the data are"),
                                  (("convert", folder / "a.npz", folder / "b.onnx", "--model", "mlp:13", "--input", "64"), 3, "the network needs 13x64"),
                                  (("convert", folder / "none.onnx", folder / "b.npz"), 1, "No such file"),
                                  (("describe", folder / "bad.onnx"), 3, "not an ONNX file?")):
        done = temper(*words)
        assert done[0] == code and not done[1] and sentence in done[2] and done[2].count("\n") == 1, (words, done)


def main():
    passed = failed = 0
    for test in (there_and_back, a_file_is_described, names_of_others_are_told, runs_come_without_their_scaling, mistakes_are_sentences):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(pathlib.Path(folder))
                passed += 1
            except (AssertionError, ValueError, IndexError) as wrong:
                failed += 1
                print(f"FAILED {test.__name__}: {wrong!r}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
