/* The lists that tools/catalogue.cmake makes from file names; each ends with NULL. */
#ifndef TEMPER_CORE_CATALOGUE_H
#define TEMPER_CORE_CATALOGUE_H

#include "temper/catalogue.h"
#include "temper/corruption.h"
#include "temper/dataset.h"
#include "temper/dynamics.h"
#include "temper/ensemble.h"
#include "temper/learn.h"
#include "temper/machine.h"
#include "temper/observable.h"
#include "temper/potential.h"
#include "temper/sampler.h"
#include "temper/system.h"
#include "temper/theory.h"

extern const temper_system_type *const temper_list_system[];
extern const temper_potential_type *const temper_list_potential[];
extern const temper_sampler_type *const temper_list_sampler[];
extern const temper_ensemble_type *const temper_list_ensemble[];
extern const temper_observable_type *const temper_list_observable[];
extern const temper_theory_type *const temper_list_theory[];
extern const temper_dataset_type *const temper_list_dataset[];
extern const temper_dynamics_type *const temper_list_dynamics[];
extern const temper_schedule_type *const temper_list_schedule[];
extern const temper_corruption_type *const temper_list_corruption[];
extern const temper_machine_type *const temper_list_machine[];
extern const temper_method_type *const temper_list_method[];
/* Layers and models of networks: not one per file, so they list themselves. NULL past the end. */
const temper_about *temper_layer_entry(int k);
const temper_about *temper_model_entry(int k);

/* Makes the private struct of a thing from "key=value,…": parsed, range-checked, defaults filled in.
 * *text becomes "name:key=value,…" with every option spelled out. Both are released by temper_options_free. */
temper_status temper_options_read(const temper_about *about, const char *options, void **self, char **text);
void temper_options_free(const temper_about *about, void *self, char *text);
/* An option's value as one would type it, into `buffer`; false, and "", when memory is short. */
bool temper_option_print(const temper_option *option, const void *self, char *buffer, size_t size);

/* The part of "name:rest" before and after the colon; looks `name` up in one room ("systems"). */
temper_status temper_split(const char *room, const char *text, const temper_about **about,
                           const char **options);

#endif
