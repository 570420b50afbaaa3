/* Lines of equal height, on surfaces whose lines are known. */
#include "base/text.h"
#include "check.h"
#include "run/contour.h"

enum { N = 21 };
static double value[N * N];
static const int64_t grid[2] = {N, N};

static double x_of(double i) { return 2 * i / (N - 1) - 1; }

typedef struct {
    double worst, length;
    int count;
    double (*miss)(double x, double y);
} judge;

static void measure(void *context, const double from[2], const double to[2]) {
    judge *j = context;
    double x0 = x_of(from[0]), y0 = x_of(from[1]), x1 = x_of(to[0]), y1 = x_of(to[1]);
    j->worst = fmax(j->worst, fmax(fabs(j->miss(x0, y0)), fabs(j->miss(x1, y1))));
    j->length += sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
    j->count++;
}

static double straight(double x, double y) { return 0.5 * x + y - 0.3; }
static double circle(double x, double y) { return sqrt(x * x + y * y) - 0.6; }

static void known_lines(void) {
    for (int k = 0; k < N * N; k++) value[k] = 0.5 * x_of(k % N) + x_of(k / N);
    judge line = {.miss = straight};
    temper_contour_lines(grid, value, 0.3, measure, &line);
    CHECK(line.worst < 1e-12, "off by %g", line.worst);
    CHECK_NEAR(line.length, 2 * sqrt(1.25), 1e-9); /* x from −1 to 1 */
    for (int k = 0; k < N * N; k++) value[k] = x_of(k % N) * x_of(k % N) + x_of(k / N) * x_of(k / N);
    judge round = {.miss = circle};
    temper_contour_lines(grid, value, 0.36, measure, &round);
    CHECK(round.worst < 3e-3, "off by %g", round.worst);
    CHECK_NEAR(round.length, 2 * 3.14159265 * 0.6, 0.02);
}

/* One square with a pass in it: two lines, never crossing each other, that keep like corners together. */
static double nothing(double x, double y) { return (void)x, (void)y, 0; }
static void passes(void) {
    const int64_t two[2] = {2, 2};
    for (int high = 0; high < 2; high++) {
        const double f[4] = {high ? 3 : 1, 0, 0, high ? 3 : 1};
        judge j = {.miss = nothing};
        temper_contour_lines(two, f, high ? 1 : 0.6, measure, &j);
        CHECK(j.count == 2, "%d lines", j.count);
        /* the middle (1.5 or 0.5) is above 1 and below 0.6: lines cut off the low corners, or the high ones */
        double side = high ? 1.0 / 3 : 0.4;
        CHECK_NEAR(j.length, 2 * sqrt(2) * side * 2 / (N - 1), 1e-9);
    }
    const double hole[4] = {1, NAN, 0, 1};
    judge j = {.miss = nothing};
    temper_contour_lines(two, hole, 0.5, measure, &j);
    CHECK(j.count == 0, "through a hole");
}

static void levels(void) {
    double level[TEMPER_LEVELS_MAX];
    const double bowl[] = {1, 2, 5, 101, NAN, INFINITY};
    int n = temper_contour_levels(bowl, 6, 1, level);
    CHECK(n == 9, "%d levels", n);
    for (int k = 1; k < n; k++) CHECK(level[k] > level[k - 1], "ascending");
    CHECK(level[0] > 1 && level[n - 1] < 101, "within");
    CHECK_NEAR((level[2] - 1) / (level[1] - 1), (level[8] - 1) / (level[7] - 1), 1e-9); /* log-spaced */
    const double saddle[] = {-4, 0, 6};
    n = temper_contour_levels(saddle, 3, 0, level);
    CHECK(n == 13 && level[0] < -1 && level[3] < 0 && level[4] > 0, "on both sides: %d", n);
    const double flat[] = {2, 2, NAN};
    CHECK(temper_contour_levels(flat, 3, 2, level) == 0, "flat");
    CHECK(temper_contour_levels(bowl, 4, NAN, level) == 9, "nowhere");
}

static void drawing(void) {
    temper_text out = {0};
    const double way[4] = {-1, -1, 0, 0};
    for (int k = 0; k < N * N; k++) value[k] = x_of(k % N) * x_of(k % N) + 2 * x_of(k / N) * x_of(k / N);
    temper_contour c = {.title = "a <b>",
                        .x_label = "x",
                        .y_label = "y",
                        .n = {N, N},
                        .from = {-1, -1},
                        .to = {1, 1},
                        .value = value,
                        .marked = true,
                        .stops = 2,
                        .way = way};
    temper_contour_svg(&c, &out);
    CHECK(out.data && strstr(out.data, "a &lt;b&gt;") && !strstr(out.data, "<b>"), "escaped");
    CHECK(out.data && strstr(out.data, "</svg>") && !strstr(out.data, "nan"), "whole");
    temper_text_clear(&out);
}

int main(void) {
    RUN(known_lines);
    RUN(passes);
    RUN(levels);
    RUN(drawing);
    return check_end();
}
