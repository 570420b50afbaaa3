#include "run/train_loop.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/train_board.h"
#include "run/train_checkpoint.h"
#include "run/train_moment.h"
#include "temper/parallel.h"

typedef struct {
    temper_training *t;
    temper_board board;
    int *turn; /* [members] the members of this slice */
    int turns;
    int64_t steps; /* that each of them makes */
    int64_t first; /* steps of all members before this sitting */
} loop;

/* What is due where a member stands. */
static temper_status note(temper_training *t, int r) {
    const temper_walker *w = t->walker[r];
    int64_t m = temper_training_moments_by(t, w->clock) - 1, k = temper_training_samples_by(t, w->clock) - 1;
    if (k >= 0 && temper_training_sample_step(t, k) == w->clock)
        memcpy(t->sample + (r * t->samples + k) * w->dim, w->theta, (size_t)w->dim * sizeof(float));
    return temper_training_moment_step(t, m) == w->clock ? temper_training_look(t, r, m) : TEMPER_OK;
}

/* Invariant: all that is due up to the clock is noted. Where a slice ends changes nothing. */
static temper_status advance(void *context, int64_t item) {
    const loop *l = context;
    temper_training *t = l->t;
    int r = l->turn[item];
    temper_walker *w = t->walker[r];
    double rate = t->dynamics->type->rate(t->dynamics->self);
    int64_t until = w->clock + l->steps < t->steps ? w->clock + l->steps : t->steps;
    while (w->clock < until) {
        w->rate = rate * temper_schedule_at(t->schedule, w->clock, t->steps);
        w->temperature = t->T * temper_schedule_at(t->cooling, w->clock, t->steps);
        temper_walker_steps(w, 1);
        if (w->failed) return TEMPER_OK; /* the loop sees it */
        temper_status bad = note(t, r);
        if (bad) return bad;
    }
    return TEMPER_OK;
}

/* As many members as make whole rounds of the threads, those that are furthest behind first: so no thread waits for the
 * odd one, and members stay within a slice of each other. */
static void take_turns(loop *l) {
    temper_training *t = l->t;
    int threads = t->side_by_side ? temper_thread_count() : 1;
    l->turns = 0;
    for (int r = 0; r < t->members; r++) {
        int k = l->turns;
        if (t->walker[r]->clock == t->steps) continue;
        for (l->turns++; k > 0 && t->walker[l->turn[k - 1]]->clock > t->walker[r]->clock; k--)
            l->turn[k] = l->turn[k - 1];
        l->turn[k] = r;
    }
    if (l->turns > threads) l->turns -= l->turns % threads;
}

static temper_status run_slice(loop *l) {
    temper_status bad = TEMPER_OK;
    take_turns(l);
    if (l->t->side_by_side) return temper_parallel(l->turns, advance, l);
    for (int k = 0; k < l->turns && !bad; k++) bad = advance(l, k);
    return bad;
}

static int64_t steps_done(const temper_training *t) {
    int64_t done = 0;
    for (int r = 0; r < t->members; r++) done += t->walker[r]->clock;
    return done;
}

/* The loss of a member now: the mean since the last moment, or over the time before it. */
static double loss_now(const temper_training *t, int r) {
    const temper_walker *w = t->walker[r];
    if (w->thermometer.steps) return w->thermometer.energy / (double)w->thermometer.steps;
    return w->clock ? t->moment[r * t->moments + temper_training_moments_by(t, w->clock) - 1].train_energy
                    : NAN;
}

static void tell(const loop *l, double begun) {
    temper_training *t = l->t;
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    temper_mark_names(t->data->data.y != NULL, name, unit);
    int64_t done = steps_done(t), total = t->steps * t->members;
    double rate = (double)(done - l->first) / fmax(temper_clock() - begun, 1e-9);
    temper_progress p = {.phase = "training",
                         .unit = "steps",
                         .done = done,
                         .total = total,
                         .seconds = temper_clock() - t->desk->begun,
                         .left = rate > 0 ? (double)(total - done) / rate : NAN,
                         .rate = rate,
                         .coldest = INFINITY,
                         .energy_name = "loss",
                         .score_name = t->parts.n[TEMPER_VALIDATION] ? name[0] : NULL,
                         .acceptance = NAN,
                         .swap_rate = NAN};
    double mean = 0, m2 = 0, score = 0;
    for (int r = 0; r < t->members; r++) {
        const temper_walker *w = t->walker[r];
        double u = loss_now(t, r), step = u - mean;
        mean += step / (r + 1);
        m2 += step * (u - mean);
        score += t->moment[r * t->moments + temper_training_moments_by(t, w->clock) - 1].validation[0];
        p.coldest = fmin(p.coldest, w->temperature);
        p.hottest = fmax(p.hottest, w->temperature);
    }
    p.energy = mean, p.score = score / t->members;
    p.energy_error = t->members > 1 ? sqrt(m2 / (t->members - 1) / t->members) : NAN;
    temper_desk_tell(t->desk, &p);
}

static temper_status stop(const temper_training *t) {
    const temper_desk *desk = t->desk;
    long long done = (long long)steps_done(t), total = (long long)t->steps * t->members;
    if (!desk->folder)
        return temper_fail(TEMPER_STOPPED,
                           "stopped after %lld of %lld steps; there is no run directory to go on from", done,
                           total);
    return temper_fail(TEMPER_STOPPED, "stopped after %lld of %lld steps; go on with 'temper resume %s'",
                       done, total, desk->folder);
}

/* The lowest member whose loss is not finite. */
static temper_status look_for_divergence(const temper_training *t) {
    for (int r = 0; r < t->members; r++) {
        const temper_walker *w = t->walker[r];
        if (!w->failed) continue;
        return temper_fail(
            TEMPER_DIVERGED,
            "train: the loss of member %lld is not finite at step %lld of %lld (epoch %lld, rate %g, "
            "mean loss before %.4g); a smaller rate in --dynamics helps%s%s",
            (long long)(t->settings->first + r), (long long)w->clock + 1, (long long)t->steps,
            (long long)(w->clock / t->epoch) + 1, w->rate, loss_now(t, r),
            t->desk->folder ? "; the last finite state is the checkpoint in " : "",
            t->desk->folder ? t->desk->folder : "");
    }
    return TEMPER_OK;
}

/* Saves what the sentence of `bad` speaks of, which a failing save must not hide. */
static temper_status end_early(loop *l, temper_status bad, double begun) {
    temper_training *t = l->t;
    char sentence[512];
    snprintf(sentence, sizeof sentence, "%s", temper_message());
    if (t->desk->folder) tell(l, begun);
    temper_desk_rest(t->desk, bad == TEMPER_STOPPED ? "stopped" : "diverged");
    if (t->desk->folder) {
        temper_status unsaved = temper_training_save(t);
        if (unsaved && bad == TEMPER_STOPPED) return unsaved;
        if (unsaved) temper_desk_say(t->desk, "%s; there is no checkpoint of this state", temper_message());
    }
    return temper_fail(bad, "%s", sentence);
}

/* A slice takes about a tenth of a second, so that progress, stops and checkpoints come in time; less towards the end, so that all
 * members arrive together. `left`: steps that a member still has, on average. */
static int64_t next_steps(int64_t steps, double seconds, int64_t left) {
    double want = 0.1 / fmax(seconds, 1e-6), next = (double)steps * (want > 4 ? 4 : want);
    next = fmin(next, fmax(8, (double)left / 4));
    return next < 1 ? 1 : (int64_t)next;
}

static temper_status slices(loop *l, double begun) {
    temper_training *t = l->t;
    temper_desk *desk = t->desk;
    int64_t total = t->steps * t->members;
    temper_status bad = TEMPER_OK;
    while (steps_done(t) < total) {
        if (temper_desk_stopped(desk)) return end_early(l, stop(t), begun);
        double before = temper_clock();
        if ((bad = run_slice(l))) return bad;
        double spent = temper_clock() - before;
        t->seconds += spent;
        l->steps = next_steps(l->steps, spent, (total - steps_done(t)) / t->members);
        temper_board_tell(&l->board, t);
        if ((bad = look_for_divergence(t))) return end_early(l, bad, begun);
        bool over = steps_done(t) == total;
        if (temper_desk_due(desk) || (over && desk->folder)) tell(l, begun);
        if (!over && temper_desk_save_due(desk) && temper_training_save(t) && !desk->warned) {
            desk->warned = true;
            temper_desk_say(desk, "%s; going on without a checkpoint", temper_message());
        }
    }
    return TEMPER_OK;
}

temper_status temper_training_run(temper_training *t) {
    loop l = {.t = t, .steps = 1};
    temper_desk *desk = t->desk;
    temper_status bad = desk->resuming ? temper_training_load(t) : TEMPER_OK;
    if (!bad) bad = temper_desk_go_on(desk);
    for (int r = 0; r < t->members && !bad; r++)
        if (t->walker[r]->clock == 0) bad = note(t, r);
    if (!bad && !(l.turn = temper_alloc((size_t)t->members, sizeof *l.turn))) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = temper_board_open(&l.board, t);
    if (!bad) {
        l.first = steps_done(t);
        temper_board_tell(&l.board, t);
        bad = slices(&l, temper_clock());
        if (!bad && desk->folder && (l.first < t->steps * t->members)) bad = temper_training_save(t);
    }
    temper_board_close(&l.board);
    temper_release(l.turn);
    return bad;
}
