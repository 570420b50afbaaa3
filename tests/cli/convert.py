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
    for test in (there_and_back, a_file_is_described, names_of_others_are_told, mistakes_are_sentences):
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
