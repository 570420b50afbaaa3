#include "progress.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 20, LINE_MAX = 512 };

static int terminal_width(void) {
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (columns && atoi(columns) > 20) return atoi(columns);
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void temper_cli_progress_begin(temper_cli_progress *progress, bool quiet) {
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool dumb = !term || !*term || !strcmp(term, "dumb");
    *progress =
        (temper_cli_progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO) && !dumb, .shown = -1};
    progress->colour = progress->terminal && !(no_colour && *no_colour);
    progress->width = terminal_width();
}

static int seen(const char *s) {
    int n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static void clock_text(double seconds, char *text, size_t size) {
    if (!(seconds >= 0) || seconds > 1e8)
        snprintf(text, size, "?");
    else if (seconds < 3600)
        snprintf(text, size, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(text, size, "%d:%02d:%02d", (int)(seconds / 3600), (int)seconds / 60 % 60,
                 (int)seconds % 60);
}

static void count_text(double x, char *text, size_t size) {
    static const char *const marks[] = {"", "k", "M", "G", "T"};
    int mark = 0;
    while (x >= 1000 && mark < 4) x /= 1000, mark++;
    snprintf(text, size, x < 10 ? "%.1f%s" : "%.0f%s", x, marks[mark]);
}

/* The live numbers, most wanted first; the line is cut behind the last part that fits. */
static int describe(const temper_progress *p, char part[9][64]) {
    char a[24], b[24];
    int n = 0;
    clock_text(p->left, a, sizeof a);
    snprintf(part[n++], 64, "  %s left", a);
    const char *name = p->energy_name ? p->energy_name : "E/N";
    if (!isnan(p->energy) && isnan(p->energy_error))
        snprintf(part[n++], 64, "  %s %.4f", name, p->energy);
    else if (!isnan(p->energy))
        snprintf(part[n++], 64, "  %s %.4f ± %.1g", name, p->energy, p->energy_error);
    if (p->score_name && !isnan(p->score)) snprintf(part[n++], 64, "  %s %.4f", p->score_name, p->score);
    if (p->coldest < p->hottest)
        snprintf(part[n++], 64, "  T %.4g … %.4g", p->coldest, p->hottest);
    else if (!isnan(p->coldest))
        snprintf(part[n++], 64, "  T %.4g", p->coldest);
    count_text(p->rate, b, sizeof b);
    snprintf(part[n++], 64, "  %s %s/s", b, p->unit);
    if (!isnan(p->acceptance)) snprintf(part[n++], 64, "  accept %.2f", p->acceptance);
    if (!isnan(p->swap_rate)) snprintf(part[n++], 64, "  swaps %.2f", p->swap_rate);
    if (p->updates > 0) snprintf(part[n++], 64, "  %.2g updates/ns", p->updates);
    return n;
}

static void append(char line[LINE_MAX], const char *text, int width) {
    if (seen(line) + seen(text) <= width && strlen(line) + strlen(text) < LINE_MAX) strcat(line, text);
}

static void draw(temper_cli_progress *progress, const temper_progress *p) {
    char line[LINE_MAX], bar[3 * BAR + 1] = "", part[9][64];
    double share = p->total > 0 ? (double)p->done / (double)p->total : 1;
    int full = (int)(share * BAR), n = describe(p, part);
    for (int k = 0; k < BAR; k++) strcat(bar, k < full ? "█" : "░");
    snprintf(line, sizeof line, "%-10s %s %3.0f %%", p->phase, bar, 100 * share);
    for (int k = 0; k < n; k++) append(line, part[k], progress->width - 1);
    fprintf(stderr, "\r%s%s%s\033[K", progress->colour ? "\033[36m" : "", line,
            progress->colour ? "\033[0m" : "");
    fflush(stderr);
    progress->drawn = true;
}

/* 1, 2, 5, 10, 20, 30, … 100 per cent. */
static const int milestones[] = {1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

static void print_line(temper_cli_progress *progress, const temper_progress *p) {
    char part[9][64];
    double share = p->total > 0 ? 100 * (double)p->done / (double)p->total : 100;
    int reached = 0;
    while (reached < 13 && share >= milestones[reached]) reached++;
    if (reached <= progress->milestone) return;
    progress->milestone = reached;
    if (p->seconds < 2) return;
    fprintf(stderr, "%s %.0f %%", p->phase, share);
    for (int k = 0, n = describe(p, part); k < n; k++) fputs(part[k], stderr);
    fputc('\n', stderr);
}

void temper_cli_progress_tell(void *context, const temper_progress *p) {
    temper_cli_progress *progress = context;
    if (progress->quiet) return;
    if (!progress->phase || strcmp(progress->phase, p->phase)) {
        progress->phase = p->phase; /* static text of the library */
        progress->shown = -1;
    }
    if (!progress->terminal) {
        print_line(progress, p);
    } else if (progress->shown < 0 || p->seconds - progress->shown >= 0.1) {
        if (p->seconds < 0.3) return; /* what is over at once needs no bar */
        draw(progress, p);
        progress->shown = p->seconds;
    }
}

void temper_cli_progress_end(temper_cli_progress *progress) {
    if (progress->drawn) fputs("\r\033[K", stderr);
    progress->drawn = false;
}

void temper_cli_progress_say(void *context, const char *sentence) {
    temper_cli_progress *progress = context;
    temper_cli_progress_end(progress);
    if (!progress->quiet) fprintf(stderr, "temper: %s\n", sentence);
}
