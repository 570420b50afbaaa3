/* report.html of a run: one self-contained page, readable offline, in print and without JavaScript. */
#ifndef TEMPER_RUN_PAGE_H
#define TEMPER_RUN_PAGE_H

#include "base/text.h"
#include "temper/chain.h"

typedef struct {
    const char *command; /* what the user typed, or NULL */
    const char *json;    /* the report: "temper.sample/1" or "temper.anneal/1" */
    const char *text;    /* the same as a table for people */
    const temper_system *system;
    temper_chain *const *snapshots; /* [count] configurations to show, with their temperatures */
    int count;
} temper_page;

/* Appends the whole page. Figures have one panel per observable, with the exact curve where a theory judges the
 * system. On failure the page is incomplete and must not be written. */
temper_status temper_page_html(const temper_page *page, temper_text *out);

#endif
