"""Slices as ParaView sees them: VTK reads slice.vti and slice.vtp, and every number is the float of slice.csv. Skipped where there is no vtk
(Debian: python3-vtk9)."""
import csv
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    from vtkmodules.vtkIOXML import vtkXMLImageDataReader, vtkXMLPolyDataReader
except ImportError:
    print("skipped: no module vtk; on Debian: apt install python3-vtk9, and /usr/bin/python3")
    sys.exit(0)

root = pathlib.Path(__file__).resolve().parents[2]
temper = os.environ.get("TEMPER_BIN", str(root / "build/release/bin/temper"))


def single(text):
    x = float(text)
    return struct.unpack("f", struct.pack("f", x))[0]


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def table(path):
    rows = list(csv.DictReader(open(path)))
    return {name: [row[name] for row in rows] for name in rows[0]}


def image(folder, axes, n):
    reader = vtkXMLImageDataReader()
    assert reader.CanReadFile(str(folder / "slice.vti")), "VTK does not take slice.vti"
    reader.SetFileName(str(folder / "slice.vti"))
    reader.Update()
    data, columns = reader.GetOutput(), table(folder / "slice.csv")
    assert list(data.GetDimensions()) == n + [1] * (3 - axes), data.GetDimensions()
    points, values = len(columns["x"]), data.GetPointData()
    for p in range(points):
        place = data.GetPoint(p)
        for k in range(axes):
            assert abs(place[k] - float(columns["xyz"[k]][p])) < 1e-12, (p, place)
    names = [values.GetArrayName(k) for k in range(values.GetNumberOfArrays())]
    assert "loss" in names and "level" in names, names
    for name in names:
        array = values.GetArray(name)
        assert array.GetDataTypeAsString() == "float" and array.GetNumberOfTuples() == points
        for p in range(points):
            want = columns[name][p]
            want = -1.0 if want == "interpolated" else single(want)
            assert same(array.GetValue(p), want), (name, p, array.GetValue(p), want)
    return columns


def surface(folder, n, columns, logarithm):
    reader = vtkXMLPolyDataReader()
    assert reader.CanReadFile(str(folder / "slice.vtp")), "VTK does not take slice.vtp"
    reader.SetFileName(str(folder / "slice.vtp"))
    reader.Update()
    data, points = reader.GetOutput(), n[0] * n[1]
    assert data.GetNumberOfPolys() == (n[0] - 1) * (n[1] - 1) and data.GetNumberOfPoints() >= points
    loss = data.GetPointData().GetArray("loss")
    for p in range(points):
        x, y, z = data.GetPoint(p)
        L = float(columns["loss"][p])
        assert x == single(columns["x"][p]) and y == single(columns["y"][p]), (p, x, y)
        assert abs(z - (math.log10(L) if logarithm else L)) < 1e-6 * max(1, abs(z)), (p, z, L)
        assert loss.GetValue(p) == single(columns["loss"][p]), p
    for c in range(data.GetNumberOfLines(), data.GetNumberOfCells()):
        cell = data.GetCell(c)
        xs = [data.GetPoint(cell.GetPointId(k)) for k in range(4)]
        area = sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(xs, xs[1:] + xs[:1])) / 2
        assert cell.GetNumberOfPoints() == 4 and area > 0, "squares run counter-clockwise"
    return data.GetNumberOfLines()


def landscape(folder, *words):
    subprocess.run([temper, "landscape", *words, "--out", str(folder), "-q"], check=True, stdout=subprocess.DEVNULL)
    return folder


with tempfile.TemporaryDirectory() as scratch:
    home = pathlib.Path(scratch)
    potential = ["--potential", "double_well", "--what", "slice"]
    image(landscape(home / "line", *potential, "--x=-2:2:33"), 1, [33])
    run = home / "run"
    subprocess.run([temper, "train", "--data", "digits", "--model", "mlp:8", "--epochs", "3", "--samples", "6", "--samples-from", "0", "--out", str(run),
                    "-q"], check=True, stdout=subprocess.DEVNULL)
    box = landscape(home / "box", str(run), "--what", "slice", "--x=-1:1:5", "--y=-1:1:4", "--z=0:1:3", "--fields", "loss,error")
    image(box, 3, [5, 4, 3])
    way = landscape(home / "way", str(run), "--what", "slice", "--directions", "trajectory", "--x=-1:1:9", "--y=-1:1:7", "--refine", "1")
    columns = image(way, 2, [17, 13])
    losses = [float(v) for v in columns["loss"]]
    assert surface(way, [17, 13], columns, max(losses) > 100 * min(losses)) == 1, "the way of the run is a line"
    steep = landscape(home / "steep", str(run), "--what", "slice", "--directions", "hessian", "--x=-300:300:9")
    columns = image(steep, 2, [9, 9])
    losses = [float(v) for v in columns["loss"]]
    assert max(losses) > 100 * min(losses) and surface(steep, [9, 9], columns, True) == 0
print("VTK reads what temper writes")
