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
    int64_t steps; /* that each walker of them makes */
    int64_t first; /* steps of all walkers before this sitting */
} loop;

/* What is due where a member stands. */
static temper_status note(temper_training *t, int r) {
    int64_t step = t->crew[r].step;
    int64_t m = temper_training_moments_by(t, step) - 1, k = temper_training_times_by(t, step) - 1;
    if (k >= 0 && t->due[k] == step)
        for (int64_t i = 0; i < t->takes; i++)
            temper_training_weights(t, r, i, t->sample + ((r * t->times + k) * t->takes + i) * t->parameters);
    return temper_training_moment_step(t, m) == step ? temper_training_look(t, r, m) : TEMPER_OK;
}

/* An epoch is over: adaptive schedules look at what it was like. */
static void adapt(const temper_training *t, temper_walker *w) {
    const temper_schedule *schedule[2] = {t->schedule, t->cooling};
    const temper_epoch epoch = {.sums = &w->epoch,
                                .dim = (double)w->dim,
                                .samples = (double)t->potential->samples,
                                .rate = w->rate,
                                .temperature = w->temperature,
                                .step = w->clock,
                                .steps = t->steps};
    for (int k = 0; k < 2; k++)
        if (schedule[k]->type->adapt) schedule[k]->type->adapt(schedule[k]->self, w->plan[k], &epoch);
    temper_thermometer_reset(&w->epoch);
}

typedef struct { /* walkers of a crew on their way to the same step */
    temper_training *t;
    temper_crew *crew;
    int64_t until;
} march;

static temper_status walk(void *context, int64_t j) {
    const march *m = context;
    const temper_training *t = m->t;
    const temper_ensemble *e = t->ensemble;
    temper_walker *w = m->crew->walker[j];
    double rate = t->dynamics->type->rate(t->dynamics->self);
    double T = t->T * (e->type->temperature ? e->type->temperature(e->self, m->crew, (int)j) : 1);
    while (w->clock < m->until) {
        w->rate = rate * temper_schedule_factor(t->schedule, w->plan[0], w->clock, t->steps);
        w->temperature = T * temper_schedule_factor(t->cooling, w->plan[1], w->clock, t->steps);
        temper_walker_steps(w, 1);
        if (w->failed) break; /* the loop sees it */
        if (temper_training_epochs_by(t, w->clock) > temper_training_epochs_by(t, w->clock - 1)) adapt(t, w);
    }
    return TEMPER_OK;
}

static bool failed(const temper_crew *crew) {
    for (int j = 0; j < crew->n; j++)
        if (crew->walker[j]->failed) return true;
    return false;
}

/* The next step at which walkers meet or something is noted. */
static int64_t next_stop(const temper_training *t, const temper_crew *crew, int64_t stride, int64_t until) {
    int64_t next = until, k = temper_training_times_by(t, crew->step);
    int64_t moment = temper_training_moment_step(t, temper_training_moments_by(t, crew->step));
    if (moment < next) next = moment;
    if (k < t->times && t->due[k] < next) next = t->due[k];
    if (stride && (crew->step / stride + 1) * stride < next) next = (crew->step / stride + 1) * stride;
    return next;
}

/* Invariant: all walkers stand at crew->step, and all that is due up to it is noted. Where a slice ends changes nothing. */
static temper_status advance(void *context, int64_t item) {
    const loop *l = context;
    temper_training *t = l->t;
    int r = l->turn[item];
    temper_crew *crew = &t->crew[r];
    const temper_ensemble *e = t->ensemble;
    int64_t stride = !e->type->couple  ? 0
                     : e->type->stride ? e->type->stride(e->self, crew->epoch)
                                       : crew->epoch;
    int64_t until = crew->step + l->steps < t->steps ? crew->step + l->steps : t->steps;
    while (crew->step < until) {
        march m = {t, crew, next_stop(t, crew, stride, until)};
        temper_status bad = TEMPER_OK;
        if (t->order == WALKERS_ABREAST) bad = temper_parallel(crew->n, walk, &m);
        for (int j = 0; j < crew->n && t->order != WALKERS_ABREAST; j++) walk(&m, j);
        if (bad || failed(crew)) return bad;
        crew->step = m.until;
        if (stride && crew->step % stride == 0) bad = e->type->couple(e->self, crew);
        if (!bad) bad = note(t, r);
        if (bad) return bad;
    }
    return TEMPER_OK;
}

/* As many members as make whole rounds of the threads, those that are furthest behind first: so no thread waits for the
 * odd one, and members stay within a slice of each other. */
static void take_turns(loop *l) {
    temper_training *t = l->t;
    int threads = t->order == MEMBERS_ABREAST ? temper_thread_count() : 1;
    l->turns = 0;
    for (int r = 0; r < t->members; r++) {
        int k = l->turns;
        if (t->crew[r].step == t->steps) continue;
        for (l->turns++; k > 0 && t->crew[l->turn[k - 1]].step > t->crew[r].step; k--)
            l->turn[k] = l->turn[k - 1];
        l->turn[k] = r;
    }
    if (l->turns > threads) l->turns -= l->turns % threads;
}

static temper_status run_slice(loop *l) {
    temper_status bad = TEMPER_OK;
    take_turns(l);
    if (l->t->order == MEMBERS_ABREAST) return temper_parallel(l->turns, advance, l);
    for (int k = 0; k < l->turns && !bad; k++) bad = advance(l, k);
    return bad;
}

static int64_t steps_done(const temper_training *t) {
    int64_t done = 0;
    for (int r = 0; r < t->members; r++) done += t->crew[r].step * t->group;
    return done;
}

static int64_t steps_of_all(const temper_training *t) { return t->steps * t->members * t->group; }

static temper_walker *lead(const temper_training *t, int r) {
    return t->crew[r].walker[temper_training_lead(t, r)];
}

/* The loss of a walker now: the mean since the last moment, or over the time before it. */
static double loss_of(const temper_training *t, int r, const temper_walker *w) {
    if (w->thermometer.steps) return w->thermometer.energy / (double)w->thermometer.steps;
    return w->clock
               ? t->moment[r * t->moments + temper_training_moments_by(t, t->crew[r].step) - 1].train_energy
               : NAN;
}

static void tell(const loop *l, double begun) {
    temper_training *t = l->t;
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    temper_mark_names(t->data->data.y != NULL, name, unit);
    int64_t done = steps_done(t), total = steps_of_all(t);
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
        const temper_walker *w = lead(t, r);
        double u = loss_of(t, r, w), step = u - mean;
        mean += step / (r + 1);
        m2 += step * (u - mean);
        score += t->moment[r * t->moments + temper_training_moments_by(t, t->crew[r].step) - 1].validation[0];
        p.coldest = fmin(p.coldest, w->temperature);
        p.hottest = fmax(p.hottest, w->temperature);
    }
    p.energy = mean, p.score = score / t->members;
    p.energy_error = t->members > 1 ? sqrt(m2 / (t->members - 1) / t->members) : NAN;
    temper_desk_tell(t->desk, &p);
}

static temper_status stop(const temper_training *t) {
    const temper_desk *desk = t->desk;
    long long done = (long long)steps_done(t), total = (long long)steps_of_all(t);
    if (!desk->folder)
        return temper_fail(TEMPER_STOPPED,
                           "stopped after %lld of %lld steps; there is no run directory to go on from", done,
                           total);
    return temper_fail(TEMPER_STOPPED, "stopped after %lld of %lld steps; go on with 'temper resume %s'",
                       done, total, desk->folder);
}

/* The lowest member whose loss is not finite. */
static temper_status look_for_divergence(const temper_training *t) {
    for (int k = 0; k < t->members * t->group; k++) {
        const temper_walker *w = t->walker[k];
        int r = k / t->group;
        if (!w->failed) continue;
        return temper_fail(
            TEMPER_DIVERGED,
            "train: the loss of member %lld is not finite at step %lld of %lld (epoch %lld, rate %g, "
            "mean loss before %.4g); a smaller rate in --dynamics helps%s%s",
            (long long)(t->settings->first + r), (long long)w->clock + 1, (long long)t->steps,
            (long long)temper_training_epochs_by(t, w->clock) + 1, w->rate, loss_of(t, r, w),
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
    int64_t total = steps_of_all(t);
    temper_status bad = TEMPER_OK;
    while (steps_done(t) < total) {
        if (temper_desk_stopped(desk)) return end_early(l, stop(t), begun);
        double before = temper_clock();
        if ((bad = run_slice(l))) return bad;
        double spent = temper_clock() - before;
        t->seconds += spent;
        l->steps = next_steps(l->steps, spent, (total - steps_done(t)) / t->members / t->group);
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
        if (t->crew[r].step == 0) bad = note(t, r);
    if (!bad && !(l.turn = temper_alloc((size_t)t->members, sizeof *l.turn))) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = temper_board_open(&l.board, t);
    if (!bad) {
        l.first = steps_done(t);
        temper_board_tell(&l.board, t);
        bad = slices(&l, temper_clock());
        if (!bad && desk->folder && l.first < steps_of_all(t)) bad = temper_training_save(t);
    }
    temper_board_close(&l.board);
    temper_release(l.turn);
    return bad;
}
