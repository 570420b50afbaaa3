/* temper: a table of verbs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "command.h"

const temper_cli_command *const temper_cli_commands[] = {
    &temper_cli_sample,    &temper_cli_anneal,  &temper_cli_train,  &temper_cli_predict, &temper_cli_stress,
    &temper_cli_compare,   &temper_cli_study,   &temper_cli_learn,  &temper_cli_draw,    &temper_cli_measure,
    &temper_cli_landscape, &temper_cli_report,  &temper_cli_theory, &temper_cli_resume,  &temper_cli_list,
    &temper_cli_describe,  &temper_cli_convert, &temper_cli_info,   &temper_cli_help,    NULL};

const temper_cli_command *temper_cli_find(const char *name) {
    const char *names[32];
    int n = 0;
    for (; temper_cli_commands[n]; n++) {
        if (!strcmp(temper_cli_commands[n]->name, name)) return temper_cli_commands[n];
        names[n] = temper_cli_commands[n]->name;
    }
    const char *near = temper_closest(name, names, n);
    fprintf(stderr, "temper: there is no verb '%.60s'; %s%s%s\n", name, near ? "did you mean '" : "",
            near ? near : "'temper help' shows what there is", near ? "'?" : "");
    return NULL;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is seen where it is written to */
    if (argc < 2) {
        fprintf(stderr, "usage: temper VERB [flags]; 'temper help' shows what there is\n");
        return TEMPER_CLI_USAGE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("temper %s\n", temper_version());
        return temper_cli_print("");
    }
    const char *verb = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ? "help" : argv[1];
    const temper_cli_command *command = temper_cli_find(verb);
    return command ? command->run(command, argc - 2, argv + 2) : TEMPER_CLI_USAGE;
}
