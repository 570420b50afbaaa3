/* One run directory, read for comparison. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "run/compare.h"
#include "run/recipe.h"

enum { LARGEST = 1 << 28, SIBLINGS = 256 };

/* A file of the directory; *text stays NULL where there is none. */
static temper_status read_if_there(const char *folder, const char *name, char **text, size_t *length) {
    temper_text path = {0};
    struct stat is;
    temper_status bad = TEMPER_OK;
    *text = NULL;
    temper_text_add(&path, "%s/%s", folder, name);
    if (path.failed)
        bad = TEMPER_NO_MEMORY;
    else if (!stat(path.data, &is))
        bad = temper_read_file(path.data, LARGEST, text, length);
    temper_text_clear(&path);
    return bad;
}

/* The directory beside it that was probably meant; to be released, NULL if there is none. */
static char *sibling(const char *path) {
    char *names[SIBLINGS], *found = NULL, *copy = temper_strdup(path);
    char *cut = copy ? strrchr(copy, '/') : NULL;
    int n = 0;
    DIR *folder = !copy ? NULL : opendir(cut == copy ? "/" : cut ? (*cut = 0, copy) : ".");
    for (struct dirent *e; folder && n < SIBLINGS && (e = readdir(folder));)
        if (e->d_name[0] != '.' && (names[n] = temper_strdup(e->d_name))) n++;
    if (folder) closedir(folder);
    const char *near = temper_nearest(cut ? cut + 1 : path, (const char *const *)names, n);
    if (near) found = temper_strdup(near);
    for (int k = 0; k < n; k++) temper_release(names[k]);
    temper_release(copy);
    return found;
}

static temper_status no_folder(const char *path) {
    char *near = sibling(path);
    temper_status bad = temper_fail(TEMPER_BAD_FILE, "compare: run=%.200s: there is no such directory%s%s%s",
                                    path, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    temper_release(near);
    return bad;
}

static temper_status recall(void *context, const char *verb, const char *name, const char *value) {
    temper_side *side = context;
    if (strcmp(verb, "train"))
        return temper_fail(TEMPER_BAD_DATA, "compare: %.200s is a run of '%s', not of 'train'", side->path,
                           verb);
    return temper_settings_set("train", &side->settings, name, value);
}

static temper_status read_recipe(temper_side *side) {
    char *text;
    size_t length;
    struct stat is;
    if (stat(side->path, &is)) return no_folder(side->path);
    temper_status bad = read_if_there(side->path, "recipe.toml", &text, &length);
    if (!bad && !text)
        bad = temper_fail(
            TEMPER_BAD_FILE,
            "compare: there is no recipe.toml in %.200s: it is not the directory of a 'temper train --out'",
            side->path);
    if (!bad) bad = temper_settings_begin("train", &side->settings);
    if (!bad) bad = temper_recipe_read(side->path, text, length, recall, side);
    if (!bad) bad = temper_settings_complete("train", &side->settings);
    if (bad == TEMPER_BAD_OPTION)
        bad = temper_fail(TEMPER_BAD_DATA, "compare: %.150s/recipe.toml: %s", side->path, temper_message());
    temper_release(text);
    return bad;
}

static temper_status damaged(const temper_side *side, const char *file, const char *what) {
    return temper_fail(TEMPER_BAD_DATA, "compare: %.200s/%s: %s", side->path, file, what);
}

static temper_status read_tree(const temper_side *side, const char *file, const char *schema,
                               temper_json_node **tree) {
    char *text;
    size_t length;
    temper_status bad = read_if_there(side->path, file, &text, &length);
    if (!bad && text && (bad = temper_json_read(text, length, tree)) == TEMPER_BAD_DATA)
        bad = damaged(side, file, temper_message());
    if (!bad && text) {
        const temper_json_node *is = temper_json_member(*tree, "schema");
        if (!is || is->kind != TEMPER_JSON_STRING || strcmp(is->string, schema))
            bad = temper_fail(TEMPER_BAD_DATA, "compare: %.200s/%s: schema is not %s", side->path, file,
                              schema);
    }
    temper_release(text);
    return bad;
}

static const temper_json_node *member(const temper_json_node *node, const char *name, temper_json_kind kind) {
    const temper_json_node *m =
        node && node->kind == TEMPER_JSON_OBJECT ? temper_json_member(node, name) : NULL;
    return m && m->kind == kind ? m : NULL;
}

static double number_of(const temper_json_node *node) {
    return node->kind == TEMPER_JSON_NUMBER ? node->number : NAN;
}

/* The `values` of a score, as many as there are seeds; NULL where they are not. */
static const temper_json_node *values_of(const temper_side *side, const temper_json_node *score) {
    const temper_json_node *values = member(score, "values", TEMPER_JSON_ARRAY);
    return values && values->count == side->seeds ? values : NULL;
}

static double *next_score(temper_side *side, const char *name, const char *on) {
    double *value = side->values + side->scores * side->seeds;
    side->score[side->scores++] = (temper_side_score){name, on, value};
    return value;
}

/* The share of targets inside should be 0.5, 0.9 or 0.95: what is compared is the distance from it. */
static double nominal(const char *name) {
    static const char *const names[] = {"coverage_50", "coverage_90", "coverage_95"};
    static const double share[] = {0.5, 0.9, 0.95};
    for (int k = 0; k < 3; k++)
        if (!strcmp(name, names[k])) return share[k];
    return NAN;
}

static temper_status take_scores(temper_side *side, const temper_json_node *test) {
    for (const temper_json_node *s = test->child; s; s = s->next) {
        const temper_json_node *values = values_of(side, s);
        double aim = nominal(s->name);
        if (!values) continue;
        double *value = next_score(side, s->name, "test");
        for (const temper_json_node *v = values->child; v; v = v->next, value++)
            *value = isnan(aim) ? number_of(v) : fabs(number_of(v) - aim);
    }
    return side->scores ? TEMPER_OK
                        : damaged(side, "results.json", "there are no values of test scores in it");
}

/* One score of every corruption at every severity, averaged for each seed. False where one of them lacks it. */
static bool average(const temper_side *side, const temper_json_node *corruptions, const char *name,
                    double *value) {
    int64_t count = 0;
    for (int64_t r = 0; r < side->seeds; r++) value[r] = 0;
    for (const temper_json_node *c = corruptions->child; c; c = c->next) {
        const temper_json_node *severities = member(c, name, TEMPER_JSON_ARRAY);
        if (!severities) return false;
        for (const temper_json_node *s = severities->child; s; s = s->next, count++) {
            const temper_json_node *values = values_of(side, s);
            if (!values) return false;
            double *to = value;
            for (const temper_json_node *v = values->child; v; v = v->next) *to++ += number_of(v);
        }
    }
    for (int64_t r = 0; r < side->seeds; r++) value[r] /= (double)count;
    return count > 0;
}

static const temper_json_node *kinds(const temper_side *side, const char *on) {
    return member(side->robustness, strcmp(on, "attacked") ? "corruptions" : "attacks", TEMPER_JSON_OBJECT);
}

static void take_robustness(temper_side *side, const char *on) {
    const temper_json_node *all = kinds(side, on);
    if (!all || !all->child || all->child->kind != TEMPER_JSON_OBJECT) return;
    for (const temper_json_node *s = all->child->child; s; s = s->next) {
        double *value = next_score(side, s->name, on);
        if (!average(side, all, s->name, value)) side->scores--;
    }
}

/* Clean scores that are not those of results.json belong to networks that were here before. */
static bool is_stale(const temper_side *side) {
    const temper_json_node *clean = member(side->robustness, "clean", TEMPER_JSON_OBJECT);
    for (int k = 0; clean && k < side->scores; k++) {
        const temper_json_node *score = member(clean, side->score[k].name, TEMPER_JSON_OBJECT);
        const temper_json_node *values = score ? member(score, "values", TEMPER_JSON_ARRAY) : NULL;
        const double *mine = side->score[k].value;
        if (!values || !isnan(nominal(side->score[k].name))) continue;
        if (values->count != side->seeds) return true;
        for (const temper_json_node *v = values->child; v; v = v->next, mine++)
            if (fabs(number_of(v) - *mine) > 1e-9 * fabs(*mine)) return true;
    }
    return false;
}

/* Numbers of an array, in order. */
static bool equal_numbers(const temper_json_node *a, const temper_json_node *b) {
    if (!a || !b || a->count != b->count) return !a && !b;
    for (a = a->child, b = b->child; a; a = a->next, b = b->next)
        if (a->number != b->number) return false;
    return true;
}

/* Of both robustness.json: the seed that spoilt the inputs, or how many rows were attacked. */
static bool same_number(const temper_side *a, const temper_side *b, const char *name) {
    const temper_json_node *x = member(a->robustness, name, TEMPER_JSON_NUMBER),
                           *y = member(b->robustness, name, TEMPER_JSON_NUMBER);
    return !x || !y || x->number == y->number;
}

bool temper_side_alike(const temper_side *a, const temper_side *b, const char *on) {
    static const char *const strengths[] = {"severity", "epsilon"};
    if (!strcmp(on, "test")) return true;
    const temper_json_node *x = kinds(a, on), *y = kinds(b, on);
    if (!same_number(a, b, "seed") || (!strcmp(on, "attacked") && !same_number(a, b, "rows"))) return false;
    if (!x || !y || x->count != y->count) return !x && !y;
    for (x = x->child, y = y->child; x; x = x->next, y = y->next) {
        if (strcmp(x->name, y->name)) return false;
        for (int k = 0; k < 2; k++)
            if (!equal_numbers(member(x, strengths[k], TEMPER_JSON_ARRAY),
                               member(y, strengths[k], TEMPER_JSON_ARRAY)))
                return false;
    }
    return true;
}

/* Members of the first kind: as many scores at most. */
static size_t room(const temper_side *side, const char *on) {
    const temper_json_node *all = kinds(side, on);
    return all && all->child ? (size_t)all->child->count : 0;
}

static temper_status read_results(temper_side *side) {
    temper_status bad = read_tree(side, "results.json", "temper.train/1", &side->results);
    if (!bad && !side->results)
        bad = temper_fail(
            TEMPER_BAD_FILE,
            "compare: there is no results.json in %.180s: the run is not finished; 'temper resume %.180s' goes on with it",
            side->path, side->path);
    if (!bad) bad = read_tree(side, "robustness.json", "temper.stress/1", &side->robustness);
    if (bad) return bad;
    const temper_json_node *test = member(side->results, "test", TEMPER_JSON_OBJECT);
    const temper_json_node *rows = member(side->results, "rows", TEMPER_JSON_OBJECT);
    const temper_json_node *gradients = member(side->results, "gradient_evaluations", TEMPER_JSON_NUMBER);
    const temper_json_node *tests = member(rows, "test", TEMPER_JSON_NUMBER);
    if (!test || !gradients || !tests || !(tests->number < 1e12) || !(fabs(gradients->number) < 1e18))
        return damaged(side, "results.json", "test, rows or gradient_evaluations are missing");
    if (tests->number < 1)
        return temper_fail(TEMPER_BAD_DATA, "compare: %.200s has no test rows: train with test=0.25",
                           side->path);
    for (const temper_json_node *s = test->child; s && !side->seeds; s = s->next) {
        const temper_json_node *values = member(s, "values", TEMPER_JSON_ARRAY);
        if (values) side->seeds = values->count;
    }
    if (!side->seeds) return damaged(side, "results.json", "there are no values of test scores in it");
    side->test_rows = (int64_t)tests->number;
    side->gradients = (int64_t)(gradients->number / (double)side->seeds);
    size_t most = (size_t)test->count + room(side, "corrupted") + room(side, "attacked");
    side->score = temper_alloc(most, sizeof *side->score);
    side->values = temper_alloc(most, (size_t)side->seeds * sizeof *side->values);
    if (!side->score || !side->values) return TEMPER_NO_MEMORY;
    bad = take_scores(side, test);
    side->stale = !bad && side->robustness && is_stale(side);
    if (bad || side->stale) return bad;
    take_robustness(side, "corrupted");
    take_robustness(side, "attacked");
    return bad;
}

/* predictions.csv of labels: row,label,class,p_0,p_1,… Numbers as temper writes them, so that strtod's locale is all that could
 * differ: temper_read_real has none. */
static bool next_cell(const char **at, double *x) {
    size_t length = strcspn(*at, ",\n");
    bool good = temper_read_real(*at, length, x);
    *at += length;
    if (**at == ',') ++*at;
    return good;
}

static bool read_row(temper_side *side, const char **at, int64_t i) {
    double number, label, class, p, sure = 0, brier = 0;
    if (!next_cell(at, &number) || !next_cell(at, &label) || !next_cell(at, &class)) return false;
    if (!(fabs(number) < 1e15) || !(fabs(label) < 1e9)) return false;
    for (int64_t k = 0; **at && **at != '\n'; k++) {
        if (!next_cell(at, &p)) return false;
        bool came = k == (int64_t)label;
        brier += (p - came) * (p - came);
        if (came) sure = p;
    }
    side->row[i] = (int64_t)number;
    side->term[i] = class == label;
    side->term[side->rows + i] = -temper_log(sure > 2.2250738585072014e-308 ? sure : 2.2250738585072014e-308);
    side->term[2 * side->rows + i] = brier;
    *at += **at == '\n';
    return true;
}

static temper_status read_forecasts(temper_side *side) {
    char *text;
    size_t length;
    static const char head[] = "row,label,class,p_0";
    temper_status bad = read_if_there(side->path, "predictions.csv", &text, &length);
    if (!bad && text && !strncmp(text, head, sizeof head - 1)) {
        const char *at = text + strcspn(text, "\n");
        at += *at == '\n';
        side->row = temper_alloc((size_t)side->test_rows, sizeof *side->row);
        side->term = temper_alloc((size_t)side->test_rows, TEMPER_ROW_SCORES * sizeof *side->term);
        side->rows = side->test_rows;
        if (!side->row || !side->term) bad = TEMPER_NO_MEMORY;
        for (int64_t i = 0; i < side->rows && !bad; i++)
            if (!read_row(side, &at, i))
                bad = damaged(side, "predictions.csv", "it does not hold a forecast of every test row");
    }
    temper_release(text);
    return bad;
}

temper_status temper_side_read(temper_side *side, const char *path) {
    side->path = path;
    temper_status bad = read_recipe(side);
    if (!bad) bad = read_results(side);
    if (!bad) bad = read_forecasts(side);
    return bad;
}

void temper_side_clear(temper_side *side) {
    temper_settings_clear(&side->settings);
    temper_release(side->results);
    temper_release(side->robustness);
    temper_release(side->score);
    temper_release(side->values);
    temper_release(side->row);
    temper_release(side->term);
    *side = (temper_side){0};
}
