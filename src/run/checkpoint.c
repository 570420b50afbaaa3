#include "run/checkpoint.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"

enum { VERSION = 1, DIGITS = 64 };

typedef struct { /* the fixed part; a change of any size changes VERSION */
    char magic[8];
    uint32_t version, order;
    char recipe[DIGITS];
    int64_t done, over, chains, sites, cached, states, reads, numbers;
} head;

typedef struct { /* the part of a chain that has no length of its own */
    double energy, temperature;
    uint64_t seed;
    int64_t number, clock, proposed, accepted;
} mark;

/* One way through the file serves saving and loading, so that the two cannot differ. */
typedef struct {
    FILE *file;
    bool saving, failed;
    temper_sha256 sha;
} pass;

static void carry(pass *p, void *data, size_t bytes) {
    if (p->failed || bytes == 0) return;
    size_t moved = p->saving ? fwrite(data, 1, bytes, p->file) : fread(data, 1, bytes, p->file);
    p->failed = moved != bytes;
    if (p->saving) temper_sha256_add(&p->sha, data, bytes);
}

/* Numbers of a series line that are filled so far, times lines: the layout of what is carried. */
static int64_t series_numbers(const temper_campaign *c) {
    int64_t numbers = 0;
    for (int o = 0; c->series && o < c->series->observables; o++)
        numbers += (int64_t)c->series->temperatures * c->series->lines[o] * c->series->raw[o];
    return numbers;
}

static head make_head(const temper_campaign *c, const temper_desk *desk) {
    head h = {.version = VERSION,
              .order = 0x01020304,
              .done = c->done,
              .over = c->over,
              .chains = c->chains,
              .sites = c->system->n,
              .cached = c->system->cached,
              .states = c->ensemble ? c->plan.states : 0,
              .reads = c->best ? c->best->reads : 0,
              .numbers = series_numbers(c)};
    memcpy(h.magic, "TEMPERCK", sizeof h.magic);
    memcpy(h.recipe, desk->recipe, DIGITS);
    return h;
}

/* Do energy and cache belong to s? They were followed move by move, so up to rounding. `fresh` is room for a cache. */
static bool belongs(const temper_chain *chain, double *fresh) {
    const temper_system *system = chain->system;
    double E = system->type->energy(system->self, chain->s), size = 1;
    bool good = fabs(chain->energy - E) <= 1e-6 * (1 + fabs(E));
    if (system->type->prime) system->type->prime(system->self, chain->s, fresh);
    for (int k = 0; system->type->prime && k < system->cached; k++) size = fmax(size, fabs(fresh[k]));
    for (int k = 0; system->type->prime && k < system->cached; k++)
        good &= fabs(chain->cache[k] - fresh[k]) <= 1e-6 * size;
    return good;
}

/* Of chain number `number`. `fresh` is not needed for saving. */
static void carry_chain(pass *p, temper_chain *chain, int64_t number, double *fresh) {
    const temper_system *system = chain->system;
    mark m = {chain->energy, chain->temperature, chain->stream.seed, chain->stream.chain,
              chain->clock,  chain->proposed,    chain->accepted};
    carry(p, &m, sizeof m);
    carry(p, chain->s, (size_t)system->n);
    carry(p, chain->cache, (size_t)system->cached * sizeof *chain->cache);
    if (p->saving || p->failed) return;
    chain->energy = m.energy, chain->temperature = m.temperature;
    chain->clock = m.clock, chain->proposed = m.proposed, chain->accepted = m.accepted;
    static const int64_t most = (int64_t)1 << 47; /* far from where a clock or a counter would overflow */
    if (temper_system_legal(system, chain->s) || !(m.temperature >= 0) || m.clock < 0 || m.clock > most ||
        m.number != number || m.seed != chain->stream.seed || m.proposed < 0 || m.proposed > most << 12 ||
        m.accepted < 0 || m.accepted > most << 12 || !belongs(chain, fresh))
        p->failed = true;
}

static void carry_series(pass *p, const temper_series *series, int64_t measured) {
    for (int t = 0; t < series->temperatures; t++)
        for (int o = 0; o < series->observables; o++)
            for (int line = 0; line < series->lines[o]; line++)
                carry(p, temper_series_at(series, t, o) + (int64_t)line * series->length * series->raw[o],
                      (size_t)measured * (size_t)series->raw[o] * sizeof(double));
}

static void carry_best(pass *p, temper_best *best, const temper_system *system) {
    carry(p, best->energy, (size_t)best->reads * sizeof *best->energy);
    carry(p, &best->lowest, sizeof best->lowest);
    carry(p, best->s, (size_t)best->n);
    if (p->saving || p->failed) return;
    for (int k = 0; k < best->reads; k++) p->failed |= isnan(best->energy[k]);
    /* before the first look there is no configuration */
    p->failed |= best->lowest != INFINITY && temper_system_legal(system, best->s) != TEMPER_OK;
}

static void carry_body(pass *p, temper_campaign *c, double *fresh) {
    for (int k = 0; k < c->chains; k++) carry_chain(p, c->chain[k], k, fresh);
    if (c->ensemble) carry(p, c->team.state, (size_t)c->plan.states * sizeof *c->team.state);
    if (c->best) carry_best(p, c->best, c->system);
    if (c->series) carry_series(p, c->series, temper_campaign_measured(c));
}

static temper_status refuse(const char *path, const char *verb) {
    return temper_fail(TEMPER_BAD_FILE, "%s: cannot %s: %s", path, verb, strerror(errno));
}

static temper_status write_new(temper_campaign *c, const temper_desk *desk, const char *path) {
    char hex[DIGITS + 1];
    pass p = {.file = fopen(path, "wb"), .saving = true};
    if (!p.file) return refuse(path, "create");
    temper_sha256_begin(&p.sha);
    head h = make_head(c, desk);
    carry(&p, &h, sizeof h);
    carry_body(&p, c, NULL);
    temper_sha256_end(&p.sha, hex);
    p.failed |= fwrite(hex, 1, DIGITS, p.file) != DIGITS;
    p.failed |= fflush(p.file) != 0 || fsync(fileno(p.file)) != 0;
    temper_status bad = p.failed ? refuse(path, "write") : TEMPER_OK;
    if (fclose(p.file) && !bad) bad = refuse(path, "close");
    if (bad) unlink(path);
    return bad;
}

typedef struct {
    char *now, *previous, *fresh;
} paths;

static temper_status make_paths(const temper_campaign *c, const temper_desk *desk, paths *p) {
    char name[64];
    p->now = temper_desk_path(desk, c->file);
    snprintf(name, sizeof name, "%s.previous", c->file);
    p->previous = temper_desk_path(desk, name);
    snprintf(name, sizeof name, "%s.new", c->file);
    p->fresh = temper_desk_path(desk, name);
    return p->now && p->previous && p->fresh ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static void free_paths(paths *p) {
    temper_release(p->now);
    temper_release(p->previous);
    temper_release(p->fresh);
}

/* After a crash between the renames NAME is missing and NAME.previous is whole. */
static temper_status put_in_place(const temper_desk *desk, const paths *p) {
    if (rename(p->now, p->previous) && errno != ENOENT) return refuse(p->now, "keep the previous");
    if (rename(p->fresh, p->now)) return refuse(p->now, "replace");
    int folder = open(desk->folder, O_RDONLY | O_CLOEXEC);
    if (folder < 0) return TEMPER_OK;
    bool done = fsync(folder) == 0 || errno == EINVAL;
    close(folder);
    return done ? TEMPER_OK : refuse(desk->folder, "write");
}

temper_status temper_checkpoint_save(temper_campaign *c, temper_desk *desk) {
    paths p = {0};
    double begun = temper_clock();
    temper_status bad = make_paths(c, desk, &p);
    if (!bad) bad = write_new(c, desk, p.fresh);
    if (!bad) bad = put_in_place(desk, &p);
    free_paths(&p);
    desk->saved = temper_clock();
    desk->saving = desk->saved - begun;
    return bad;
}

/* Is the file whole? Leaves it at its beginning. *end is where the digest stands. */
static temper_status verify(FILE *file, const char *path, int64_t *end) {
    char block[65536], hex[DIGITS + 1], stored[DIGITS + 1] = {0};
    struct stat there;
    temper_sha256 sha;
    if (fstat(fileno(file), &there)) return refuse(path, "read");
    int64_t left = *end = (int64_t)there.st_size - DIGITS;
    if (left < (int64_t)sizeof(head))
        return temper_fail(TEMPER_BAD_DATA, "%s: too short for a checkpoint", path);
    temper_sha256_begin(&sha);
    while (left > 0) {
        size_t want = left < (int64_t)sizeof block ? (size_t)left : sizeof block;
        if (fread(block, 1, want, file) != want) return refuse(path, "read");
        temper_sha256_add(&sha, block, want);
        left -= (int64_t)want;
    }
    temper_sha256_end(&sha, hex);
    if (fread(stored, 1, DIGITS, file) != DIGITS || memcmp(stored, hex, DIGITS))
        return temper_fail(TEMPER_BAD_DATA, "%s: damaged (its SHA-256 does not fit)", path);
    rewind(file);
    return TEMPER_OK;
}

static temper_status check_head(const temper_campaign *c, const temper_desk *desk, const head *h,
                                const char *path) {
    head mine = make_head(c, desk);
    if (memcmp(h->magic, mine.magic, sizeof h->magic) || h->order != mine.order)
        return temper_fail(TEMPER_BAD_DATA, "%s: not a checkpoint of this kind of machine", path);
    if (h->version != VERSION)
        return temper_fail(TEMPER_BAD_DATA, "%s: format %u; this program reads %d", path, h->version,
                           VERSION);
    if (memcmp(h->recipe, mine.recipe, DIGITS))
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: belongs to another recipe, or an input file has changed since", path);
    if (h->chains != mine.chains || h->sites != mine.sites || h->cached != mine.cached ||
        h->states != mine.states || h->reads != mine.reads || h->numbers != mine.numbers || h->done < 0 ||
        h->done > c->total || h->over >> 1 || (!h->over && h->done == c->total))
        return temper_fail(TEMPER_BAD_DATA, "%s: its shape does not fit the recipe", path);
    return TEMPER_OK;
}

/* The body, behind its head, up to `end`. */
static temper_status read_body(pass *p, temper_campaign *c, const char *path, int64_t end) {
    double *fresh = temper_alloc((size_t)c->system->cached, sizeof *fresh);
    if (!fresh) return TEMPER_NO_MEMORY;
    carry_body(p, c, fresh);
    temper_release(fresh);
    if (p->failed || ftello(p->file) != end)
        return temper_fail(TEMPER_BAD_DATA, "%s: its content does not fit the recipe", path);
    if (!c->ensemble || !c->ensemble->type->check) return TEMPER_OK;
    temper_status bad = c->ensemble->type->check(c->ensemble->self, &c->team);
    return bad == TEMPER_BAD_DATA ? temper_fail(bad, "%s: %s", path, temper_message()) : bad;
}

static temper_status read_whole(temper_campaign *c, const temper_desk *desk, const char *path) {
    head h;
    pass p = {.file = fopen(path, "rb")};
    if (!p.file) return refuse(path, "open");
    int64_t end;
    temper_status bad = verify(p.file, path, &end);
    if (!bad) {
        carry(&p, &h, sizeof h);
        bad = p.failed ? refuse(path, "read") : check_head(c, desk, &h, path);
    }
    if (!bad) {
        c->done = c->team.step = h.done;
        c->over = h.over != 0;
        bad = read_body(&p, c, path, end);
    }
    fclose(p.file);
    return bad;
}

temper_status temper_checkpoint_load(temper_campaign *c, temper_desk *desk) {
    paths p = {0};
    temper_status bad = make_paths(c, desk, &p);
    if (!bad) {
        bool now = access(p.now, F_OK) == 0, previous = access(p.previous, F_OK) == 0;
        bad = now ? read_whole(c, desk, p.now) : TEMPER_OK;
        if ((bad || !now) && previous && bad != TEMPER_NO_MEMORY) {
            if (bad) temper_desk_say(desk, "%s; going back to %s", temper_message(), p.previous);
            bad = read_whole(c, desk, p.previous);
        } else if (!now && !bad && !strcmp(c->file, "checkpoint")) {
            temper_desk_say(desk, "%s holds no checkpoint; beginning at the beginning", desk->folder);
        }
    }
    free_paths(&p);
    return bad;
}
