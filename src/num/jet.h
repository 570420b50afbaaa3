/* Jets: a number together with its first two derivatives with respect to one variable. Written once, the chain rule
 * then gives energy and heat capacity of anything whose ln Z can be written down. */
#ifndef TEMPER_NUM_JET_H
#define TEMPER_NUM_JET_H

typedef struct {
    double f, df, ddf;
} temper_jet;

temper_jet temper_jet_add(temper_jet a, temper_jet b);
temper_jet temper_jet_scale(double c, temper_jet a);
temper_jet temper_jet_mul(temper_jet a, temper_jet b);
temper_jet temper_jet_div(temper_jet a, temper_jet b);
temper_jet temper_jet_sqrt(temper_jet a);
temper_jet temper_jet_exp(temper_jet a);
temper_jet temper_jet_log(temper_jet a);
temper_jet temper_jet_log1p(temper_jet a);
temper_jet temper_jet_power(temper_jet a, double m); /* a^m; a = 0 is legal for m ≥ 2 */
temper_jet temper_jet_chain(temper_jet a, double g, double dg, double ddg); /* g(a) from g, g′, g″ at a */

#endif
