/* A stress test of invented linear networks against what is worked out by hand: what the attacker of strength ε shows, what shaken weights say, and
 * who looks foreign. */
#include "stress_rig.h"

/* A linear network's gradient has the same signs everywhere along the way: FGSM is worked out by hand, and PGD ends in the same corner. Of
 * mixtures FGSM is still by hand. */
static void attacks(void) {
    temper_stress s;
    temper_stress_options o = quick();
    o.attacks = "fgsm,pgd", o.epsilon = "0,0.02,0.1", o.rows = 0;
    const double epsilon[3] = {0, 0.02, 0.1};
    for (int samples = 1; samples <= SAMPLES; samples++) {
        write_networks(0, SEEDS, samples);
        run(&o, &s);
        const temper_stress_curve *fgsm = temper_stress_curve_named(&s, "fgsm"),
                                  *pgd = temper_stress_curve_named(&s, "pgd");
        CHECK(fgsm && pgd && fgsm->points == 3 && !strcmp(fgsm->axis, "epsilon"), "%p", (const void *)fgsm);
        for (int p = 0; p < 3; p++)
            for (int r = 0; r <= SEEDS; r++) {
                double mark[2];
                attacked(r < SEEDS ? r : 0, r < SEEDS ? r + 1 : SEEDS, samples, epsilon[p], mark);
                for (int m = 0; m < 2; m++) {
                    CHECK_NEAR(r < SEEDS ? fgsm->score[p][m].value[r] : fgsm->score[p][m].ensemble, mark[m],
                               m ? 2e-5 : 1e-12);
                    if (samples == 1 && r < SEEDS)
                        CHECK_NEAR(pgd->score[p][m].value[r], mark[m], m ? 2e-5 : 1e-12);
                }
            }
        temper_stress_clear(&s);
    }
}

/* Shaken weights, as the header defines them, by hand. */
static void shaking(void) {
    temper_stress s;
    temper_stress_options o = quick();
    o.weight_noise = "0,0.05,0.1", o.draws = 3, o.rows = 0, o.seed = 17;
    write_networks(1, 2, SAMPLES);
    run(&o, &s);
    const temper_stress_curve *curve = temper_stress_curve_named(&s, "weight_noise");
    const double sigma[3] = {0, 0.05, 0.1};
    float kept[SEEDS][SAMPLES][P];
    memcpy(kept, theta, sizeof kept);
    for (int p = 0; p < 3; p++)
        for (int r = 1; r < 3; r++) {
            double nll = 0, rise = 0;
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < SAMPLES; k++) {
                    temper_array a;
                    for (int c = 0; temper_network_array(network, c, &a); c++) {
                        double square = 0;
                        for (int64_t i = a.offset; i < a.offset + a.length; i++)
                            square += (double)kept[r][k][i] * kept[r][k][i];
                        for (int64_t i = a.offset; i < a.offset + a.length; i++)
                            theta[r][k][i] = (float)(kept[r][k][i] +
                                                     sigma[p] * sqrt(square / (double)a.length) *
                                                         temper_normal((temper_stream){17, (uint32_t)r},
                                                                       TEMPER_FOR_NOISE, j * SAMPLES + k, i));
                    }
                }
                for (int part = TEMPER_TRAIN; part <= TEMPER_TEST; part += 2)
                    for (int64_t i = 0; i < parts.n[part]; i++) {
                        double x[2];
                        int y;
                        row_of(parts.row[part][i], x, &y);
                        double p1 = mixture(r, r + 1, SAMPLES, x, y, NULL),
                               loss = -log(y ? p1 : 1 - p1) / (double)parts.n[part] / 3;
                        *(part == TEMPER_TEST ? &nll : &rise) += loss;
                    }
                memcpy(theta[r], kept[r], sizeof kept[r]);
                for (int64_t i = 0; i < parts.n[TEMPER_TRAIN]; i++) {
                    double x[2];
                    int y;
                    row_of(parts.row[TEMPER_TRAIN][i], x, &y);
                    double p1 = mixture(r, r + 1, SAMPLES, x, y, NULL);
                    rise += log(y ? p1 : 1 - p1) / (double)parts.n[TEMPER_TRAIN] / 3;
                }
            }
            CHECK_NEAR(curve->score[p][1].value[r - 1], nll, 1e-5);
            CHECK_NEAR(curve->score[p][2].value[r - 1], rise, 1e-5);
        }
    CHECK(curve->score[0][2].mean == 0 && curve->score[2][2].ensemble_error > 0, "%g",
          curve->score[0][2].mean);
    temper_stress_clear(&s);
}

/* The signs that a point belongs to the set, from the mixture over seeds from … to: top probability, −H of the mean, mean H − H of the mean. */
static void signs_of(int from, int to, const double x[2], double sign[3]) {
    double within = 0, p = mixture(from, to, SAMPLES, x, 0, NULL);
    for (int r = from; r < to; r++)
        for (int k = 0; k < SAMPLES; k++) {
            double q = chance(theta[r][k], x, 0, NULL);
            within -= (q * log(q) + (1 - q) * log1p(-q)) / ((to - from) * SAMPLES);
        }
    double whole = -(p * log(p) + (1 - p) * log1p(-p));
    sign[0] = fmax(p, 1 - p), sign[1] = -whole, sign[2] = within - whole;
}

/* Pairs in which the test row looks more at home than the point away[n][2]; by counting all pairs. */
static void pairs(int from, int to, const double (*away)[2], int64_t n, double area[3]) {
    int64_t tests = parts.n[TEMPER_TEST];
    area[0] = area[1] = area[2] = 0;
    for (int64_t i = 0; i < tests; i++) {
        double x[2], in[3], out[3];
        int y;
        row_of(parts.row[TEMPER_TEST][i], x, &y);
        signs_of(from, to, x, in);
        for (int64_t j = 0; j < n; j++) {
            signs_of(from, to, away[j], out);
            for (int k = 0; k < 3; k++) area[k] += (in[k] > out[k]) / (double)(tests * n);
        }
    }
}

static void foreign(void) {
    temper_stress s;
    temper_stress_options o = quick();
    double away[ROWS][2], area[3];
    char text[160];
    int y;
    snprintf(text, sizeof text, "csv:file=%s/table.csv", folder);
    write_networks(0, SEEDS, SAMPLES);
    o.ood = text, o.seed = 9;
    run(&o, &s);
    CHECK(s.foreigns == 2 && strstr(s.foreign[0].name, "csv") && !strcmp(s.foreign[1].name, "uniform"), "%d",
          s.foreigns);
    for (int set = 0; set < 2; set++) {
        for (int64_t i = 0; i < s.tests; i++) {
            if (set == 0) row_of(i * ROWS / s.tests, away[i], &y);
            for (int f = 0; f < 2 && set == 1; f++)
                away[i][f] =
                    low[f] + range[f] * temper_uniform((temper_stream){9, 1}, TEMPER_FOR_NOISE, i, f);
        }
        for (int r = 0; r <= SEEDS; r++) {
            pairs(r < SEEDS ? r : 0, r < SEEDS ? r + 1 : SEEDS, (const double(*)[2])away, s.tests, area);
            for (int k = 0; k < 3; k++) { /* equal rows tie: half of them by hand are lost */
                const temper_stress_score *score = &s.foreign[set].score[k];
                CHECK_NEAR(r < SEEDS ? score->value[r] : score->ensemble, area[k], 0.008);
            }
        }
    }
    temper_stress_clear(&s);
}

int main(void) {
    begin();
    RUN(attacks);
    RUN(shaking);
    RUN(foreign);
    end();
    return check_end();
}
