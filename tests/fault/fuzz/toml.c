/* libFuzzer target: whatever comes, the reader fills the block that it counted, and every text in it ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/toml.h"

static size_t walk(const temper_toml_node *node) {
    size_t seen = (node->name ? strlen(node->name) : 0) + (node->string ? strlen(node->string) : 0);
    int count = 0;
    for (const temper_toml_node *child = node->child; child; child = child->next, count++)
        seen += walk(child);
    if (count != node->count) abort();
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    temper_toml_node *tree;
    if (temper_toml_read("fuzz", (const char *)data, size, &tree) != TEMPER_OK) return 0;
    if (walk(tree) > size) abort();
    temper_release(tree);
    return 0;
}
