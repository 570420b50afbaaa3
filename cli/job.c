/* A verb that is a job: flags into options, run it, print what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flags.h"
#include "progress.h"

const temper_cli_flag temper_cli_job_flags[] = {{"json", 0, NULL, "print one JSON object instead of a table"},
                                                {"quiet", 'q', NULL, "nothing on stderr but failures"},
                                                {"help", 'h', NULL, "this page"},
                                                {0}};

typedef struct {
    temper_job *job;
    bool json, quiet, help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    if (of_job) return temper_job_set(r->job, name, value);
    r->json |= !strcmp(name, "json");
    r->quiet |= !strcmp(name, "quiet");
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

/* What was typed, in one line that a shell would take. */
static temper_status note_command(temper_job *job, const char *verb, int argc, char **argv) {
    size_t size = 32 + strlen(verb);
    for (int k = 0; k < argc; k++) size += 4 * strlen(argv[k]) + 4;
    char *line = malloc(size), *p = line;
    if (!line) return temper_fail(TEMPER_NO_MEMORY, "out of memory");
    p += sprintf(p, "temper %s", verb);
    for (int k = 0; k < argc; k++) {
        static const char plain[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=.,:/+@%";
        bool bare = *argv[k] && argv[k][strspn(argv[k], plain)] == 0;
        *p++ = ' ';
        if (!bare) *p++ = '\'';
        for (const char *c = argv[k]; *c; c++) {
            if (*c == '\'') p += sprintf(p, "'\\'");
            *p++ = *c;
        }
        if (!bare) *p++ = '\'';
    }
    *p = 0;
    temper_status bad = temper_job_command(job, line);
    free(line);
    return bad;
}

static int exit_code(const request *r, const char *verb, temper_status status) {
    if (status == TEMPER_OK) return TEMPER_CLI_OK;
    int code = temper_cli_failed(status);
    if (status != TEMPER_STOPPED) return code;
    bool resumes = !strcmp(verb, "resume"), keeps = resumes || temper_job_value(r->job, "force");
    const char *out = resumes ? "there is one" : temper_job_value(r->job, "out");
    return keeps && out && *out ? TEMPER_CLI_STOPPED : TEMPER_CLI_INTERRUPTED;
}

static int run(const temper_cli_command *command, request *r) {
    temper_cli_progress progress;
    temper_report *report;
    temper_cli_progress_begin(&progress, r->quiet);
    temper_watch watch = {temper_cli_progress_tell, temper_cli_progress_say, &progress, &temper_cli_stop};
    temper_cli_watch_signals();
    temper_status status = temper_job_run(r->job, &watch, &report);
    temper_cli_progress_end(&progress);
    int printed = TEMPER_CLI_OK;
    if (report) {
        printed = temper_cli_print(r->json ? temper_report_json(report) : temper_report_text(report));
        if (r->json && printed == TEMPER_CLI_OK) printed = temper_cli_print("\n");
    }
    int code = exit_code(r, command->job, status);
    temper_report_free(report);
    return code ? code : printed;
}

int temper_cli_job(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    temper_status bad = temper_job_create(&r.job, command->job);
    if (!bad) bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && !r.help) bad = note_command(r.job, command->name, argc, argv);
    int code = bad ? temper_cli_failed(bad) : r.help ? temper_cli_usage(command) : run(command, &r);
    temper_job_free(r.job);
    return code;
}
