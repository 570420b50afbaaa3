"""Weights that temper writes, read by NumPy and by PyTorch: the same arrays, and the same outputs of the same layers."""
import ctypes
import json
import os
import pathlib
import sys
import tempfile
import traceback

import numpy as np

try:
    import torch
    from torch import nn
except ImportError:
    torch = None

lib = ctypes.CDLL(os.environ.get("TEMPER_LIBRARY", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/lib/libtemper.so")))
lib.temper_message.restype = ctypes.c_char_p
lib.temper_network_parameters.restype = lib.temper_network_statistics.restype = ctypes.c_int64
c_float, c_int, c_int64, c_void = ctypes.c_float, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p


class IO(ctypes.Structure):
    _fields_ = [(name, c_int64) for name in ("features", "channels", "height", "width", "outputs")]


class Objective(ctypes.Structure):  # {0}: cross-entropy
    _fields_ = [("loss", ctypes.c_int), ("smoothing", ctypes.c_double), ("confidence", ctypes.c_double)]


class Stream(ctypes.Structure):
    _fields_ = [("seed", ctypes.c_uint64), ("chain", ctypes.c_uint32)]


class Note(ctypes.Structure):
    _fields_ = [("key", ctypes.c_char_p), ("value", ctypes.c_char_p)]


def ok(status):
    assert status == 0, lib.temper_message().decode()


def pointer(array):
    return array.ctypes.data_as(c_void)


class Network:
    """A network on digits with weights and statistics to test with."""

    def __init__(self, model):
        io = IO(64, 1, 8, 8, 10)
        self.handle = c_void()
        ok(lib.temper_network_create(ctypes.byref(self.handle), model.encode(), ctypes.byref(io), ctypes.byref(Objective())))
        self.theta = np.zeros(lib.temper_network_parameters(self.handle), np.float32)
        self.statistics = np.zeros(lib.temper_network_statistics(self.handle), np.float32)
        draw = np.random.default_rng(5)
        lib.temper_network_start(self.handle, c_int(0), ctypes.c_double(1), Stream(7, 1), pointer(self.theta))
        self.theta += 0.05 * draw.standard_normal(self.theta.size).astype(np.float32)  # biases and gains as well
        self.statistics[:] = draw.uniform(0.5, 1.5, self.statistics.size)

    def __del__(self):
        lib.temper_network_free(self.handle)

    def write(self, path):
        notes = (Note * 2)(Note(b"data", b"digits"), Note(None, None))
        ok(lib.temper_weights_write(str(path).encode(), self.handle, pointer(self.theta), pointer(self.statistics), notes))
        return path

    def read(self, path):
        return lib.temper_weights_read(str(path).encode(), self.handle, pointer(self.theta), pointer(self.statistics))

    def outputs(self, rows):
        out = np.zeros((len(rows), 10), np.float32)
        ok(lib.temper_network_predict(self.handle, c_void(DIGITS.value + 24), None, pointer(rows), c_int64(len(rows)),
                                      pointer(self.theta), pointer(self.statistics), pointer(out)))
        return out


DIGITS = c_void()  # type, self, text, then the samples
ok(lib.temper_dataset_create(ctypes.byref(DIGITS), b"digits"))
ROWS = np.arange(0, 1797, 18, dtype=np.int64)


def pixels(rows):
    """n, features, X are the first members of temper_samples."""
    head = ctypes.cast(c_void(DIGITS.value + 24), ctypes.POINTER(c_int64))
    X = np.ctypeslib.as_array(ctypes.cast(head[2], ctypes.POINTER(c_float)), (head[0], head[1]))
    return X[rows].copy()


def safetensors(path):
    """The format from its description alone."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    assert length % 8 == 0
    header = json.loads(raw[8:8 + length])
    notes, body = header.pop("__metadata__"), raw[8 + length:]
    arrays, covered = {}, 0
    for name, entry in header.items():
        assert entry["dtype"] == "F32" and set(entry) == {"dtype", "shape", "data_offsets"}
        begin, end = entry["data_offsets"]
        arrays[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])
        covered += end - begin
    assert covered == len(body)
    return arrays, notes


def convolutions():
    return [nn.Conv2d(1, 5, 3, padding=1), nn.BatchNorm2d(5), nn.LeakyReLU(0.2), nn.AvgPool2d(2), nn.Conv2d(5, 6, 2, stride=2, bias=False),
            nn.GELU(), nn.Flatten(), nn.LayerNorm(24), nn.Linear(24, 10), nn.SiLU(), nn.Linear(10, 10)]


MODELS = {
    "mlp:30,20": lambda: [nn.Linear(64, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 10)],
    "mlp:30,activation=tanh,norm=batch": lambda: [nn.Linear(64, 30), nn.BatchNorm1d(30), nn.Tanh(), nn.Linear(30, 10)],
    "mlp:30,activation=softplus,norm=layer,dropout=0.5": lambda: [nn.Linear(64, 30), nn.LayerNorm(30), nn.Softplus(), nn.Dropout(), nn.Linear(30, 10)],
    "lenet5:pad=2": lambda: [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Flatten(), nn.Linear(64, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)],
    "graph:conv 5 3 pad=1; batch_norm; leaky slope=0.2; avg_pool 2; conv 6 2 stride=2 plain=yes; gelu; flatten; layer_norm; "
    "dense 10; silu; dense outputs": convolutions,
}


def test_numpy_reads_both_files(folder):
    for model in MODELS:
        network = Network(model)
        arrays, notes = safetensors(network.write(folder / "w.safetensors"))
        assert notes["format"] == "pt" and notes["data"] == "digits" and notes["model"].startswith(model.split(":")[0])
        archive = np.load(network.write(folder / "w.npz"))
        assert list(archive.files) == list(arrays)
        assert sum(a.size for a in arrays.values()) == network.theta.size + network.statistics.size
        for name, array in arrays.items():
            assert archive[name].dtype == np.float32 and np.array_equal(archive[name], array), name


def test_the_arrays_are_a_permutation_of_theta(folder):
    network = Network("mlp:30,20")
    arrays, _ = safetensors(network.write(folder / "w.safetensors"))
    first = network.theta[:64 * 30].reshape(64, 30)  # [in][out]
    assert np.array_equal(arrays["0.weight"], first.T) and np.array_equal(arrays["0.bias"], network.theta[1920:1950])
    x = pixels(ROWS)
    for name in ("0", "2", "4"):
        x = x @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]
        x = x if name == "4" else np.maximum(x, 0)
    assert np.allclose(x, network.outputs(ROWS), rtol=1e-5, atol=1e-4)


def test_torch_loads_them_and_gives_the_same_outputs(folder):
    if not torch:
        return "PyTorch is not there"
    for model, layers in MODELS.items():
        network = Network(model)
        arrays, _ = safetensors(network.write(folder / "w.safetensors"))
        peer = nn.Sequential(*layers()).eval()
        peer.load_state_dict({name: torch.tensor(a) for name, a in arrays.items()})  # strict: no name missing, none too many
        x = torch.tensor(pixels(ROWS))
        with torch.no_grad():
            want = peer(x if isinstance(peer[0], nn.Linear) else x.reshape(-1, 1, 8, 8)).numpy()
        got = network.outputs(ROWS)
        assert np.allclose(got, want, rtol=1e-5, atol=2e-5 * np.abs(want).max()), (model, np.abs(got - want).max())


def test_temper_reads_what_torch_writes(folder):
    """A file written here from a state_dict, with the counters that torch keeps and numbers in double."""
    if not torch:
        return "PyTorch is not there"
    model = "mlp:30,activation=tanh,norm=batch"
    torch.manual_seed(1)
    peer = nn.Sequential(*MODELS[model]()).eval()
    header, body = {}, b""
    for name, tensor in peer.state_dict().items():
        a = tensor.numpy()
        a = a if a.dtype == np.int64 else a.astype(np.float64)
        header[name] = {"dtype": "I64" if a.dtype == np.int64 else "F64", "shape": list(a.shape), "data_offsets": [len(body), len(body) + a.nbytes]}
        body += a.tobytes()
    text = json.dumps(header).encode()
    path = folder / "torch.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    network = Network(model)
    ok(network.read(path))
    with torch.no_grad():
        want = peer(torch.tensor(pixels(ROWS))).numpy()
    assert np.allclose(network.outputs(ROWS), want, rtol=1e-5, atol=1e-5)
    path.write_bytes(path.read_bytes()[:-1])
    assert network.read(path) == -3 and b"truncated" in lib.temper_message()


def main():
    counts = [0, 0, 0]
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                skipped = test(pathlib.Path(folder))
                counts[2 if skipped else 0] += 1
                if skipped:
                    print(f"skipped: {name}: {skipped}")
            except Exception:
                counts[1] += 1
                print(name)
                traceback.print_exc()
    print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    return bool(counts[1])


if __name__ == "__main__":
    sys.exit(main())
