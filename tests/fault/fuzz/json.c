/* libFuzzer target: what the reader accepts, the writer can say again, and it means the same. */
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/memory.h"

static void write(temper_json *json, const temper_json_node *node) {
    bool object = node->kind == TEMPER_JSON_OBJECT;
    switch (node->kind) {
    case TEMPER_JSON_NULL: temper_json_string(json, node->name, NULL); break;
    case TEMPER_JSON_BOOL: temper_json_bool(json, node->name, node->number != 0); break;
    case TEMPER_JSON_NUMBER: temper_json_real(json, node->name, node->number); break;
    case TEMPER_JSON_STRING: temper_json_string(json, node->name, node->string); break;
    default:
        temper_json_open(json, node->name, object ? '{' : '[');
        for (const temper_json_node *child = node->child; child; child = child->next) write(json, child);
        temper_json_close(json, object ? '}' : ']');
    }
}

static char *written(const char *text, size_t length) {
    temper_json_node *tree;
    if (temper_json_read(text, length, &tree) != TEMPER_OK) return NULL;
    temper_json json = {0};
    write(&json, tree);
    temper_release(tree);
    return temper_text_take(&json.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *once = written((const char *)data, size);
    if (!once) return 0;
    char *twice = written(once, strlen(once));
    if (!twice || strcmp(once, twice) != 0) abort();
    temper_release(once);
    temper_release(twice);
    return 0;
}
