#include "flags.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 64, NAME_MAX = 64 };

static const temper_option *options_of(const temper_cli_command *command) {
    static const temper_option none[1];
    return command->job ? temper_job_options(command->job) : none;
}

/* An option as a flag: free_energy is --free-energy. */
static void spell(const char *name, char flag[NAME_MAX]) {
    snprintf(flag, NAME_MAX, "%s", name);
    for (char *p = flag; *p; p++)
        if (*p == '_') *p = '-';
}

static bool positional(const temper_cli_command *command, const temper_option *o) {
    return command->positional && !strcmp(command->positional, o->name);
}

typedef struct { /* what a flag turned out to be */
    const char *name;
    bool of_job, takes_value, may_take; /* may: --strict=no */
} found;

static bool find(const temper_cli_command *command, const char *name, found *what) {
    char flag[NAME_MAX];
    for (const temper_option *o = options_of(command); o->name; o++) {
        spell(o->name, flag);
        if (positional(command, o) || (strcmp(flag, name) && strcmp(o->name, name)))
            continue; /* --dir_type is --dir-type */
        *what = (found){o->name, true, o->kind != TEMPER_FLAG, true};
        return true;
    }
    for (const temper_cli_flag *f = command->flags; f->name; f++) {
        if (strcmp(f->name, name)) continue;
        *what = (found){f->name, false, f->value != NULL, f->value != NULL};
        return true;
    }
    return false;
}

static temper_status unknown(const temper_cli_command *command, const char *name) {
    static char flags[NAMES_MAX][NAME_MAX];
    const char *names[NAMES_MAX];
    int n = 0;
    for (const temper_option *o = options_of(command); o->name && n < NAMES_MAX; o++)
        if (!positional(command, o)) spell(o->name, flags[n]), names[n] = flags[n], n++;
    for (const temper_cli_flag *f = command->flags; f->name && n < NAMES_MAX; f++) names[n++] = f->name;
    const char *near = temper_closest(name, names, n);
    if (near)
        return temper_fail(TEMPER_BAD_OPTION, "%s: there is no flag --%.60s; did you mean --%s?",
                           command->name, name, near);
    return temper_fail(TEMPER_BAD_OPTION,
                       "%s: there is no flag --%.60s; 'temper %s --help' shows what there is", command->name,
                       name, command->name);
}

/* -h, -j N, -jN: turned into their long names. */
static bool long_name(const temper_cli_command *command, const char *argument, const char **name,
                      const char **value) {
    *value = argument[2] ? argument + 2 : NULL;
    *name = argument[1] == 'h' && !*value ? "help" : argument[1] == 'j' && command->job ? "threads" : NULL;
    for (const temper_cli_flag *f = command->flags; f->name && !*name; f++)
        if (f->letter == argument[1] && (!*value || f->value)) *name = f->name;
    return *name != NULL;
}

/* One flag at argv[k]; *used is 2 when its value is the next argument. */
static temper_status take(const temper_cli_command *command, char **argv, const temper_cli_sink *sink,
                          int *used) {
    char name[NAME_MAX];
    const char *argument = argv[0], *value, *full;
    found what;
    *used = 1;
    if (argument[1] != '-') {
        if (!long_name(command, argument, &full, &value))
            return temper_fail(TEMPER_BAD_OPTION,
                               "%s: there is no flag %.60s; 'temper %s --help' shows what there is",
                               command->name, argument, command->name);
        snprintf(name, sizeof name, "%s", full);
    } else {
        size_t length = strcspn(argument + 2, "=");
        value = argument[2 + length] ? argument + 2 + length + 1 : NULL;
        snprintf(name, sizeof name, "%.*s", (int)(length < NAME_MAX - 1 ? length : NAME_MAX - 1),
                 argument + 2);
    }
    if (!find(command, name, &what)) return unknown(command, name);
    if (what.takes_value && !value) {
        value = argv[1];
        *used = 2;
        if (!value || !strncmp(value, "--", 2))
            return temper_fail(TEMPER_BAD_OPTION, "%s: --%s needs a value", command->name, name);
    }
    if (value && !what.may_take)
        return temper_fail(TEMPER_BAD_OPTION, "%s: --%s takes no value", command->name, name);
    return sink->set(sink->context, what.name, value ? value : what.of_job ? "yes" : NULL, what.of_job);
}

/* Words without a flag, joined by line ends. */
typedef struct {
    char *text;
    size_t length;
    const char *last; /* as it stands in argv, which outlives the text */
} words;

static temper_status add_word(const temper_cli_command *command, words *all, const char *word) {
    size_t n = strlen(word);
    if (!command->positional)
        return temper_fail(TEMPER_BAD_OPTION, "%s: '%.60s' stands alone; flags begin with --", command->name,
                           word);
    if (all->text && !command->many)
        return temper_fail(TEMPER_BAD_OPTION, "%s: '%.60s' is one word too many", command->name, word);
    char *more = realloc(all->text, all->length + n + 2);
    if (!more) return temper_fail(TEMPER_NO_MEMORY, "out of memory");
    if (all->length) more[all->length++] = '\n';
    memcpy(more + all->length, word, n + 1);
    *all = (words){more, all->length + n, word};
    return TEMPER_OK;
}

temper_status temper_cli_parse(const temper_cli_command *command, int argc, char **argv,
                               temper_cli_sink sink) {
    words all = {0};
    bool only_words = false;
    temper_status bad = TEMPER_OK;
    for (int k = 0, used = 1; k < argc && !bad; k += used, used = 1) {
        const char *argument = argv[k];
        if (!only_words && !strcmp(argument, "--"))
            only_words = true;
        else if (!only_words && argument[0] == '-' && argument[1])
            bad = take(command, argv + k, &sink, &used);
        else
            bad = add_word(command, &all, argument);
    }
    if (!bad && all.text)
        bad = sink.set(sink.context, command->positional, command->many ? all.text : all.last,
                       command->job != NULL);
    free(all.text);
    return bad;
}

static void print_option(const temper_option *o) {
    static const char *const kinds[] = {"N", "X", "", "NAME", "DIMS", "TEXT", "TEXT"};
    char flag[NAME_MAX], head[2 * NAME_MAX];
    spell(o->name, flag);
    snprintf(head, sizeof head, "--%s %s", flag, kinds[o->kind]);
    printf("  %-20s %s\n", head, o->doc);
    if (o->kind == TEMPER_FLAG) return;
    printf("  %-20s ", "");
    if (!o->preset)
        printf("must be given");
    else
        printf("default %s", *o->preset ? o->preset : "none");
    if (o->kind == TEMPER_INT || o->kind == TEMPER_REAL) printf("; legal %.9g … %.9g", o->low, o->high);
    if (o->unit && *o->unit) printf(" [%s]", o->unit);
    printf("\n");
}

int temper_cli_usage(const temper_cli_command *command) {
    printf("temper %s — %s\n\n%s\n", command->name, command->brief, command->examples);
    printf("usage: temper %s\n\n", command->usage);
    for (const temper_option *o = options_of(command); o->name; o++)
        if (!positional(command, o)) print_option(o);
    for (const temper_cli_flag *f = command->flags; f->name; f++) {
        char head[NAME_MAX];
        snprintf(head, sizeof head, "--%s%s%s", f->name, f->value ? " " : "", f->value ? f->value : "");
        printf("  %-20s %s\n", head, f->doc);
    }
    if (command->job)
        printf("\n-j N is --threads N, -h is --help. --flag value and --flag=value are the same.\n");
    return temper_cli_print("");
}
