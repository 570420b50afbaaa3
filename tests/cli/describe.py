"""temper describe on models: the table, its JSON, and the sentences of what cannot be."""
import json
import os
import subprocess
import sys

BIN = os.environ["TEMPER_BIN"]


def temper(*words):
    done = subprocess.run([BIN, *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def the_table_adds_up():
    code, out, said = temper("describe", "lenet5", "--input", "1x28x28")
    assert code == 0 and not said, said
    rows = [line.split() for line in out.splitlines() if line.strip()[:1].isdigit()]
    assert len(rows) == 13 and sum(int(row[-4]) for row in rows) == 61706, rows
    assert "61706" in next(line for line in out.splitlines() if "together" in line)


def the_json_is_the_table():
    code, out, _ = temper("describe", "resnet20", "--input", "3x32x32", "--batch", "128", "--plan", "--json")
    net = json.loads(out)
    assert code == 0 and net["schema"] == "temper.network/1" and net["batch"] == 128 and net["parameters"] == 269722
    assert sum(layer["parameters"] for layer in net["layers"]) == 269722
    assert sum(layer["flops"] for layer in net["layers"]) == net["flops"]
    assert all((layer["bytes"] == 0) == (layer["layer"].split()[0] in ("relu", "add")) for layer in net["layers"]), net["layers"]
    plan = net["plan"]
    assert plan["outputs"]["together"] < plan["gradient"]["together"] < plan["curvature"]["together"]
    assert all(p["together"] <= sum(p[k] for k in ("values", "adjoints", "kept", "scratch")) + 65536 for p in plan.values())


def data_say_shape_and_loss():
    assert "loss cross-entropy" in temper("describe", "mlp:5", "--data", "digits")[1]
    out = json.loads(temper("describe", "mlp:5", "--input", "13", "--outputs", "2", "--loss", "gaussian", "--json")[1])
    assert out["outputs"] == 4 and out["parameters"] == 13 * 5 + 5 + 5 * 4 + 4


def the_text_of_a_model_is_a_graph():
    out = temper("describe", "transformer:width=16", "--data", "digits")[1]
    text = next(line.strip() for line in out.splitlines() if line.strip().startswith("graph:"))
    again = temper("describe", text, "--data", "digits")[1]
    pick = lambda table: [line for line in table.splitlines() if line.strip()[:1].isdigit()]
    assert pick(out) == pick(again) and len(pick(out)) > 20


def mistakes_are_sentences():
    for words, code, sentence in (
            (("mlp:100", "--plan"), 2, "--data or --input is missing"),
            (("mlp:100", "--data", "digits", "--outputs", "3"), 2, "legal is one of them"),
            (("mlp:100", "--input", "3x32"), 2, "CHANNELSxHEIGHTxWIDTH"),
            (("mlp:100", "--input", "0"), 2, "whole number of 1 or more"),
            (("mlp:100", "--input", "99999999999999999999"), 2, "whole number of 1 or more"),
            (("mlp:100", "--data", "digits", "--batch", "0"), 2, "--batch 0"),
            (("mlp:100", "--data", "digits", "--loss", "hing"), 2, "did you mean 'hinge'?"),
            (("mlq:100", "--data", "digits"), 2, "did you mean 'mlp'?"),
            (("lenet5", "--data", "digits"), 2, "lenet5:pad=2"),
            (("graph:dense 5; relu; dens outputs", "--data", "digits"), 2, "layer 3 'dens outputs' (its input is 5x1x1)"),
            (("mlp:100", "--data", "digit"), 2, "did you mean 'digits'?")):
        done = temper("describe", *words)
        assert done[0] == code and not done[1] and sentence in done[2] and done[2].count("\n") == 1, (words, done)


def layers_and_models_are_listed():
    assert "attention" in temper("list", "layers")[1] and "resnet20" in temper("list", "models")[1]
    assert "vocabulary" in temper("describe", "embedding")[1]
    catalogue = json.loads(temper("list", "--json")[1])
    assert {"layers", "models"} <= set(catalogue)


def main():
    passed = failed = 0
    for test in (the_table_adds_up, the_json_is_the_table, data_say_shape_and_loss, the_text_of_a_model_is_a_graph,
                 mistakes_are_sentences, layers_and_models_are_listed):
        try:
            test()
            passed += 1
        except (AssertionError, StopIteration, ValueError) as wrong:
            failed += 1
            print(f"FAILED {test.__name__}: {wrong!r}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
