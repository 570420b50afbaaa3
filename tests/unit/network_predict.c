/* Predictions and the statistics of batch norms; and what happens to all of the public face where memory is short. */
#include "network_lab.h"

/* Predictions depend on neither the other rows nor threads. */
static void predictions(void) {
    lab l;
    lab_data(&l, "graph:conv 4 3 pad=1; batch_norm; relu; dropout rate=0.4; flatten; dense 4",
             TEMPER_CROSS_ENTROPY);
    if (!lab_open(&l)) return;
    enum { MANY = 700 };
    static float all[MANY * K], again[MANY * K], one[K];
    float statistics[8];
    int64_t row[MANY];
    CHECK(temper_network_statistics(l.network) == 8, "statistics");
    for (int i = 0; i < MANY; i++) row[i] = i * 13 % (2 * ROWS);
    CHECK_OK(temper_network_calibrate(&l.task, l.theta, statistics));
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        CHECK_OK(temper_network_predict(l.network, &l.data, NULL, row, MANY, l.theta, statistics,
                                        threads == 1 ? all : again));
        CHECK(threads == 1 || !memcmp(all, again, sizeof all), "%d threads", threads);
    }
    for (int i = 0; i < MANY; i += 37) {
        CHECK_OK(temper_network_predict(l.network, &l.data, NULL, row + i, 1, l.theta, statistics, one));
        CHECK(!memcmp(one, all + i * K, sizeof one), "row %d alone", i);
    }
    row[5] = 2 * ROWS;
    CHECK_FAILS(temper_network_predict(l.network, &l.data, NULL, row, MANY, l.theta, statistics, all),
                TEMPER_BAD_DATA, "row 100 is outside 0 ... 99");
    lab_close(&l);
}

/* The statistics of a batch norm in front of everything are those of the chunks of data. */
static void calibration(void) {
    lab l;
    float got[2];
    double mean = 0, variance = 0;
    lab_data(&l, "graph:batch_norm; flatten; dense 4", TEMPER_CROSS_ENTROPY);
    if (!lab_open(&l)) return;
    CHECK_OK(temper_network_calibrate(&l.task, l.theta, got));
    for (int start = 0; start < ROWS; start += 20) {
        int n = ROWS - start < 20 ? ROWS - start : 20;
        double m = 0, v = 0;
        for (int i = 0; i < n * F; i++) m += (double)l.data.X[l.row[start + i / F] * F + i % F] / (n * F);
        for (int i = 0; i < n * F; i++) {
            double off = (double)l.data.X[l.row[start + i / F] * F + i % F] - m;
            v += off * off / (n * F);
        }
        mean += m * n / ROWS, variance += v * n / ROWS;
    }
    CHECK_NEAR((double)got[0], mean, 1e-6);
    CHECK_NEAR((double)got[1], variance, 1e-6);
    lab_close(&l);
}

static void short_of_memory(void) {
    lab l;
    double scale[F + K] = {0};
    temper_scaling s = {F, K, scale, scale};
    float out[ROWS * K], statistics[2];
    int64_t live = temper_alloc_live();
    lab_data(&l, "graph:batch_norm; flatten; dense 4", TEMPER_CROSS_ENTROPY);
    if (!l.network) return;
    l.task.scaling = &s;
    float *theta = calloc((size_t)temper_network_parameters(l.network), 4);
    for (int64_t k = 1; k <= 3; k++) {
        temper_potential *made;
        temper_alloc_fail_at(k);
        CHECK(temper_network_potential(&made, &l.task) == TEMPER_NO_MEMORY && !made, "allocation %d", (int)k);
    }
    temper_alloc_fail_at(1);
    CHECK(temper_network_calibrate(&l.task, theta, statistics) == TEMPER_NO_MEMORY, "calibrate");
    temper_alloc_fail_at(1);
    CHECK(temper_network_predict(l.network, &l.data, &s, l.row, ROWS, theta, statistics, out) ==
              TEMPER_NO_MEMORY,
          "predict");
    temper_alloc_fail_at(0);
    if (lab_open(&l)) { /* what borrows memory for a look says so */
        temper_look look = {.stream = rig_stream, .whole = true, .scratch = l.scratch};
        const temper_potential_type *type = l.potential->type;
        temper_alloc_fail_at(1);
        CHECK(isnan(type->curve_single(l.potential->self, &look, l.theta, l.theta, theta, theta)), "curve");
        temper_alloc_fail_at(0);
        CHECK(isfinite(type->energy_single(l.potential->self, &look, l.theta)), "energy");
    }
    free(theta), lab_close(&l);
    CHECK(temper_alloc_live() == live, "%d blocks are left", (int)(temper_alloc_live() - live));
}

int main(void) {
    RUN(predictions);
    RUN(calibration);
    RUN(short_of_memory);
    return check_end();
}
