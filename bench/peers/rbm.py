"""PCD-1, PCD-10 and Gibbs sampling of a 784 x 500 RBM of 0/1 units, 500 rows and 500 chains, in PyTorch and scikit-learn: what
bench/rbm.c does, with the same sizes. Best of so many repeats. A number given after the repeats is temper's ms for one PCD-1 update:
then the ratios are printed too.

    python3 bench/peers/rbm.py [repeats [threads [ms]]]

Samplers: torch.bernoulli (serial), and rand < p. The centred update of temper is left out here: that favours the peers."""
import sys, time

V, H, B = 784, 500, 500
repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 20
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
ours = float(sys.argv[3]) if len(sys.argv) > 3 else None


def best(f, n=repeats):
    f()
    least = 1e9
    for _ in range(n):
        t = time.perf_counter()
        f()
        least = min(least, time.perf_counter() - t)
    return 1e3 * least


def show(name, ms, step=None):
    ratio = f"   {ms / ours:5.1f} x temper's time" if ours else ""
    chains = f"   step {step:.2f} ms, {B / step:.0f}k chain-steps/s" if step else ""
    print(f"{name:34s} {ms:8.2f} ms an update{chains}{ratio}", flush=True)


def torch_peers():
    import torch
    torch.set_num_threads(threads)
    print(f"torch {torch.__version__}, {threads} threads")
    samplers = {"bernoulli": torch.bernoulli, "rand < p": lambda p: (torch.rand_like(p) < p).to(p.dtype)}
    for kind in (torch.float32, torch.bfloat16):
        for name, draw in samplers.items():
            W = (0.05 * torch.randn(V, H)).to(kind)
            b, c = torch.full((V,), -1.9).to(kind), torch.zeros(H).to(kind)
            X = (torch.rand(B, V) < 0.13).to(kind)
            v = X.clone()

            def sweep(v):
                h = draw(torch.sigmoid(torch.addmm(c, v, W)))
                return draw(torch.sigmoid(torch.addmm(b, h, W.t())))

            def update(k):
                nonlocal v
                for _ in range(k):
                    v = sweep(v)
                p, q = torch.sigmoid(torch.addmm(c, X, W)), torch.sigmoid(torch.addmm(c, v, W))
                W.add_(X.t() @ p - v.t() @ q, alpha=0.01 / B)
                b.add_((X - v).mean(0), alpha=0.01)
                c.add_((p - q).mean(0), alpha=0.01)

            with torch.no_grad():
                label = f"torch {str(kind)[6:]}, {name}"
                show(f"{label}, PCD-1", best(lambda: update(1)), best(lambda: sweep(v)))
                show(f"{label}, PCD-10", best(lambda: update(10), max(2, repeats // 5)))


def sklearn_peer():
    import numpy, sklearn
    from sklearn.neural_network import BernoulliRBM
    print(f"scikit-learn {sklearn.__version__}")
    X = (numpy.random.default_rng(1).random((10 * B, V)) < 0.13).astype(numpy.float32)

    def fit():
        BernoulliRBM(n_components=H, batch_size=B, n_iter=1, learning_rate=0.01, random_state=1).fit(X)

    show("scikit-learn fit, float32", best(fit, max(2, repeats // 5)) / 10)


for peer in (torch_peers, sklearn_peer):
    try:
        peer()
    except ImportError as missing:
        print(f"{peer.__name__}: {missing}")
