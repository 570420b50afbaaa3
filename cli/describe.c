/* temper describe */
#include <string.h>
#include "flags.h"

typedef struct {
    const char *thing;
    bool help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    if (!strcmp(name, "thing")) r->thing = value;
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    char *text = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    if (!bad && !r.thing)
        bad = temper_fail(TEMPER_BAD_OPTION, "describe: needs a name; 'temper list' shows what there is");
    if (!bad) bad = temper_describe_text(r.thing, &text);
    return temper_cli_print_free(bad, text);
}

static const temper_cli_flag flags[] = {{"help", 'h', NULL, "this page"}, {0}};

const temper_cli_command temper_cli_describe = {
    .name = "describe",
    .brief = "what a thing is and what options it has, with defaults, ranges and units",
    .usage = "describe NAME[:options]",
    .examples = "  temper describe wolff\n  temper describe ising:dims=64x64\n",
    .positional = "thing",
    .flags = flags,
    .run = run};
