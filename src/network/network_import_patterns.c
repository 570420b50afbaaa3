/* Layers that a file says in several nodes. The last node of them is marked, and the others are passed over. Factors may stand in any order.
 *
 *     gelu         x · ½ · (1 + erf(x/√2))
 *     silu         x · sigmoid(x)
 *     layer norm   (x − μ)/√(mean((x − μ)²) + ε) · gain + bias, μ = mean(x), means over the last axis
 *     slices       rows, then columns of an image */
#include <math.h>
#include <string.h>
#include "network/network_import.h"

static const char *type_of(const net_import *im, int node) { /* one of those that are looked for */
    static const char *const known[] = {"Mul", "Div",  "Add",     "Sub",        "Erf",
                                        "Pow", "Sqrt", "Sigmoid", "ReduceMean", "Slice"};
    for (size_t k = 0; node >= 0 && k < sizeof known / sizeof *known; k++)
        if (temper_onnx_is(im->file.node[node].type, known[k])) return known[k];
    return "";
}

/* The node that makes value v, if it is of this type. */
static int made_by(const net_import *im, int v, const char *type) {
    int node = v < 0 ? -1 : im->value[v].maker;
    return node >= 0 && !strcmp(type_of(im, node), type) ? node : -1;
}

static bool number(const net_import *im, int v, double *x) {
    return v >= 0 && net_import_scalar(&im->value[v], x);
}

/* Input of a node of two that is this number's partner. */
static bool split(const net_import *im, int node, int *other, double *x) {
    const int *in = im->link[node].in;
    if (number(im, in[1], x)) return *other = in[0], true;
    return number(im, in[0], x) && (*other = in[1], true);
}

typedef struct {
    net_import *im;
    int inner[8], inners; /* nodes of a pattern but the last */
    int factor[4], factors;
    double scale;
} product;

/* x·y·…: factors that are no numbers, and the product of those that are. */
static bool multiply_out(product *p, int v, int depth) {
    double x;
    net_import *im = p->im;
    int mul = made_by(im, v, "Mul"), div = made_by(im, v, "Div"), node = mul >= 0 ? mul : div;
    if (number(im, v, &x)) return p->scale *= x, true;
    bool inside = depth == 0 || im->value[v].uses == 1;
    if (node >= 0 && inside && depth < 4 && p->inners < 8 &&
        (mul >= 0 || number(im, im->link[node].in[1], &x))) {
        if (depth) p->inner[p->inners++] = node;
        if (mul < 0) return p->scale /= x, multiply_out(p, im->link[node].in[0], depth + 1);
        return im->link[node].in[0] >= 0 && im->link[node].in[1] >= 0 &&
               multiply_out(p, im->link[node].in[0], depth + 1) &&
               multiply_out(p, im->link[node].in[1], depth + 1);
    }
    if (p->factors == 4 || v < 0) return false;
    return p->factor[p->factors++] = v, true;
}

static void mark(net_import *im, const product *p, int last, net_pattern pattern, int source) {
    for (int k = 0; k < p->inners; k++) im->link[p->inner[k]].pattern = -1;
    im->link[last].pattern = pattern, im->link[last].source = source;
}

static bool close_to(double a, double b) { return fabs(a - b) <= 1e-5 * fabs(b); }

/* 1 + erf(x/√2) */
static bool error_function(product *p, int v, int x) {
    net_import *im = p->im;
    double one, root;
    int sum = made_by(im, v, "Add"), inner, source;
    if (sum < 0 || im->value[v].uses != 1 || !split(im, sum, &inner, &one) || one != 1) return false;
    int erf = made_by(im, inner, "Erf");
    if (erf < 0 || im->value[inner].uses != 1) return false;
    int argument = im->link[erf].in[0];
    int div = made_by(im, argument, "Div"), mul = made_by(im, argument, "Mul"), node = div >= 0 ? div : mul;
    if (node < 0 || im->value[argument].uses != 1 || !split(im, node, &source, &root) || source != x)
        return false;
    if (!close_to(div >= 0 ? 1 / root : root, 0.70710678118654752)) return false;
    p->inner[p->inners++] = sum, p->inner[p->inners++] = erf, p->inner[p->inners++] = node;
    return true;
}

static bool gelu(net_import *im, int node) {
    product p = {.im = im, .scale = 1};
    if (!multiply_out(&p, im->link[node].out[0], 0) || p.factors != 2 || p.inners > 5 ||
        !close_to(p.scale, 0.5))
        return false;
    for (int k = 0; k < 2; k++)
        if (error_function(&p, p.factor[k], p.factor[!k]))
            return mark(im, &p, node, NET_GELU, p.factor[!k]), true;
    return false;
}

static bool silu(net_import *im, int node) {
    const int *in = im->link[node].in;
    for (int k = 0; k < 2; k++) {
        int sigmoid = made_by(im, in[k], "Sigmoid");
        if (sigmoid < 0 || im->value[in[k]].uses != 1 || im->link[sigmoid].in[0] != in[!k]) continue;
        product p = {.im = im, .inner = {sigmoid}, .inners = 1};
        return mark(im, &p, node, NET_SILU, in[!k]), true;
    }
    return false;
}

/* ---- layer norm ---- */

/* Mean over the last axis; the rank is not known yet, so that it must be said as −1. */
static int mean_of(net_import *im, int v) {
    int node = made_by(im, v, "ReduceMean"), now = im->at;
    int64_t axis[NET_LIST];
    if (node < 0) return -1;
    im->at = node;
    bool last =
        net_import_ints(im, "axes", 1, axis) == 1 && axis[0] == -1 && net_import_int(im, "keepdims", 1);
    im->at = now;
    return last ? node : -1;
}

/* d² as Pow(d, 2) or d·d. */
static int square_of(const net_import *im, int v, int d) {
    int pow = made_by(im, v, "Pow"), mul = made_by(im, v, "Mul");
    double two;
    if (pow >= 0 && im->link[pow].in[0] == d && number(im, im->link[pow].in[1], &two) && two == 2) return pow;
    return mul >= 0 && im->link[mul].in[0] == d && im->link[mul].in[1] == d ? mul : -1;
}

/* The normalised x that the Div at `div` gives. */
static bool normalised(net_import *im, int div, product *p, int *source, double *epsilon) {
    int centred = im->link[div].in[0], under;
    int sub = made_by(im, centred, "Sub"), root = made_by(im, im->link[div].in[1], "Sqrt");
    if (sub < 0 || root < 0) return false;
    int mean = mean_of(im, im->link[sub].in[1]), sum = made_by(im, im->link[root].in[0], "Add");
    if (mean < 0 || sum < 0 || im->link[mean].in[0] != im->link[sub].in[0] ||
        !split(im, sum, &under, epsilon))
        return false;
    int variance = mean_of(im, under),
        square = variance < 0 ? -1 : square_of(im, im->link[variance].in[0], centred);
    if (square < 0) return false;
    const int inner[] = {sub, root, mean, sum, variance, square};
    *source = im->link[sub].in[0];
    for (int k = 0; k < 6; k++) p->inner[p->inners++] = inner[k];
    return true;
}

static bool is_constant(const net_import *im, int v) { return v >= 0 && im->value[v].kind == NET_CONSTANT; }

/* Which input of a node of two is a constant; −1: none. */
static int constant_side(const net_import *im, int node) {
    const int *in = im->link[node].in;
    return is_constant(im, in[1]) ? 1 : is_constant(im, in[0]) ? 0 : -1;
}

static bool layer_norm(net_import *im, int node) {
    product p = {.im = im};
    int source, bias = constant_side(im, node);
    double epsilon;
    if (bias < 0) return false;
    int scaled = im->link[node].in[!bias], mul = made_by(im, scaled, "Mul");
    int gain = mul < 0 ? -1 : constant_side(im, mul);
    if (gain < 0 || im->value[scaled].uses != 1) return false;
    int unit = im->link[mul].in[!gain], div = made_by(im, unit, "Div");
    if (div < 0 || im->value[unit].uses != 1 || !normalised(im, div, &p, &source, &epsilon)) return false;
    net_link *link = &im->link[node];
    p.inner[p.inners++] = div;
    im->link[mul].pattern = -1;
    link->extra[0] = im->link[mul].in[gain], link->extra[1] = link->in[bias], link->number = epsilon;
    return mark(im, &p, node, NET_LAYER_NORM, source), true;
}

static bool slices(net_import *im, int node) {
    int before = made_by(im, im->link[node].in[0], "Slice");
    if (before < 0 || im->value[im->link[node].in[0]].uses != 1 || im->link[before].pattern) return false;
    product p = {.im = im, .inner = {before}, .inners = 1};
    im->link[node].extra[0] = before;
    return mark(im, &p, node, NET_SLICES, im->link[before].in[0]), true;
}

/* From the end: the outermost Mul of a product comes first. */
void net_import_patterns(net_import *im) {
    for (int node = im->file.nodes - 1; node >= 0; node--) {
        const char *type = type_of(im, node);
        if (im->link[node].pattern || im->link[node].out[0] < 0) continue;
        if (!strcmp(type, "Mul") && im->link[node].in[0] >= 0 && im->link[node].in[1] >= 0 && !silu(im, node))
            gelu(im, node);
        if (!strcmp(type, "Add")) layer_norm(im, node);
        if (!strcmp(type, "Slice")) slices(im, node);
    }
}
