/* The Ising model: energies by hand, costs, views, ground states, refusals. */
#include "core/catalogue.h"
#include "system_probe.h"

static double energy_of(const char *text, const int8_t *s) {
    temper_system *system = probe_open(text);
    double H = system ? temper_system_energy(system, s) : NAN;
    temper_system_free(system);
    return H;
}

static void energies_by_hand(void) {
    int8_t up[27], one[27], zigzag[6] = {1, -1, 1, -1, 1, -1};
    memset(up, 1, sizeof up);
    memset(one, 1, sizeof one);
    one[4] = -1; /* the centre of a 3x3 or a neighbour of corners in others */
    CHECK_NEAR(energy_of("ising:dims=1", up), 0, 0); /* nobody to see */
    CHECK_NEAR(energy_of("ising:dims=1,h=0.5", up), -0.5, 0);
    CHECK_NEAR(energy_of("ising:dims=2", up), -2, 0); /* joined twice */
    CHECK_NEAR(energy_of("ising:dims=2,boundary=open", up), -1, 0);
    CHECK_NEAR(energy_of("ising:dims=2x2,J=3,h=0.25", up), -24 - 1, 0); /* 8 bonds, 4 sites */
    CHECK_NEAR(energy_of("ising:dims=2x2,boundary=open", up), -4, 0);
    CHECK_NEAR(energy_of("ising:dims=3x3", one), -18 + 8, 0); /* 4 of 18 bonds broken */
    CHECK_NEAR(energy_of("ising:dims=3x3,boundary=open,h=2", one), -12 + 8 - 14, 0);
    CHECK_NEAR(energy_of("ising:dims=3x3x3", up), -81, 0);
    CHECK_NEAR(energy_of("ising:dims=6,J=-1.5", zigzag), -9, 0);
    CHECK_NEAR(energy_of("ising:dims=6,J=-1.5,boundary=open", zigzag), -7.5, 0);
    CHECK_NEAR(energy_of("ising:dims=2x3", zigzag), 6 + 2,
               0); /* +−+ over −+−: 6 bonds of columns, 1 of each row */
}

static void costs_are_differences(void) {
    const char *texts[] = {"ising",
                           "ising:dims=1,h=1",
                           "ising:dims=2,J=-0.7,h=0.3",
                           "ising:dims=7,h=0.1",
                           "ising:dims=5x4,J=0.3,h=-0.2",
                           "ising:dims=5x4,boundary=open,J=-1",
                           "ising:dims=1x9,h=0.5",
                           "ising:dims=3x3x3,h=0.1",
                           "ising:dims=2x2x2x2,J=1.3",
                           "ising:dims=2x3x2x1x2,boundary=open",
                           "ising:dims=2x1x2x1x2x2x3x2,h=0.01"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) probe(texts[k]);
}

/* Above 2^24 sites there is no table: cost counts neighbours by arithmetic, bonds has no view. Built by
 * hand, since an instance would also sort its sites by colour. */
static void large_lattices_keep_no_table(void) {
    const temper_system_type *type = NULL;
    for (int k = 0; temper_list_system[k]; k++)
        if (!strcmp(temper_list_system[k]->about.name, "ising")) type = temper_list_system[k];
    const char *texts[] = {"dims=4097x4096,h=0.5", "dims=3x2049x2731,J=-1,boundary=open"};
    for (int t = 0; t < 2; t++) {
        void *self = NULL;
        char *text = NULL;
        temper_bonds bonds;
        int64_t live = temper_alloc_live();
        CHECK_OK(temper_options_read(&type->about, texts[t], &self, &text));
        CHECK_OK(type->build(self));
        CHECK(temper_alloc_live() == live + 2, "a large lattice allocates");
        CHECK(!type->bonds(self, &bonds), "bonds of a large lattice");
        int n = type->sites(self);
        CHECK(n > 1 << 24, "n = %d", n);
        int8_t *s = malloc((size_t)n);
        for (int i = 0; i < n; i++) s[i] = (int8_t)(1 - 2 * (i * 2654435761u >> 31));
        int sites[] = {0, 1, n / 3, n - 4097, n - 1};
        for (int k = 0; k < 5; k++) {
            int i = sites[k];
            double before = type->energy(self, s), cost = type->cost(self, s, NULL, i, -s[i]);
            s[i] = (int8_t)-s[i];
            CHECK_NEAR(cost, type->energy(self, s) - before, 0);
        }
        free(s);
        type->clear(self);
        temper_options_free(&type->about, self, text);
    }
}

static void views_tell_the_model(void) {
    temper_system *system = probe_open("ising:dims=4x6,J=0.5");
    CHECK(system->has_lattice && system->lattice.uniform && system->lattice.periodic, "lattice");
    CHECK(system->lattice.dims.n == 2 && system->lattice.dims.extent[1] == 6, "dims");
    CHECK(system->lattice.J == 0.5 && system->lattice.h == 0 && !system->bonds.h, "J, h");
    CHECK(system->binary && !system->fields && system->cached == 0 && system->colours == 2, "flags");
    CHECK(system->colour_start[1] == 12 && system->colour_start[2] == 24 && system->order[1] == 2, "order");
    temper_system_free(system);
    system = probe_open("ising:dims=1x8,boundary=open,h=-2");
    CHECK(!system->lattice.uniform && !system->lattice.periodic && system->lattice.h == -2, "lattice 1x8");
    CHECK(system->bonds.h && system->bonds.h[7] == -2, "h");
    temper_system_free(system);
    system = probe_open("ising:dims=5x4");
    CHECK(system->colours == 3, "an odd ring has %d colours", system->colours);
    temper_system_free(system);
}

/* The lowest energy of small lattices, by enumeration, is that of ordered k = 0 and k = 1. */
static void ground_states(void) {
    const char *texts[] = {"ising:dims=4x3", "ising:dims=4x2,J=-1", "ising:dims=3x4,J=-1,boundary=open",
                           "ising:dims=2x2x3,boundary=open,J=-2"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        temper_system *system = probe_open(texts[k]);
        int8_t s[12], t[12];
        double lowest = INFINITY;
        for (int c = 0; c < 1 << system->n; c++) {
            for (int i = 0; i < system->n; i++) s[i] = c >> i & 1 ? 1 : -1;
            lowest = fmin(lowest, temper_system_energy(system, s));
        }
        CHECK(system->type->ordered(system->self, 0, s) && system->type->ordered(system->self, 1, t), "%s",
              texts[k]);
        CHECK_NEAR(temper_system_energy(system, s), lowest, 0);
        for (int i = 0; i < system->n; i++) CHECK(s[i] == -t[i] && abs(s[i]) == 1, "site %d", i);
        CHECK(s[0] == 1 && !system->type->ordered(system->self, 2, s), "%s", texts[k]);
        temper_system_free(system);
    }
    int8_t s[15];
    temper_system *odd = probe_open("ising:dims=5x3,J=-1");
    CHECK(odd->type->ordered(odd->self, 0, s) && temper_system_energy(odd, s) == 30, "frustrated: up");
    temper_system_free(odd);
}

static void slopes(void) {
    probe_weights("ising:dims=4x3,J=0.7,h=0.2");
    probe_weights("ising:dims=3x3x2,boundary=open");
}

static void memory(void) { probe_memory("ising:dims=4x4,h=1"); }

static void bad_options(void) {
    probe_refuses("ising:dims=0", "ising: dims=0");
    probe_refuses("ising:dims=0", "1 … 2147483647");
    probe_refuses("ising:dims=4x-1", "dims=4x-1");
    probe_refuses("ising:dims=70000x70000x70000", "ising: dims=70000x70000x70000 is too large");
    probe_refuses("ising:dims=2x2x2x2x2x2x2x2x2", "1 to 8");
    probe_refuses("ising:J=nan", "ising: J=nan");
    probe_refuses("ising:J=inf", "legal range");
    probe_refuses("ising:h=-inf", "legal range");
    probe_refuses("ising:boundary=opne", "did you mean 'open'");
    probe_refuses("ising:q=3", "there is no option 'q'");
}

int main(void) {
    RUN(energies_by_hand);
    RUN(costs_are_differences);
    RUN(large_lattices_keep_no_table);
    RUN(views_tell_the_model);
    RUN(ground_states);
    RUN(slopes);
    RUN(memory);
    RUN(bad_options);
    return check_end();
}
