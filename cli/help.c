/* temper help */
#include <stdio.h>
#include <string.h>
#include "flags.h"

typedef struct {
    const char *verb;
    bool help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    if (!strcmp(name, "verb")) r->verb = value;
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (bad) return temper_cli_failed(bad);
    if (r.help) return temper_cli_usage(command);
    if (r.verb) {
        const temper_cli_command *other = temper_cli_find(r.verb);
        return other ? temper_cli_usage(other) : TEMPER_CLI_USAGE;
    }
    printf("temper — spin systems and neural networks as physical systems\n\n%s\n", command->examples);
    for (int k = 0; temper_cli_commands[k]; k++)
        printf("  %-10s %s\n", temper_cli_commands[k]->name, temper_cli_commands[k]->brief);
    printf("\ntemper VERB --help shows the flags of a verb. The same seed gives the same bits.\n");
    return temper_cli_print("");
}

static const temper_cli_flag flags[] = {{"help", 'h', NULL, "this page"}, {0}};

const temper_cli_command temper_cli_help = {
    .name = "help",
    .brief = "this page, or the page of a verb",
    .usage = "help [VERB]",
    .examples = "  temper sample --system ising:dims=32x32 --sampler wolff --temperature 2.269 --theory\n"
                "  temper anneal --system sk:n=128 --reads 100\n"
                "  temper theory ising2d:dims=32x32 --temperature 2:2.5:11\n"
                "  temper list\n",
    .positional = "verb",
    .flags = flags,
    .run = run};
