/* The first SIGINT or SIGTERM asks the job to stop at its next step; the second ends the program at once. */
#include <signal.h>
#include <unistd.h>
#include "command.h"

volatile int temper_cli_stop;

static void asked(int signal_number) {
    static const char sentence[] = "\ntemper: stopping at the next step; once more to abort\n";
    (void)signal_number;
    if (temper_cli_stop) _exit(TEMPER_CLI_INTERRUPTED);
    temper_cli_stop = 1;
    ssize_t written = write(STDERR_FILENO, sentence, sizeof sentence - 1);
    (void)written;
}

void temper_cli_watch_signals(void) {
    struct sigaction action = {0};
    action.sa_handler = asked;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
