/* stdout is data: it either arrives or the exit code says so. stderr is talk. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "command.h"

int temper_cli_failed(temper_status status) {
    fprintf(stderr, "temper: %s\n", temper_message());
    switch (status) {
    case TEMPER_BAD_OPTION:
    case TEMPER_CANNOT: return TEMPER_CLI_USAGE;
    case TEMPER_BAD_DATA: return TEMPER_CLI_DATA;
    case TEMPER_DIAGNOSTIC: return TEMPER_CLI_DIAGNOSTIC;
    default: return TEMPER_CLI_FAILED;
    }
}

int temper_cli_print(const char *text) {
    errno = 0;
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0 && !ferror(stdout)) return TEMPER_CLI_OK;
    if (errno == EPIPE) return TEMPER_CLI_OK; /* whoever read has read enough */
    fprintf(stderr, "temper: cannot write the output: %s\n", strerror(errno));
    return TEMPER_CLI_FAILED;
}

int temper_cli_print_free(temper_status status, char *text) {
    if (status) return temper_cli_failed(status);
    int code = temper_cli_print(text);
    temper_free(text);
    return code;
}
