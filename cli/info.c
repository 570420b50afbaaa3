/* temper info */
#include <string.h>
#include "flags.h"

typedef struct {
    bool json, help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)value, (void)of_job;
    r->json |= !strcmp(name, "json");
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    char *text = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    if (!bad) bad = temper_info(r.json, &text);
    int code = temper_cli_print_free(bad, text);
    return !code && r.json ? temper_cli_print("\n") : code;
}

static const temper_cli_flag flags[] = {
    {"json", 0, NULL, "as one JSON object"}, {"help", 'h', NULL, "this page"}, {0}};

const temper_cli_command temper_cli_info = {
    .name = "info",
    .brief = "version, compiler, instruction set, threads, optional libraries",
    .usage = "info [--json]",
    .examples = "  temper info\n",
    .flags = flags,
    .run = run};
