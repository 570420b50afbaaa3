"""tools/import: published models and data become files that temper reads. What a library that is not here would have to read is skipped."""
import ctypes
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback
import zlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared/data/rbm"
lib = ctypes.CDLL(os.environ.get("TEMPER_LIBRARY", str(ROOT / "build/release/lib/libtemper.so")))
lib.temper_message.restype = ctypes.c_char_p

folder = pathlib.Path(tempfile.mkdtemp(prefix="temper_import"))
draw = np.random.default_rng(3)
W, b, c = draw.standard_normal((6, 4)), draw.standard_normal(6), draw.standard_normal(4)


class Skip(Exception):
    pass


def library(name):
    try:
        return __import__(name, fromlist=["*"])
    except ImportError:
        raise Skip(f"{name} is not installed")


def tool(*arguments):
    done = subprocess.run([sys.executable, str(ROOT / "tools/import"), *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def refused(words, *arguments):
    code, text = tool(*arguments)
    assert code == 1 and words in text and "Traceback" not in text, (code, text)


def safetensors(path):
    """The format from its description alone."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    assert length % 8 == 0
    header = json.loads(raw[8:8 + length])
    notes, body = header.pop("__metadata__"), raw[8 + length:]
    arrays = {name: np.frombuffer(body[slice(*e["data_offsets"])], "<f4").reshape(e["shape"]) for name, e in header.items()}
    assert sum(a.nbytes for a in arrays.values()) == len(body)
    return arrays, notes


def same_model(path, V=6, H=4):
    arrays, notes = safetensors(path)
    for name, truth in (("W", W), ("b", b), ("c", c)):
        assert np.array_equal(arrays[name], truth.astype("f4")), name
    assert notes["machine"] == f"rbm:hidden={H}" and json.loads(notes["io"])["columns"] == V
    return notes


def npz():
    np.savez(folder / "m.npz", W=W, b=b, c=c)
    code, text = tool("model", folder / "m.npz", folder / "m.safetensors", "--image", "2x3")
    assert code == 0, text
    io = json.loads(same_model(folder / "m.safetensors")["io"])
    assert (io["channels"], io["height"], io["width"]) == (1, 2, 3), io


def temper_reads_it():
    machine = ctypes.c_void_p()
    status = lib.temper_machine_read(ctypes.byref(machine), str(folder / "m.safetensors").encode())
    assert status == 0, lib.temper_message().decode()
    status = lib.temper_machine_write(machine, str(folder / "again.safetensors").encode())
    assert status == 0, lib.temper_message().decode()
    lib.temper_machine_free(machine)
    arrays, notes = safetensors(folder / "again.safetensors")
    assert np.array_equal(arrays["W"], W.astype("f4")) and np.array_equal(arrays["c"], c.astype("f4"))
    assert notes["machine"].startswith("rbm:") and json.loads(notes["io"])["height"] == 2, notes


def bad_models():
    np.savez(folder / "short.npz", W=W, b=b[:5], c=c)
    refused("does not go with 5 visible", "model", folder / "short.npz", folder / "x.safetensors")
    np.savez(folder / "nan.npz", W=W * np.nan, b=b, c=c)
    refused("W holds 24 numbers that are not finite", "model", folder / "nan.npz", folder / "x.safetensors")
    np.savez(folder / "other.npz", A=W)
    refused("expected the arrays W, b, c", "model", folder / "other.npz", folder / "x.safetensors")
    (folder / "noise.npz").write_bytes(b"noise")
    refused("no npz file", "model", folder / "noise.npz", folder / "x.safetensors")
    refused("no such file", "model", folder / "none.npz", folder / "x.safetensors")
    refused("has 8 pixels, the rows have 6", "model", folder / "m.npz", folder / "x.safetensors", "--image", "2x4")
    refused("ends in .safetensors", "model", folder / "m.npz", folder / "x.bin")
    assert not (folder / "x.safetensors").exists()


def matlab_names():
    library("scipy.io").savemat(folder / "named.mat", {"vishid": W, "visbiases": b, "hidbiases": c})
    code, text = tool("model", folder / "named.mat", folder / "named.safetensors")
    assert code == 0, text
    same_model(folder / "named.safetensors")


def matlab_data():
    x = (draw.random((6, 9)) < 0.5).astype(np.uint8)
    library("scipy.io").savemat(folder / "data.mat", {"x_trn": x, "x_tst": x[:, :2], "note": "text"})
    code, text = tool("data", folder / "data.mat", folder / "data", "--image", "3x2")
    assert code == 0, text
    rows = np.load(folder / "data/x_trn.npy")
    assert rows.shape == (9, 3, 2) and rows.flags.c_contiguous and np.array_equal(rows.reshape(9, 6), x.T)
    assert sorted(p.name for p in (folder / "data").iterdir()) == ["x_trn.npy", "x_tst.npy"]
    refused("no matrix y", "data", folder / "data.mat", folder / "data", "--names", "y")


def bad_matlab():
    """A file made by hand from the format's description: header, then one matrix of doubles, whole and damaged in many ways."""
    def element(kind, body):
        return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)

    inner = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack("<ii", 2, 3)) + element(1, b"x") + element(9, np.arange(6.0).tobytes())
    whole = b"MATLAB 5.0 by hand".ljust(124) + b"\0\1IM" + element(14, inner)
    packed = whole[:128] + struct.pack("<II", 15, len(zlib.compress(whole[128:]))) + zlib.compress(whole[128:])
    for raw in (whole, packed):
        (folder / "hand.mat").write_bytes(raw)
        code, text = tool("data", folder / "hand.mat", folder / "hand")
        assert code == 0, text
        assert np.array_equal(np.load(folder / "hand/x.npy"), np.arange(6).reshape(3, 2))
        for cut in (0, 100, 127, 140, len(raw) - 20, len(raw) - 1):
            (folder / "cut.mat").write_bytes(raw[:cut])
            refused("cut.mat: ", "data", folder / "cut.mat", folder / "cut")
    refused("expected the arrays W, b, c", "model", folder / "hand.mat", folder / "x.safetensors")


def hdf5():
    with library("h5py").File(folder / "m.h5", "w") as file:
        for n in (1, 20, 3):
            for name, x in (("weight_matrix", W), ("vbias", b), ("hbias", c)):
                file[f"update_{n}/params/{name}"] = x if n == 20 else 0 * x
    code, text = tool("model", folder / "m.h5", folder / "h.safetensors")
    assert code == 0, text
    assert same_model(folder / "h.safetensors")["source"] == "m.h5, update_20"
    refused("there is no update_7; there are 1, 3, 20", "model", folder / "m.h5", folder / "x.safetensors", "--update", 7)


def published_model():
    """CD25(500): mean of b·v + Σ softplus(c + vW) over the test images is 364.9259, the largest |W| 2.886 (reference, section 1)."""
    if not REAL.is_dir():
        raise Skip(f"no {REAL}")
    for arguments in (("model", REAL / "rbm_CD25_500.mat", folder / "cd25.safetensors"),
                      ("data", REAL / "randomly_binarized_mnist.mat", folder / "mnist", "--names", "x_tst")):
        code, text = tool(*arguments, "--image", "28x28")
        assert code == 0, text
    model, _ = safetensors(folder / "cd25.safetensors")
    X = np.load(folder / "mnist/x_tst.npy").reshape(10000, 784).astype("f8")
    score = (X @ model["b"] + np.logaddexp(0, X @ model["W"].astype("f8") + model["c"]).sum(1)).mean()
    assert abs(score - 364.9259) < 2e-4 and abs(np.abs(model["W"]).max() - 2.886) < 1e-3, score


def main():
    passed = failed = skipped = 0
    for test in (npz, temper_reads_it, bad_models, matlab_names, matlab_data, bad_matlab, hdf5, published_model):
        try:
            test()
            passed += 1
        except Skip as why:
            print(f"  skipped: {test.__name__}: {why}")
            skipped += 1
        except Exception:
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
            failed += 1
    shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
