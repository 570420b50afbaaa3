/* Blocked jackknife (Miller 1974; Künsch 1989; unequal blocks: Busing, Meijer, van der Leeden 1999) for functions of
 * means.
 *
 * With the share h_b of all numbers, block b, left out, f becomes f_b. d_b = (f − f_b)(1 − h_b)/h_b is the influence of
 * the block, for linear f its distance from the mean. The curvature of f gives f(means) the bias −Σ (1 − h_b)(f − f_b),
 * to be taken off; of a correlated series it is found when blocks are longer than the correlation time (4 tau leave a
 * quarter of it). The error is that of the mean of the series d_b by temper_estimate_mean, which counts what correlation
 * between neighbouring blocks is left. */
#include <math.h>
#include "base/memory.h"
#include "temper/estimate.h"

enum { MOST_BLOCKS = 1024, FEWEST_BLOCKS = 16, CHUNK = 4096 };

/* The data and their cutting. Lengths of blocks differ by at most one number. */
typedef struct {
    const double *x; /* [chains][n][raw] */
    int chains, raw;
    int64_t n, blocks; /* blocks of one chain */
    double *means;     /* [raw], of everything */
} columns;

static temper_status check(const columns *data, int count) {
    if (data->chains < 1 || data->n < 1 || data->raw < 1 || count < 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "jackknife: chains=%d n=%lld raw=%d count=%d, all must be at least 1",
                           data->chains, (long long)data->n, data->raw, count);
    int64_t rows = data->chains * data->n;
    for (int64_t i = 0; i < rows * data->raw; i++)
        if (!isfinite(data->x[i]))
            return temper_fail(TEMPER_BAD_DATA,
                               "jackknife: column %lld of number %lld of chain %lld is %g, must be finite",
                               (long long)(i % data->raw), (long long)(i / data->raw % data->n),
                               (long long)(i / data->raw / data->n), data->x[i]);
    return TEMPER_OK;
}

/* Mean of column − origin over rows first … end, in chunks of fixed size. */
static double mean_of(const columns *data, int column, int64_t first, int64_t end) {
    double sum = 0, origin = data->means[column];
    for (int64_t start = first; start < end; start += CHUNK) {
        int64_t stop = start + CHUNK < end ? start + CHUNK : end;
        double part = 0;
        for (int64_t i = start; i < stop; i++) part += data->x[i * data->raw + column] - origin;
        sum += part;
    }
    return sum / (double)(end - first);
}

/* tau of the slowest column, at least ½. The tally's estimate is enough for the length of a block. */
static double longest_tau(const columns *data) {
    double longest = 0.5;
    for (int k = 0; k < data->raw; k++) {
        temper_tally all = {0};
        for (int c = 0; c < data->chains; c++) {
            temper_tally one = {0};
            for (int64_t i = c * data->n; i < (c + 1) * data->n; i++)
                temper_tally_add(&one, data->x[i * data->raw + k]);
            temper_tally_merge(&all, &one);
        }
        temper_estimate estimate;
        temper_tally_estimate(&all, &estimate);
        longest = fmax(longest, estimate.tau);
    }
    return longest;
}

/* Blocks of 4 tau or more; not more of them than pay, and enough of them for an error, if need be shorter ones. */
static int64_t count_blocks(const columns *data) {
    double length = ceil(4 * longest_tau(data));
    int64_t most = (MOST_BLOCKS + data->chains - 1) / data->chains;
    int64_t fewest = (FEWEST_BLOCKS + data->chains - 1) / data->chains;
    int64_t blocks = (int64_t)((double)data->n / length);
    if (blocks > most) blocks = data->n / (data->n / most);
    if (blocks < fewest) blocks = fewest;
    return blocks < data->n ? blocks : data->n;
}

/* d[count][chains·blocks], and values[count] with the bias taken off. Behind d there is room for raw + 2 count numbers. */
static void influences(const columns *data, temper_function f, void *context, int count, double *d,
                       double *values) {
    int64_t B = data->chains * data->blocks, N = data->chains * data->n;
    double *left = d + count * B, *f_b = left + data->raw, *f_all = f_b + count;
    f(context, data->means, f_all);
    for (int k = 0; k < count; k++) values[k] = f_all[k];
    for (int64_t b = 0; b < B; b++) {
        int64_t c = b / data->blocks, i = b % data->blocks;
        int64_t first = c * data->n + i * data->n / data->blocks;
        int64_t end = c * data->n + (i + 1) * data->n / data->blocks;
        double h = (double)(end - first) / (double)N;
        for (int k = 0; k < data->raw; k++)
            left[k] = data->means[k] - h / (1 - h) * mean_of(data, k, first, end);
        f(context, left, f_b);
        for (int k = 0; k < count; k++) {
            d[k * B + b] = (f_all[k] - f_b[k]) * (1 - h) / h;
            values[k] += (f_all[k] - f_b[k]) * (1 - h);
        }
    }
}

static temper_status find_errors(const columns *data, int count, const double *d, double *errors) {
    int64_t B = data->chains * data->blocks;
    for (int k = 0; k < count; k++) {
        double size = 0;
        for (int64_t b = 0; b < B; b++) size += fabs(d[k * B + b]);
        errors[k] = NAN; /* f is not finite near the means: it says so itself */
        if (!isfinite(size)) continue;
        temper_estimate estimate;
        temper_status status = temper_estimate_mean(d + k * B, data->chains, data->blocks, &estimate);
        if (status) return status;
        errors[k] = estimate.error;
    }
    return TEMPER_OK;
}

temper_status temper_jackknife(const double *x, int chains, int64_t n, int raw, temper_function f,
                               void *context, int count, double *values, double *errors) {
    columns data = {.x = x, .chains = chains, .raw = raw, .n = n};
    temper_status status = check(&data, count);
    if (status) return status;
    data.blocks = count_blocks(&data);
    size_t B = (size_t)chains * (size_t)data.blocks;
    double *d = temper_alloc((size_t)count * B + 2 * (size_t)raw + 2 * (size_t)count, sizeof *d);
    if (!d) return TEMPER_NO_MEMORY;
    data.means = d + (size_t)count * B + (size_t)raw + 2 * (size_t)count;
    for (int k = 0; k < raw; k++) {
        data.means[k] = x[k];
        for (int pass = 0; pass < 2; pass++) data.means[k] += mean_of(&data, k, 0, chains * n);
    }
    if (B > 1) {
        influences(&data, f, context, count, d, values);
        status = find_errors(&data, count, d, errors);
    } else { /* one number has no error */
        f(context, data.means, values);
        for (int k = 0; k < count; k++) errors[k] = INFINITY;
    }
    temper_release(d);
    return status;
}
