"""The edge of stability: full-batch gradient descent sharpens its valley until the top eigenvalue of the Hessian reaches 2/η, where a step
overshoots as much as it gains, and stays there while the loss goes on falling (Cohen et al. 2021). With momentum μ the edge is at 2(1 + μ)/η."""
import tempfile

import temper

print("    η    μ     steps       loss      λ₁   edge")
with tempfile.TemporaryDirectory() as folder:
    for rate, momentum, steps in ((0.05, 0, 10000), (0.1, 0, 1000), (0.1, 0, 3000), (0.1, 0, 10000), (0.15, 0, 10000), (0.1, 0.5, 6000)):
        temper.train("function:sin(6*x) + x^2; n=100", "mlp:32,32,activation=tanh", f"sgd:rate={rate},momentum={momentum}", batch=100, epochs=steps,
                     schedule="constant", test=0, validation=0, seeds=1, out=folder, force=True)
        seen = temper.measure(folder, "curvature", pairs=1, probes=0, products=0)
        top, edge = seen["eigenpairs"]["value"][0], 2 * (1 + momentum) / rate
        print(f"{rate:5.2f} {momentum:4.1f} {steps:9d} {seen['loss']:10.2g} {top:7.2f} {edge:6.1f}  {'█' * int(30 * top / edge)}")
