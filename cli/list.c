/* temper list */
#include <string.h>
#include "flags.h"

typedef struct {
    const char *room;
    bool json, help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    if (!strcmp(name, "room")) r->room = value;
    r->json |= !strcmp(name, "json");
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    char *text = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    if (!bad && r.json && r.room)
        bad = temper_fail(TEMPER_BAD_OPTION, "list: --json prints the whole catalogue; leave out '%.60s'",
                          r.room);
    if (!bad) bad = r.json ? temper_catalogue_json(&text) : temper_list_text(r.room, &text);
    int code = temper_cli_print_free(bad, text);
    return !code && r.json ? temper_cli_print("\n") : code;
}

static const temper_cli_flag flags[] = {
    {"json", 0, NULL, "the whole catalogue with all options as one JSON object"},
    {"help", 'h', NULL, "this page"},
    {0}};

const temper_cli_command temper_cli_list = {
    .name = "list",
    .brief = "everything that has a name: systems, samplers, theories, datasets, models, layers, dynamics …",
    .usage =
        "list [systems|potentials|samplers|ensembles|observables|theories|datasets|dynamics|schedules|layers|models|corruptions] "
        "[--json]",
    .examples = "  temper list\n  temper list samplers\n  temper list layers\n",
    .positional = "room",
    .flags = flags,
    .run = run};
