/* The options of every verb: one table each, from which the command line, its help, the recipe and Python are made. */
#ifndef TEMPER_RUN_SETTINGS_H
#define TEMPER_RUN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/option.h"

typedef struct { /* of all verbs together; texts are owned, NULL where nothing was given */
    char *system, *sampler, *ensemble, *temperature, *burn, *start, *observe;
    char *theory, *configuration, *out, *cpu, *reweight;
    int64_t sweeps, chains, every, reads, seed, threads;
    double checkpoint;
    bool compare, free_energy, plot, strict, force, states;
    /* of training */
    char *run, *data, *model, *dynamics, *schedule, *cooling, *loss, *prior, *augment, *scaling, *init,
        *tensorboard, *vary, *monitor;
    int64_t epochs, steps, batch, seeds, first, split_seed, samples;
    double smoothing, confidence, label_noise, validation, test, scale, samples_from;
    bool plan;
    char *file; /* of a study */
    /* of comparisons */
    char *against, *scores;
    bool any_model;
    /* of the stress test */
    char *corruptions, *severities, *attacks, *epsilon, *weight_noise, *ood;
    int64_t draws, rows;
    /* of learning and measuring machines */
    char *method, *binarise, *optimiser, *gradient, *keep, *watch_share, *test_share, *what, *loads;
    int64_t updates, moments, patience, betas, runs;
    double rate, momentum, l1, l2, level, pearson, noise, heat;
    /* of landscapes and their measures */
    char *potential, *part, *bn, *layers, *x, *y, *z, *directions, *norm, *ignore, *xnorm, *ynorm, *xignore,
        *yignore, *dir_type, *fields, *to, *curve, *escape, *curvature, *with;
    int64_t member, refine, bends, points, pairs, probes, lanczos, products;
    double tolerance, radius, gamma, weight, damping;
    int64_t walk;
    bool precise, align, orthogonal;
} temper_settings;

typedef struct { /* an option and the verbs that take it, "learn measure" */
    const char *verbs;
    temper_option option;
} temper_settings_row;
extern const temper_settings_row
    temper_settings_of_machines[],   /* settings_machines.c; ends with NULL verbs */
    temper_settings_of_landscapes[]; /* settings_landscape.c; likewise */

const temper_option *temper_settings_table(const char *verb); /* NULL: no such verb */
/* Fills in the defaults. On failure, too, the caller clears. */
temper_status temper_settings_begin(const char *verb, temper_settings *settings);
void temper_settings_clear(temper_settings *settings);
temper_status temper_settings_set(const char *verb, temper_settings *settings, const char *name,
                                  const char *value);
/* Replaces one text by another (a copy is made). */
temper_status temper_settings_replace(char **place, const char *text);
/* TEMPER_BAD_OPTION unless everything that must be given is. */
temper_status temper_settings_complete(const char *verb, const temper_settings *settings);
/* An option as text to be released; *text is NULL when it has no value. */
temper_status temper_settings_text(const temper_option *option, const temper_settings *settings, char **text);
/* Does this option decide the numbers of a run (threads, cpu, places of files and what is made
 * of the numbers afterwards do not)? */
bool temper_settings_decides(const temper_option *option);

#endif
