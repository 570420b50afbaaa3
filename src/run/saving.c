#include "run/saving.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"

enum { DIGITS = 64 };

typedef struct { /* the fixed part */
    char magic[8];
    uint32_t version, order;
    char recipe[DIGITS];
    int64_t shape[TEMPER_SHAPE];
} head;

void temper_pass_carry(temper_pass *p, void *data, size_t bytes) {
    if (p->failed || bytes == 0) return;
    size_t moved = p->saving ? fwrite(data, 1, bytes, p->file) : fread(data, 1, bytes, p->file);
    p->failed = moved != bytes;
    if (p->saving) temper_sha256_add(&p->sha, data, bytes);
}

static head make_head(const temper_saved *s, const temper_desk *desk) {
    head h = {.version = s->version, .order = 0x01020304};
    memcpy(h.magic, s->magic, sizeof h.magic);
    memcpy(h.recipe, desk->recipe, DIGITS);
    s->shape(s->owner, h.shape);
    return h;
}

static temper_status refuse(const char *path, const char *verb) {
    return temper_fail(TEMPER_BAD_FILE, "%s: cannot %s: %s", path, verb, strerror(errno));
}

static temper_status write_new(const temper_saved *s, const temper_desk *desk, const char *path) {
    char hex[DIGITS + 1];
    temper_pass p = {.file = fopen(path, "wb"), .saving = true};
    if (!p.file) return refuse(path, "create");
    temper_sha256_begin(&p.sha);
    head h = make_head(s, desk);
    temper_pass_carry(&p, &h, sizeof h);
    temper_status bad = s->body(s->owner, &p);
    temper_sha256_end(&p.sha, hex);
    p.failed |= fwrite(hex, 1, DIGITS, p.file) != DIGITS;
    p.failed |= fflush(p.file) != 0 || fsync(fileno(p.file)) != 0;
    if (!bad && p.failed) bad = refuse(path, "write");
    if (fclose(p.file) && !bad) bad = refuse(path, "close");
    if (bad) unlink(path);
    return bad;
}

typedef struct {
    char *now, *previous, *fresh;
} paths;

static temper_status make_paths(const temper_saved *s, const temper_desk *desk, paths *p) {
    char name[64];
    p->now = temper_desk_path(desk, s->name);
    snprintf(name, sizeof name, "%s.previous", s->name);
    p->previous = temper_desk_path(desk, name);
    snprintf(name, sizeof name, "%s.new", s->name);
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

temper_status temper_saved_write(const temper_saved *s, temper_desk *desk) {
    paths p = {0};
    double begun = temper_clock();
    temper_status bad = make_paths(s, desk, &p);
    if (!bad) bad = write_new(s, desk, p.fresh);
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

static temper_status check_head(const temper_saved *s, const temper_desk *desk, const head *h,
                                const char *path) {
    head mine = make_head(s, desk);
    if (memcmp(h->magic, mine.magic, sizeof h->magic) || h->order != mine.order)
        return temper_fail(TEMPER_BAD_DATA, "%s: not a checkpoint of this kind of machine", path);
    if (h->version != mine.version)
        return temper_fail(TEMPER_BAD_DATA, "%s: format %u; this program reads %u", path, h->version,
                           mine.version);
    if (memcmp(h->recipe, mine.recipe, DIGITS))
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: belongs to another recipe, or an input file has changed since", path);
    if (!s->adopt(s->owner, h->shape))
        return temper_fail(TEMPER_BAD_DATA, "%s: its shape does not fit the recipe", path);
    return TEMPER_OK;
}

static temper_status read_whole(const temper_saved *s, const temper_desk *desk, const char *path) {
    head h;
    temper_pass p = {.file = fopen(path, "rb")};
    if (!p.file) return refuse(path, "open");
    int64_t end;
    temper_status bad = verify(p.file, path, &end);
    if (!bad) {
        temper_pass_carry(&p, &h, sizeof h);
        bad = p.failed ? refuse(path, "read") : check_head(s, desk, &h, path);
    }
    if (!bad && (bad = s->body(s->owner, &p)) == TEMPER_BAD_DATA)
        bad = temper_fail(bad, "%s: %s", path, temper_message());
    if (!bad && (p.failed || ftello(p.file) != end))
        bad = temper_fail(TEMPER_BAD_DATA, "%s: its content does not fit the recipe", path);
    fclose(p.file);
    return bad;
}

temper_status temper_saved_read(const temper_saved *s, temper_desk *desk, bool *found) {
    paths p = {0};
    *found = false;
    temper_status bad = make_paths(s, desk, &p);
    if (!bad) {
        bool now = access(p.now, F_OK) == 0, previous = access(p.previous, F_OK) == 0;
        *found = now || previous;
        bad = now ? read_whole(s, desk, p.now) : TEMPER_OK;
        if ((bad || !now) && previous && bad != TEMPER_NO_MEMORY) {
            if (bad) temper_desk_say(desk, "%s; going back to %s", temper_message(), p.previous);
            bad = read_whole(s, desk, p.previous);
        }
    }
    free_paths(&p);
    return bad;
}
