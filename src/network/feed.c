#include "network/feed.h"
#include <string.h>
#include "kernel/kernel.h"
#include "temper/parallel.h"

/* Draws of augmentation at one step: the noise of an input is normal number (block·features + feature)·16 + lane; where
 * sample p is moved to is Philox block FAR + p, far beyond. */
#define FAR (INT64_C(1) << 38)

static size_t line(size_t bytes) { return (bytes + 63) / 64 * 64; }

static bool moves(const net_problem *problem) { return problem->task.shift > 0 || problem->task.mirror; }

typedef struct {
    size_t row, y, t, read, moved, noise;
} parts;

static parts parts_of(const net_problem *problem, int64_t n, int workers) {
    size_t count = (size_t)n, panel = (size_t)problem->task.network->io.features * LANES * (size_t)workers;
    return (parts){line(count * sizeof(int64_t)),
                   problem->targets ? 0 : line(count * sizeof(int32_t)),
                   line(count * (size_t)problem->targets * sizeof(double)),
                   problem->task.samples->X ? 0 : line(panel * sizeof(float)),
                   moves(problem) ? line(panel * sizeof(float)) : 0,
                   problem->task.blur > 0 ? line(panel * sizeof(real)) : 0};
}

size_t net_tray_bytes(const net_problem *problem, int64_t n, int workers) {
    parts p = parts_of(problem, n, workers);
    return p.row + p.y + p.t + p.read + p.moved + p.noise;
}

void net_tray_place(net_tray *tray, void *memory, const net_problem *problem, int64_t n, int workers) {
    parts p = parts_of(problem, n, workers);
    tray->workers = workers;
    char *at = memory;
    tray->row = (int64_t *)(void *)at, at += p.row;
    tray->y = p.y ? (int32_t *)(void *)at : NULL, at += p.y;
    tray->t = p.t ? (double *)(void *)at : NULL, at += p.t;
    tray->read = (float *)(void *)at, at += p.read;
    tray->moved = (float *)(void *)at, at += p.moved;
    tray->noise = (real *)(void *)at;
}

/* Copies an image, moved by up to `shift` pixels each way and perhaps reflected; zeros come in at the border. */
static void move(const net_problem *problem, const temper_look *look, int64_t sample, const float *from,
                 float *to) {
    const temper_network_io *io = &problem->task.network->io;
    uint32_t word[4];
    temper_block(look->stream, TEMPER_FOR_AUGMENTATION, look->step, FAR + sample, word);
    int64_t shift = problem->task.shift, span = 2 * shift + 1;
    int64_t down = (int64_t)temper_below(word[0], (uint32_t)span) - shift;
    int64_t right = (int64_t)temper_below(word[1], (uint32_t)span) - shift;
    bool mirror = problem->task.mirror && word[2] >> 31;
    for (int64_t c = 0; c < io->channels; c++)
        for (int64_t i = 0; i < io->height; i++)
            for (int64_t j = 0; j < io->width; j++) {
                int64_t u = i - down, v = (mirror ? io->width - 1 - j : j) - right;
                bool in = u >= 0 && u < io->height && v >= 0 && v < io->width;
                *to++ = in ? from[(c * io->height + u) * io->width + v] : 0;
            }
}

typedef struct {
    const net_problem *problem;
    const temper_look *look;
    const net_tray *tray;
    int64_t n;
    real *input;
} filling;

/* One block of the panel, with this worker's room. */
static void fill(const filling *f, int64_t b, int64_t room) {
    const temper_net_kernels *kernel = temper_net_kernel();
    const net_problem *problem = f->problem;
    const temper_samples *samples = problem->task.samples;
    int64_t features = samples->features, panel = features * LANES;
    real *block = f->input + b * panel, *noise = f->tray->noise + room;
    float *read = f->tray->read + room, *moved = f->tray->moved + room;
    const float *rows[LANES] = {NULL};
    for (int64_t l = 0; l < LANES && b * LANES + l < f->n; l++) {
        rows[l] = temper_samples_row(samples, f->tray->row[b * LANES + l], read + l * features);
        if (!f->look || !moves(problem)) continue;
        move(problem, f->look, b * LANES + l, rows[l], moved + l * features);
        rows[l] = moved + l * features;
    }
    kernel->gather(rows, features, problem->shift, problem->scale, block);
    if (!f->look || !(problem->task.blur > 0)) return;
    kernel->normals(f->look->stream, TEMPER_FOR_AUGMENTATION, f->look->step, b * panel, panel, noise);
    kernel->blend(panel, (real)problem->task.blur, noise, 1, block, block);
    for (int64_t l = f->n - b * LANES; l < LANES; l++) /* no sample, no noise */
        for (int64_t k = 0; k < features; k++) block[k * LANES + l] = 0;
}

static temper_status fill_share(void *context, int64_t worker) {
    const filling *f = context;
    int64_t room = worker * f->problem->task.samples->features * LANES;
    for (int64_t b = worker; b * LANES < f->n; b += f->tray->workers) fill(f, b, room);
    return TEMPER_OK;
}

void net_feed(const net_problem *problem, const temper_look *look, const net_tray *tray, int64_t n,
              real *input) {
    const temper_samples *samples = problem->task.samples;
    const temper_scaling *scaling = problem->task.scaling;
    int64_t features = samples->features, targets = problem->targets;
    filling f = {problem, look, tray, n, input};
    if (tray->workers > 1)
        temper_parallel(tray->workers, fill_share, &f);
    else
        fill_share(&f, 0);
    for (int64_t i = 0; i < n; i++) {
        if (tray->y) tray->y[i] = samples->y[tray->row[i]];
        for (int64_t k = 0; k < targets; k++) {
            double t = samples->t[tray->row[i] * targets + k];
            if (scaling) t = (t - scaling->shift[features + k]) * scaling->scale[features + k];
            tray->t[i * targets + k] = t;
        }
    }
}

void net_shuffle(temper_stream stream, int64_t epoch, int32_t *place, int64_t n) {
    enum { BULK = 256 };
    uint32_t word[BULK];
    for (int64_t i = 0; i < n; i++) place[i] = (int32_t)i;
    for (int64_t i = n - 1; i > 0; i--) {
        if (i == n - 1 || i % BULK == BULK - 1)
            temper_kernel()->words(stream, TEMPER_FOR_MINIBATCH, epoch, i / BULK * BULK, i % BULK + 1, word);
        int64_t j = temper_below(word[i % BULK], (uint32_t)(i + 1));
        int32_t held = place[i];
        place[i] = place[j], place[j] = held;
    }
}
