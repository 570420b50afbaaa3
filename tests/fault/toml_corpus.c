/* Hostile texts, each of which TOML 1.0 forbids or toml.h says it does not read; legal ones and what they mean; every prefix and every single changed
 * byte of a long one. Each text lies in a block of its exact size, for AddressSanitizer; so does the tree, whose room is counted beforehand. */
#include <stdlib.h>
#include "base/memory.h"
#include "base/text.h"
#include "base/toml.h"
#include "check.h"

static temper_status read_exact(const char *text, size_t length, temper_toml_node **tree) {
    char *copy = malloc(length + !length);
    memcpy(copy, text, length);
    temper_status status = temper_toml_read("f.toml", copy, length, tree);
    free(copy);
    CHECK((status == TEMPER_OK) == (*tree != NULL), "tree without success");
    return status;
}

static temper_status read_and_forget(const char *text, size_t length) {
    temper_toml_node *tree;
    temper_status status = read_exact(text, length, &tree);
    temper_release(tree);
    return status;
}

#define TEXT(s)                                                                                              \
    { s, sizeof(s) - 1 }
static const struct {
    const char *text;
    size_t length;
} hostile[] = {
    TEXT("a"),
    TEXT("a ="),
    TEXT("= 1"),
    TEXT("a = 1 2"),
    TEXT("a = 1 b = 2"),
    TEXT("a = b"),
    TEXT("a = \"x"),
    TEXT("a = 'x"),
    TEXT("a = \"x\ny\""),
    TEXT("a = \"\\x41\""),
    TEXT("a = \"\\u12\""),
    TEXT("a = \"\\u0000\""),
    TEXT("a = \"\\ud800\""),
    TEXT("a = \"\\U00110000\""),
    TEXT("a = \"\x01\""),
    TEXT("a = \"\x7F\""),
    TEXT("a = \"\xFF\""),
    TEXT("a = \"\xC0\xAF\""),
    TEXT("a = \"\xED\xA0\x80\""),
    TEXT("a = \"\xF4\x90\x80\x80\""),
    TEXT("a = \"\xE2\x82"),
    TEXT("a = \"\"\"x\"\"\""),
    TEXT("a = '''x'''"),
    TEXT("a = 01"),
    TEXT("a = -01"),
    TEXT("a = 1."),
    TEXT("a = .5"),
    TEXT("a = 1._0"),
    TEXT("a = _1"),
    TEXT("a = 1_"),
    TEXT("a = 1__0"),
    TEXT("a = 0_1"),
    TEXT("a = 1e"),
    TEXT("a = 1.e5"),
    TEXT("a = 0x10"),
    TEXT("a = 0b1"),
    TEXT("a = nan"),
    TEXT("a = 1e999"),
    TEXT("a = True"),
    TEXT("a = 1979-05-27"),
    TEXT("a = 07:32:00"),
    TEXT("a = {b = 1}"),
    TEXT("a = [1, 2"),
    TEXT("a = [1 2]"),
    TEXT("a = [,1]"),
    TEXT("a = [1,,2]"),
    TEXT("a = [1]]"),
    TEXT("a = 1\na = 2"),
    TEXT("a = 1\n\"a\" = 2"),
    TEXT("a.b = 1\na.b = 2"),
    TEXT("a = 1\na.b = 2"),
    TEXT("a = [1]\na.b = 2"),
    TEXT("[a]\n[a]"),
    TEXT("[a]\nb.c = 1\n[a.b]"),
    TEXT("[a.b]\n[a]\nb.c = 1"),
    TEXT("[[a]]\n[a]"),
    TEXT("[a]\n[[a]]"),
    TEXT("a = [1]\n[[a]]"),
    TEXT("a = [1]\n[a.b]"),
    TEXT("[a] b = 1"),
    TEXT("[a"),
    TEXT("[]"),
    TEXT("[a.]"),
    TEXT("[.a]"),
    TEXT("[[a]"),
    TEXT("[[a] ]"),
    TEXT("a. = 1"),
    TEXT("a b = 1"),
    TEXT("a\n= 1"),
    TEXT("a =\n1"),
    TEXT("# \x01"),
    TEXT("\0"),
    TEXT("a = 1\0"),
    TEXT("a = \"\0\""),
    TEXT("a = 1\r"),
    TEXT("\xEF\xBB\xBF"),
};

static void all_are_refused(void) {
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        temper_status status = read_and_forget(hostile[i].text, hostile[i].length);
        CHECK(status == TEMPER_BAD_DATA, "text %zu, '%s', was read", i, hostile[i].text);
        CHECK(!strncmp(temper_message(), "f.toml: line ", 13), "%s", temper_message());
    }
}

static void lines_are_named(void) {
    static const char *const texts[] = {"a = 1\nb = x\n", "[a]\n\n# c\n\nb = [1,\n2 3]",
                                        "[a]\n[b]\nx = 1\r\n[a]\n", "a = [\n\n\n"};
    static const int line[] = {2, 6, 4, 4};
    for (int k = 0; k < 4; k++) {
        char want[32];
        snprintf(want, sizeof want, "f.toml: line %d: ", line[k]);
        CHECK(read_and_forget(texts[k], strlen(texts[k])) == TEMPER_BAD_DATA, "text %d", k);
        CHECK(!strncmp(temper_message(), want, strlen(want)), "%s, want %s", temper_message(), want);
    }
}

static const char legal[] = "# a study\r\n"
                            "title = \"caf\\u00e9 \xE2\x82\xAC \\\"x\\\" \\U0001F600\" # behind\n"
                            "n = 1_000\nx = -2.5e+3\nb = true\n'quoted key' = 'a\\n'\n"
                            "a.b.c = [1, 2.5, 'z', [true, []],\n  # inside\n  inf,\n]\n"
                            "[method.sgd]\ntune.dynamics.rate = [0.02, 0.05]\ntune.temperature = [1e-2]\n"
                            "[method]\nz = 0\n"
                            "[[run]]\nk = 1\n[run.sub]\nk = 2\n[[run]]\nk = 3\n"
                            "[ data . \"d 1\" ]\nempty = \"\"";

static const temper_toml_node *under(const temper_toml_node *node, const char *a, const char *b,
                                     const char *c) {
    node = temper_toml_member(node, a);
    if (node && b) node = temper_toml_member(node, b);
    return node && c ? temper_toml_member(node, c) : node;
}

static void meaning(void) {
    temper_toml_node *tree;
    CHECK_OK(read_exact(legal, sizeof legal - 1, &tree));
    CHECK(
        !strcmp(under(tree, "title", NULL, NULL)->string, "caf\xC3\xA9 \xE2\x82\xAC \"x\" \xF0\x9F\x98\x80"),
        "title");
    CHECK(under(tree, "n", NULL, NULL)->number == 1000 &&
              !strcmp(under(tree, "n", NULL, NULL)->string, "1000"),
          "n");
    CHECK(under(tree, "x", NULL, NULL)->number == -2500 &&
              under(tree, "b", NULL, NULL)->kind == TEMPER_TOML_BOOL,
          "x, b");
    CHECK(!strcmp(under(tree, "quoted key", NULL, NULL)->string, "a\\n"), "literal string");
    const temper_toml_node *list = under(tree, "a", "b", "c");
    CHECK(list->kind == TEMPER_TOML_ARRAY && list->count == 5 && list->line == 7, "list of %d, line %d",
          list->count, list->line);
    CHECK(list->child->next->number == 2.5 && list->child->next->next->next->count == 2 &&
              list->last->number > 1e308,
          "elements");
    const temper_toml_node *tune = under(tree, "method", "sgd", "tune");
    CHECK(under(tune, "dynamics", "rate", NULL)->count == 2 &&
              !strcmp(under(tune, "temperature", NULL, NULL)->child->string, "1e-2"),
          "tune");
    CHECK(under(tree, "method", "z", NULL) != NULL, "a table that was implied may be opened later");
    const temper_toml_node *run = under(tree, "run", NULL, NULL);
    CHECK(run->count == 2 && under(run->child, "sub", "k", NULL)->number == 2 &&
              under(run->last, "k", NULL, NULL)->number == 3,
          "run");
    CHECK(!*under(tree, "data", "d 1", "empty")->string, "an empty string without a line end");
    temper_release(tree);
    CHECK_OK(read_and_forget("", 0));
    CHECK_OK(read_and_forget("a=1", 3));
    CHECK_OK(read_and_forget("\n\r\n  \t# x", 9));
}

static void deep_nesting(void) {
    enum { LENGTH = 1 << 17 };
    char *text = malloc(LENGTH + 1);
    for (int kind = 0; kind < 3; kind++) {
        for (int i = 0; i <= LENGTH; i++)
            text[i] = kind == 0 ? (i < 2 ? "a="[i] : '[') : kind == 1 ? "a."[i % 2] : "a=1\n"[i % 4];
        CHECK(read_and_forget(text, LENGTH) == TEMPER_BAD_DATA, "many of kind %d", kind);
    }
    CHECK(read_and_forget(text, LENGTH + 1) == TEMPER_BAD_DATA, "longer than allowed");
    free(text);
}

static void every_prefix(void) {
    int good = 0;
    for (size_t length = 0; length < sizeof legal - 1; length++)
        good += read_and_forget(legal, length) == TEMPER_OK;
    CHECK(good > 20, "%d prefixes are legal", good);
}

static void every_byte_changed(void) {
    char text[sizeof legal];
    int good = 0;
    for (size_t at = 0; at < sizeof legal - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, legal, sizeof legal);
            text[at] = (char)byte;
            good += read_and_forget(text, sizeof legal - 1) == TEMPER_OK;
        }
    CHECK(good > 1000, "%d changed texts are still legal", good);
}

static void memory_fails(void) {
    temper_toml_node *tree;
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    CHECK(read_exact(legal, sizeof legal - 1, &tree) == TEMPER_NO_MEMORY, "the one allocation failed");
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "a block is lost");
}

int main(void) {
    RUN(all_are_refused);
    RUN(lines_are_named);
    RUN(meaning);
    RUN(deep_nesting);
    RUN(every_prefix);
    RUN(every_byte_changed);
    RUN(memory_fails);
    return check_end();
}
