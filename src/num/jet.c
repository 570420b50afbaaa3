/* Jets: a number together with its first two derivatives with respect to one variable. */
#include "num/jet.h"
#include <math.h>

/* (g∘a)′ = g′ a′ and (g∘a)″ = g″ a′² + g′ a″. */
temper_jet temper_jet_chain(temper_jet a, double g, double dg, double ddg) {
    return (temper_jet){g, dg * a.df, ddg * a.df * a.df + dg * a.ddf};
}

temper_jet temper_jet_add(temper_jet a, temper_jet b) {
    return (temper_jet){a.f + b.f, a.df + b.df, a.ddf + b.ddf};
}

temper_jet temper_jet_scale(double c, temper_jet a) { return (temper_jet){c * a.f, c * a.df, c * a.ddf}; }

temper_jet temper_jet_mul(temper_jet a, temper_jet b) {
    return (temper_jet){a.f * b.f, a.df * b.f + a.f * b.df, a.ddf * b.f + 2 * a.df * b.df + a.f * b.ddf};
}

temper_jet temper_jet_div(temper_jet a, temper_jet b) {
    double inverse = 1 / b.f;
    double square = inverse * inverse;
    return temper_jet_mul(a, temper_jet_chain(b, inverse, -square, 2 * square * inverse));
}

temper_jet temper_jet_sqrt(temper_jet a) {
    double root = sqrt(a.f);
    return temper_jet_chain(a, root, 0.5 / root, -0.25 / (root * a.f));
}

temper_jet temper_jet_exp(temper_jet a) {
    double e = exp(a.f);
    return temper_jet_chain(a, e, e, e);
}

temper_jet temper_jet_log(temper_jet a) {
    double inverse = 1 / a.f;
    return temper_jet_chain(a, log(a.f), inverse, -inverse * inverse);
}

temper_jet temper_jet_log1p(temper_jet a) {
    double inverse = 1 / (1 + a.f);
    return temper_jet_chain(a, log1p(a.f), inverse, -inverse * inverse);
}

temper_jet temper_jet_power(temper_jet a, double m) {
    return temper_jet_chain(a, pow(a.f, m), m * pow(a.f, m - 1), m * (m - 1) * pow(a.f, m - 2));
}
