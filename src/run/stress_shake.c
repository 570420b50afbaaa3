/* Weights that are shaken: θ' = θ + σ·rms·ξ, where rms is the root mean square of the weights of the same array (a layer's matrix, its
 * bias) and ξ are standard normal. In these units a network that was rescaled without being changed keeps its answer, as far as layers go
 * (Dinh et al. 2017 say why that matters). The rise of the mean loss on training rows is the flatness of the minimum. The statistics of batch
 * norms stay as they are. Draw j of sample k of seed r takes the normals of the stream {seed, first + r}, TEMPER_FOR_NOISE, step j·samples + k. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/stress_bench.h"
#include "temper/parallel.h"

typedef struct {
    temper_stress_bench *b;
    float *noise; /* [members][samples][parameters] rms·ξ of this draw */
    float *theta; /* [samples][parameters] of one seed, shaken */
    double *calm; /* [members + 1] mean loss on training rows, not shaken */
    double *draw; /* [draws][MARKS] of the ensemble, at one σ */
} shaker;

/* Root mean square of an array of one vector of weights, in index order. */
static double rms_of(const float *theta, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)theta[i] * (double)theta[i];
    return n ? sqrt(sum / (double)n) : 0;
}

typedef struct {
    const shaker *s;
    int64_t j;
} drawing;

static temper_status draw_one(void *context, int64_t v) {
    const drawing *d = context;
    const temper_stress_bench *b = d->s->b;
    const float *theta = b->theta + v * b->networks.parameters;
    float *noise = d->s->noise + v * b->networks.parameters;
    int64_t r = v / b->out->samples, k = v % b->out->samples;
    temper_stream stream = {(uint64_t)b->out->options.seed, (uint32_t)(b->out->first + r)};
    temper_array array;
    for (int a = 0; temper_network_array(b->networks.network, a, &array); a++) {
        if (array.statistic) continue;
        double rms = rms_of(theta + array.offset, array.length);
        for (int64_t i = array.offset; i < array.offset + array.length; i++)
            noise[i] = (float)(rms * temper_normal(stream, TEMPER_FOR_NOISE, d->j * b->out->samples + k, i));
    }
    return TEMPER_OK;
}

/* The mean loss of the forecast: NLL, or less the log likelihood. */
static double loss_of(const temper_stress_bench *b, const double mark[TEMPER_STRESS_MARKS]) {
    return b->labels ? mark[1] : -mark[1];
}

/* Seeds on the rows of f, shaken by σ (0: calm): adds the marks, over `draws`, to into[m][r], and gives those of the ensemble. */
static temper_status all_seeds(shaker *s, temper_forecaster *f, double sigma,
                               double (*each)[TEMPER_STRESS_MARKS], double together[TEMPER_STRESS_MARKS]) {
    temper_stress_bench *b = s->b;
    int64_t block = b->out->samples * b->networks.parameters;
    temper_status bad = TEMPER_OK;
    memset(b->sum, 0, (size_t)(f->task.n * f->width) * sizeof *b->sum);
    for (int64_t r = 0; r < b->out->members && !bad; r++) {
        const float *theta = b->theta + r * block, *noise = s->noise + r * block;
        for (int64_t i = 0; i < block; i++) s->theta[i] = theta[i] + (float)sigma * noise[i];
        if ((bad = temper_stress_ask(b, f, r, s->theta, NULL))) break;
        temper_stress_marks(f, each[r]);
        temper_forecaster_pour(f, b->sum);
    }
    if (bad) return bad;
    temper_forecaster_pooled(f, b->sum, b->out->members);
    temper_stress_marks(f, together);
    return TEMPER_OK;
}

/* One draw at one σ, into the running means. */
static temper_status one_draw(shaker *s, int64_t j, double sigma, temper_stress_score *score,
                              double (*each)[TEMPER_STRESS_MARKS]) {
    temper_stress_bench *b = s->b;
    int64_t members = b->out->members;
    double *together = s->draw + j * TEMPER_STRESS_MARKS, rise[TEMPER_STRESS_MARKS],
           weight = 1 / (double)b->out->options.draws;
    temper_status bad = all_seeds(s, &b->part, sigma, each, together);
    for (int64_t r = 0; r < members && !bad; r++)
        for (int m = 0; m < 2; m++) score[m].value[r] += weight * each[r][m];
    if (!bad) bad = all_seeds(s, &b->trained, sigma, each, rise);
    for (int64_t r = 0; r < members && !bad; r++)
        score[2].value[r] += weight * (loss_of(b, each[r]) - s->calm[r]);
    together[2] = loss_of(b, rise) - s->calm[members];
    return bad;
}

/* The ensemble's mean over the draws and its standard error; with one seed, that is all the error there is. */
static void end_point(const shaker *s, temper_stress_score *score) {
    const temper_stress *out = s->b->out;
    int64_t J = out->options.draws;
    for (int m = 0; m < TEMPER_STRESS_MARKS; m++) {
        double mean = 0, m2 = 0;
        for (int64_t j = 0; j < J; j++) {
            double x = s->draw[j * TEMPER_STRESS_MARKS + m], step = x - mean;
            mean += step / (double)(j + 1);
            m2 += step * (x - mean);
        }
        score[m].ensemble = mean;
        if (J > 1) score[m].ensemble_error = sqrt(m2 / (double)(J - 1) / (double)J);
        temper_stress_score_end(out, &score[m]);
        if (out->members == 1) score[m].error = score[m].ensemble_error;
    }
}

static temper_status shake(shaker *s, temper_stress_curve *curve, double (*each)[TEMPER_STRESS_MARKS]) {
    temper_stress_bench *b = s->b;
    int64_t members = b->out->members, J = b->out->options.draws;
    double together[TEMPER_STRESS_MARKS];
    temper_status bad = all_seeds(s, &b->trained, 0, each, together);
    for (int64_t r = 0; r < members; r++) s->calm[r] = loss_of(b, each[r]);
    s->calm[members] = loss_of(b, together);
    for (int p = 0; p < curve->points; p++)
        for (int m = 0; m < TEMPER_STRESS_MARKS; m++)
            for (int64_t r = 0; r < members; r++) curve->score[p][m].value[r] = 0;
    for (int p = 0; p < curve->points && !bad; p++) {
        for (int64_t j = 0; j < J && !bad; j++) {
            drawing d = {s, j};
            bad = temper_parallel(members * b->out->samples, draw_one, &d);
            if (!bad) bad = one_draw(s, j, curve->at[p], curve->score[p], each);
        }
        if (!bad) end_point(s, curve->score[p]);
    }
    return bad;
}

temper_status temper_stress_shake(temper_stress_bench *b, const temper_stress_plan *plan) {
    if (!plan->noise.n) return TEMPER_OK;
    size_t block = (size_t)(b->out->samples * b->networks.parameters), members = (size_t)b->out->members;
    shaker s = {.b = b,
                .noise = temper_alloc(members, block * sizeof(float)),
                .theta = temper_alloc(block, sizeof(float)),
                .calm = temper_alloc(members + 1, sizeof(double)),
                .draw = temper_alloc((size_t)b->out->options.draws, TEMPER_STRESS_MARKS * sizeof(double))};
    double(*each)[TEMPER_STRESS_MARKS] = temper_alloc(members, sizeof *each);
    temper_status bad = s.noise && s.theta && s.calm && s.draw && each ? TEMPER_OK : TEMPER_NO_MEMORY;
    b->phase = "weight noise";
    temper_stress_curve *curve = temper_stress_curve_begin(b->out, plan, TEMPER_STRESS_NOISE, "weight_noise");
    if (!bad) bad = shake(&s, curve, each);
    temper_release(s.noise);
    temper_release(s.theta);
    temper_release(s.calm);
    temper_release(s.draw);
    temper_release(each);
    return bad;
}
