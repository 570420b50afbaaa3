#include "landscape/span.h"
#include <math.h>
#include <string.h>
#include "temper/parallel.h"

enum { PIECE = 4096, LANES = 8, STRIP = 64, GROUPS = TEMPER_SPAN_TURN / STRIP };

int64_t temper_span_pieces(int64_t dim) { return (dim + PIECE - 1) / PIECE; }

static int64_t length_of(int64_t dim, int64_t piece) {
    int64_t left = dim - piece * PIECE;
    return left < PIECE ? left : PIECE;
}

/* One piece: lane l sums the entries that are l modulo 8; lanes are joined in a fixed tree. */
static double piece_dot(int64_t n, const double *x, const double *y) {
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += x[i + l] * y[i + l];
    for (int l = 0; i < n; i++, l++) lane[l] += x[i] * y[i];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

typedef struct { /* one operation on all pieces */
    int64_t dim, k, m, stride, pieces;
    const double *Q, *c, *x;
    double *out, *room;
    double a, b;
} job;

/* Threads only where there is enough to share out: a wake-up costs as much as some pieces. */
static void share(job *j, int64_t n, int64_t work, temper_work piece) {
    if (work < 16 * PIECE)
        for (int64_t i = 0; i < n; i++) (void)piece(j, i);
    else
        (void)temper_parallel(n, piece, j);
}

static temper_status project(void *context, int64_t p) {
    const job *j = context;
    const int64_t n = length_of(j->dim, p);
    for (int64_t i = 0; i < j->k; i++)
        j->room[i * j->pieces + p] = piece_dot(n, j->Q + i * j->dim + p * PIECE, j->x + p * PIECE);
    return TEMPER_OK;
}

void temper_span_project(int64_t dim, int64_t k, const double *Q, const double *x, double *c, double *room) {
    job j = {.dim = dim, .k = k, .pieces = temper_span_pieces(dim), .Q = Q, .x = x, .room = room};
    share(&j, j.pieces, k * dim, project);
    for (int64_t i = 0; i < k; i++) {
        double sum = 0;
        for (int64_t p = 0; p < j.pieces; p++) sum += room[i * j.pieces + p];
        c[i] = sum;
    }
}

/* In groups of pieces, so that the partial sums fit the stack however long the vectors are. */
double temper_span_dot(int64_t dim, const double *x, const double *y) {
    enum { AT_ONCE = 64 };
    double room[AT_ONCE], sum = 0;
    for (int64_t begin = 0; begin < dim; begin += (int64_t)AT_ONCE * PIECE) {
        int64_t left = dim - begin, n = left < (int64_t)AT_ONCE * PIECE ? left : (int64_t)AT_ONCE * PIECE;
        job j = {.dim = n, .k = 1, .pieces = temper_span_pieces(n), .Q = x + begin, .x = y + begin};
        j.room = room;
        share(&j, j.pieces, n, project);
        for (int64_t p = 0; p < j.pieces; p++) sum += room[p];
    }
    return sum;
}

double temper_span_norm(int64_t dim, const double *x) { return sqrt(temper_span_dot(dim, x, x)); }

static temper_status add(void *context, int64_t p) {
    const job *j = context;
    const double *x = j->x + p * PIECE;
    double *y = j->out + p * PIECE;
    for (int64_t i = 0, n = length_of(j->dim, p); i < n; i++) y[i] = j->a * x[i] + j->b * y[i];
    return TEMPER_OK;
}

void temper_span_add(int64_t dim, double a, const double *x, double b, double *y) {
    job j = {.dim = dim, .x = x, .out = y, .a = a, .b = b};
    share(&j, temper_span_pieces(dim), dim, add);
}

static temper_status subtract(void *context, int64_t p) {
    const job *j = context;
    const int64_t n = length_of(j->dim, p);
    double *x = j->out + p * PIECE;
    for (int64_t k = 0; k < j->k; k++) {
        const double *q = j->Q + k * j->dim + p * PIECE, c = j->c[k];
        for (int64_t i = 0; i < n; i++) x[i] -= c * q[i];
    }
    return TEMPER_OK;
}

void temper_span_subtract(int64_t dim, int64_t k, const double *Q, const double *c, double *x) {
    job j = {.dim = dim, .k = k, .Q = Q, .c = c, .out = x};
    share(&j, temper_span_pieces(dim), k * dim, subtract);
}

/* A group turns strips of 64 columns one after another, each copied to the group's room first. */
static temper_status turn(void *context, int64_t group) {
    const job *j = context;
    double *old = j->room + group * STRIP * j->k;
    int64_t strips = (j->dim + STRIP - 1) / STRIP;
    for (int64_t s = strips * group / GROUPS; s < strips * (group + 1) / GROUPS; s++) {
        int64_t begin = s * STRIP, n = j->dim - begin < STRIP ? j->dim - begin : STRIP;
        for (int64_t i = 0; i < j->k; i++)
            memcpy(old + i * STRIP, j->out + i * j->dim + begin, (size_t)n * sizeof *old);
        for (int64_t i = 0; i < j->m; i++) {
            double *x = j->out + i * j->dim + begin;
            for (int64_t c = 0; c < n; c++) x[c] = 0;
            for (int64_t l = 0; l < j->k; l++) {
                const double w = j->c[i * j->stride + l], *y = old + l * STRIP;
                for (int64_t c = 0; c < n; c++) x[c] += w * y[c];
            }
        }
    }
    return TEMPER_OK;
}

void temper_span_turn(int64_t dim, int64_t k, double *Q, int64_t m, const double *S, int64_t stride,
                      double *room) {
    job j = {.dim = dim, .k = k, .m = m, .stride = stride, .c = S, .out = Q, .room = room};
    share(&j, GROUPS, k * m * dim / 4, turn);
}

double temper_span_orthogonal(int64_t dim, int64_t k, const double *Q, double *x, double *c, double *room) {
    double *again = room + k * temper_span_pieces(dim), before = temper_span_norm(dim, x), after = before;
    for (int64_t i = 0; i < k; i++) c[i] = 0;
    if (!(before > 0)) return 0;
    /* Invariant: what is left plus Σ c_j Q_j is the x of the beginning. A third pass only where the second took nearly all that was left. */
    for (int pass = 0; pass < 3; pass++) {
        double last = after;
        temper_span_project(dim, k, Q, x, again, room);
        temper_span_subtract(dim, k, Q, again, x);
        for (int64_t i = 0; i < k; i++) c[i] += again[i];
        after = temper_span_norm(dim, x);
        if (pass && after > 0.5 * last) break;
    }
    return after > 1e-13 * before ? after : 0;
}

void temper_span_signs(temper_stream stream, temper_role role, int64_t number, int64_t dim, double *x) {
    const int64_t step = ((int64_t)role << 32) + number;
    uint32_t word[4];
    for (int64_t i = 0; i < dim; i++) { /* 128 signs to a block */
        if (!(i & 127)) temper_block(stream, TEMPER_FOR_PROBES, step, i >> 7, word);
        x[i] = word[i >> 5 & 3] >> (i & 31) & 1 ? 1 : -1;
    }
}

typedef struct {
    temper_stream stream;
    int64_t step, dim;
    double *x;
} drawing;

static temper_status draw(void *context, int64_t p) {
    const drawing *d = context;
    for (int64_t i = p * PIECE, end = i + length_of(d->dim, p); i < end; i++)
        d->x[i] = temper_normal(d->stream, TEMPER_FOR_PROBES, d->step, i);
    return TEMPER_OK;
}

void temper_span_normals(temper_stream stream, temper_role role, int64_t number, int64_t dim, double *x) {
    drawing d = {stream, ((int64_t)role << 32) + number, dim, x};
    (void)temper_parallel(temper_span_pieces(dim), draw, &d);
}

void temper_span_orient(int64_t dim, double *x) {
    int64_t big = 0;
    for (int64_t i = 1; i < dim; i++)
        if (fabs(x[i]) > fabs(x[big])) big = i;
    if (x[big] < 0)
        for (int64_t i = 0; i < dim; i++) x[i] = -x[i];
}
