/* Named columns of numbers. */
#include <string.h>
#include "base/memory.h"
#include "temper/table.h"

double *temper_table_add(temper_table *table, const char *name, const char *doc, int rows) {
    if (table->columns == TEMPER_TABLE_COLUMNS) {
        temper_fail(TEMPER_NO_MEMORY, "table: no room for the column %s after %d columns", name,
                    TEMPER_TABLE_COLUMNS);
        return NULL;
    }
    double *values = temper_alloc(rows > 0 ? (size_t)rows : 1, sizeof *values);
    if (values) table->column[table->columns++] = (temper_column){name, doc, rows, values};
    return values;
}

const temper_column *temper_table_find(const temper_table *table, const char *name) {
    for (int c = 0; c < table->columns; c++)
        if (!strcmp(table->column[c].name, name)) return &table->column[c];
    return NULL;
}

void temper_table_clear(temper_table *table) {
    for (int c = 0; c < table->columns; c++) temper_release(table->column[c].values);
    table->columns = 0;
}
