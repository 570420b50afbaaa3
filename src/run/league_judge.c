/* Methods against the reference: paired over seeds, all tests of a study corrected together (Holm 1979), and what that says in words.
 * Losers are told as winners are. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/grid.h"
#include "run/league.h"

const char *const temper_league_shown[TEMPER_LEAGUE_SHOWN] = {
    "accuracy", "nll", "brier", "ece", "rmse", "log_likelihood", "coverage_90", "corruption_error"};

bool temper_league_has(const temper_league *l, int d, const char *score) {
    for (int m = 0; m < l->methods; m++)
        if (temper_standing_score(temper_league_entry(l, d, m), score)) return true;
    return false;
}

static const double LEVEL = 0.05;

/* Seed r of both methods draws from the stream {seed, r}, so they are pairs. Where a seed is g networks it draws from {seed, g·r} and on:
 * such pairs share nothing, which costs power. What seed r shares with others then makes the error too large, never too small. */
static temper_status add(temper_league *l, int d, int m, const char *score) {
    const temper_standing *a = temper_league_entry(l, d, l->reference), *b = temper_league_entry(l, d, m);
    const temper_league_score *x = temper_standing_score(a, score), *y = temper_standing_score(b, score);
    if (!x || !y) return TEMPER_OK;
    temper_bout *bout = &l->bout[l->bouts++];
    *bout = (temper_bout){.data = d, .method = m, .score = score, .higher = temper_score_higher(score)};
    bout->scatter = temper_deviation_ratio(y->value, x->value, (int)l->seeds);
    return temper_paired_compare(x->value, y->value, (int)l->seeds, &bout->test);
}

temper_status temper_league_judge(temper_league *l) {
    l->bouts = 0;
    l->bout = temper_league_keep(l, (size_t)(l->datas * l->methods * l->judged), sizeof *l->bout);
    double *p = temper_alloc((size_t)(l->datas * l->methods * l->judged), sizeof *p);
    temper_status bad = l->bout && p ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int d = 0; d < l->datas; d++)
        for (int m = 0; m < l->methods; m++)
            for (int k = 0; k < l->judged && !bad; k++)
                if (m != l->reference) bad = add(l, d, m, l->judge[k]);
    for (int k = 0; k < l->bouts; k++) p[k] = l->bout[k].test.p;
    if (!bad) bad = temper_holm(p, l->bouts);
    for (int k = 0; k < l->bouts; k++) l->bout[k].corrected = p[k];
    temper_release(p);
    return bad;
}

const char *temper_bout_verdict(const temper_bout *b) {
    if (isnan(b->corrected)) return "not tested";
    if (b->corrected >= LEVEL || b->test.difference == 0) return "not significant";
    return (b->test.difference > 0) == b->higher ? "better" : "worse";
}

static void sentence(const temper_league *l, const temper_bout *b, temper_text *out) {
    const char *verdict = temper_bout_verdict(b),
               *score = strcmp(b->score, "corruption_error") ? b->score : "error on corrupted rows";
    bool worse = !strcmp(verdict, "worse");
    temper_text_add(
        out,
        "%s%s: %s is %s than %s in %s: %.4g instead of %.4g, difference %.2g (95 %% %.2g … %.2g), p = %.2g after Holm\n",
        worse ? "- " : "+ ", l->data[b->data].name, l->method[b->method].name, verdict,
        l->method[l->reference].name, score, b->test.b, b->test.a, b->test.difference, b->test.low,
        b->test.high, b->corrected);
}

static void all_of(const temper_league *l, const char *verdict, temper_text *out) {
    for (int k = 0; k < l->bouts; k++)
        if (!strcmp(temper_bout_verdict(&l->bout[k]), verdict)) sentence(l, &l->bout[k], out);
}

typedef enum { DECIDED, UNDECIDED, UNTESTED } outcome;

/* Of all bouts of a method on a data set. One seed, or a reference without a result, lets nothing be tested. */
static outcome outcome_of(const temper_league *l, int d, int m) {
    outcome so_far = UNTESTED;
    if (m == l->reference || !temper_league_entry(l, d, m)->scores) return DECIDED;
    for (int k = 0; k < l->bouts; k++) {
        const char *v = temper_bout_verdict(&l->bout[k]);
        if (l->bout[k].data != d || l->bout[k].method != m) continue;
        if (*v == 'b' || *v == 'w') return DECIDED;
        if (strcmp(v, "not tested")) so_far = UNDECIDED;
    }
    return so_far;
}

/* Names of methods without a significant bout on a data set. */
static void undecided(const temper_league *l, int d, outcome which, temper_text *out) {
    int n = 0;
    for (int m = 0; m < l->methods; m++) {
        if (outcome_of(l, d, m) != which) continue;
        if (n++)
            temper_text_add(out, ", %s", l->method[m].name);
        else
            temper_text_add(out,
                            which == UNDECIDED ? "= %s: no significant difference from %s: %s"
                                               : "! %s: not tested against %s: %s",
                            l->data[d].name, l->method[l->reference].name, l->method[m].name);
    }
    if (n) temper_text_add(out, "\n");
}

/* "settings were chosen by the validation nll of 2 other seeds" */
void temper_league_choice(const temper_league *l, temper_text *out) {
    bool tuned = false;
    for (int m = 0; m < l->methods; m++) tuned |= l->method[m].trials > 1;
    temper_text_add(out, tuned ? "settings were chosen by the validation %s" : "settings are as given",
                    l->data[0].choose_by);
    for (int d = 1; d < l->datas && tuned; d++) {
        bool told = false;
        for (int k = 0; k < d; k++) told |= !strcmp(l->data[k].choose_by, l->data[d].choose_by);
        if (!told) temper_text_add(out, " or %s", l->data[d].choose_by);
    }
    if (tuned) temper_text_add(out, " of %lld other seeds", (long long)l->tune_seeds);
}

/* "60 epochs", "20 … 60 epochs" */
void temper_league_budget(const temper_league *l, temper_text *out) {
    int64_t low = l->data[0].budget, high = low;
    for (int d = 1; d < l->datas; d++) {
        low = l->data[d].budget < low ? l->data[d].budget : low;
        high = l->data[d].budget > high ? l->data[d].budget : high;
    }
    if (low < high) temper_text_add(out, "%lld … ", (long long)low);
    temper_text_add(out, "%lld epochs", (long long)high);
}

/* Is the comparison fair? Trials, gradients, and what did not come to an end. */
static void fairness(const temper_league *l, temper_text *out) {
    for (int m = 0; m < l->methods; m++) {
        int wanted = l->trials ? (int)l->trials : l->method[l->reference].trials;
        if (l->method[m].trials != wanted)
            temper_text_add(out, "! %s was chosen from %d trial%s, %s %d: not tuned alike\n",
                            l->method[m].name, l->method[m].trials, l->method[m].trials == 1 ? "" : "s",
                            l->trials ? "declared are" : "the reference from", wanted);
    }
    for (int k = 0; k < l->datas * l->methods; k++) {
        const temper_standing *e = &l->entry[k], *r = temper_league_entry(l, k / l->methods, l->reference);
        const char *d = l->data[k / l->methods].name, *m = l->method[k % l->methods].name;
        int diverged = 0;
        for (int t = 0; t < l->method[k % l->methods].trials; t++)
            diverged += e->tuning[t] && e->tuning[t]->failed;
        if (e->final->failed) temper_text_add(out, "- %s: %s has no result: %s\n", d, m, e->final->failed);
        if (diverged && !e->final->failed)
            temper_text_add(out, "! %s: %d of %d trials of %s diverged\n", d, diverged,
                            l->method[k % l->methods].trials, m);
        if (e->scores && r->scores && fabs(e->gradients / r->gradients - 1) > 0.02)
            temper_text_add(out, "! %s: %s made %.3g times the gradients of %s\n", d, m,
                            e->gradients / r->gradients, l->method[l->reference].name);
    }
    if (l->seeds < 5)
        temper_text_add(out,
                        "! %lld seeds: error bars are wide, and tests see little; 5 or more are better\n",
                        (long long)l->seeds);
}

void temper_league_verdict(const temper_league *l, temper_text *out) {
    all_of(l, "better", out);
    all_of(l, "worse", out);
    for (int d = 0; d < l->datas; d++) undecided(l, d, UNDECIDED, out);
    for (int d = 0; d < l->datas; d++) undecided(l, d, UNTESTED, out);
    fairness(l, out);
}
