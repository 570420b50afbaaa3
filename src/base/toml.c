/* The reader. Every node is paid for by a character that must stand in the text (a key by the '.', '=' or ']' behind it, a value by the '=',
 * '[' or ',' before it), so counting those bounds the nodes, and one block holds them and all strings. */
#include "base/toml.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { DEEPEST = 64, MOST = 1 << 17 };

typedef struct {
    const char *path, *at, *end;
    int line, depth;
    temper_toml_node *root, *table; /* table: where pairs go now */
    temper_toml_node *node;         /* next free one */
    char *string;                   /* next free byte */
} reader;

static bool bad(const reader *r, const char *what) {
    temper_fail(TEMPER_BAD_DATA, "%s: line %d: %s", r->path, r->line, what);
    return false;
}

static bool bad_key(const reader *r, const char *name, const char *what) {
    temper_fail(TEMPER_BAD_DATA, "%s: line %d: '%.60s' %s", r->path, r->line, name, what);
    return false;
}

/* The next byte, or 0 at the end: as a byte of the text 0 is illegal everywhere. */
static unsigned char peek(const reader *r) { return r->at < r->end ? (unsigned char)*r->at : 0; }

static void skip_blanks(reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t') r->at++;
}

static bool skip_comment(reader *r) {
    if (peek(r) != '#') return true;
    for (; r->at < r->end && *r->at != '\n'; r->at++) {
        unsigned char c = (unsigned char)*r->at;
        if ((c < 0x20 && c != '\t' && !(c == '\r' && r->at + 1 < r->end && r->at[1] == '\n')) || c == 0x7F)
            return bad(r, "a control character in a comment");
    }
    return true;
}

/* Over one line end, if one stands here. */
static bool skip_line_end(reader *r) {
    if (peek(r) == '\r' && r->at + 1 < r->end && r->at[1] == '\n') r->at++;
    if (peek(r) != '\n') return false;
    r->at++;
    r->line++;
    return true;
}

/* Blanks, comments and line ends between the elements of an array. */
static bool skip_space(reader *r) {
    do {
        skip_blanks(r);
        if (!skip_comment(r)) return false;
    } while (skip_line_end(r));
    return true;
}

static temper_toml_node *add(reader *r, temper_toml_node *parent, temper_toml_kind kind, const char *name) {
    temper_toml_node *node = r->node++;
    *node = (temper_toml_node){.kind = kind, .name = name, .line = r->line};
    if (parent->last)
        parent->last->next = node;
    else
        parent->child = node;
    parent->last = node;
    parent->count++;
    return node;
}

static temper_toml_node *find(const temper_toml_node *table, const char *name) {
    for (temper_toml_node *n = table->child; n; n = n->next)
        if (!strcmp(n->name, name)) return n;
    return NULL;
}

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Takes one character. */
static bool take_character(reader *r) {
    const unsigned char *s = (const unsigned char *)r->at;
    size_t left = (size_t)(r->end - r->at), more = *s < 0x80 ? 0 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : 3;
    if (*s >= 0x80 && (*s < 0xC2 || *s > 0xF4)) return bad(r, "bytes that are not UTF-8");
    if (left <= more) return bad(r, "bytes that are not UTF-8");
    for (size_t k = 1; k <= more; k++)
        if ((s[k] & 0xC0) != 0x80) return bad(r, "bytes that are not UTF-8");
    if ((*s == 0xE0 && s[1] < 0xA0) || (*s == 0xED && s[1] > 0x9F) || (*s == 0xF0 && s[1] < 0x90) ||
        (*s == 0xF4 && s[1] > 0x8F))
        return bad(r, "bytes that are not UTF-8");
    for (size_t k = 0; k <= more; k++) *r->string++ = *r->at++;
    return true;
}

/* \uXXXX and \UXXXXXXXX: never longer as UTF-8 than as it is written. */
static bool take_unicode(reader *r, int digits) {
    unsigned long code = 0;
    for (int k = 0; k < digits; k++) {
        static const char hex[] = "0123456789abcdef";
        unsigned char c = peek(r);
        const char *digit = c ? strchr(hex, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        if (!digit) return bad(r, "\\u takes four hexadecimal digits, \\U eight");
        code = code << 4 | (unsigned long)(digit - hex);
        r->at++;
    }
    if (code == 0 || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF)
        return bad(r, "\\u of no character");
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
    *r->string++ = (char)(lead[more] | code >> 6 * more);
    while (more-- > 0) *r->string++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return true;
}

static bool take_escape(reader *r) {
    static const char letters[] = "\"\\ntrbf", meant[] = "\"\\\n\t\r\b\f";
    unsigned char c = peek(r);
    r->at += c != 0;
    if (c == 'u' || c == 'U') return take_unicode(r, c == 'u' ? 4 : 8);
    const char *known = c ? strchr(letters, c) : NULL;
    if (!known) return bad(r, "an unknown escape inside a string");
    *r->string++ = meant[known - letters];
    return true;
}

/* "…" with escapes, '…' without. */
static bool read_string(reader *r, const char **out) {
    char quote = *r->at++;
    *out = r->string;
    while (peek(r) != (unsigned char)quote) {
        unsigned char c = peek(r);
        if (c == '\n' || r->at >= r->end) return bad(r, "a string without an end");
        if ((c < 0x20 && c != '\t') || c == 0x7F) return bad(r, "a control character inside a string");
        if (c == '\\' && quote == '"') {
            r->at++;
            if (!take_escape(r)) return false;
        } else if (!take_character(r)) {
            return false;
        }
    }
    r->at++;
    if (r->string == *out && peek(r) == (unsigned char)quote)
        return bad(r, "strings over several lines are not read here");
    *r->string++ = 0;
    return true;
}

static bool bare(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool read_key(reader *r, const char **key) {
    skip_blanks(r);
    if (peek(r) == '"' || peek(r) == '\'') return read_string(r, key);
    if (!bare(peek(r)))
        return bad(r, "a line is 'key = value' or '[table]'; a key is letters, digits, _ and -, or quoted");
    *key = r->string;
    while (bare(peek(r))) *r->string++ = *r->at++;
    *r->string++ = 0;
    return true;
}

/* TOML's numbers are narrower than ours: no bare point, no leading zero, underscores between digits only. */
static bool legal_number(const char *s, size_t n) {
    size_t k = n && (*s == '-' || *s == '+');
    if (n == k + 3 && !memcmp(s + k, "inf", 3)) return true;
    if (k + 1 < n && s[k] == '0' && s[k + 1] >= '0' && s[k + 1] <= '9') return false;
    if (k + 1 < n && s[k] == '0' && s[k + 1] == '_') return false;
    for (size_t i = k; i < n; i++) {
        bool before = i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9',
             after = i + 1 < n && s[i + 1] >= '0' && s[i + 1] <= '9';
        if ((s[i] == '_' || s[i] == '.') && !(before && after)) return false;
        if ((s[i] == 'e' || s[i] == 'E') && !before) return false;
    }
    return true;
}

static bool read_word(reader *r, temper_toml_node *node) {
    const char *start = r->at;
    while (bare(peek(r)) || peek(r) == '.' || peek(r) == '+' || peek(r) == ':') r->at++;
    size_t length = (size_t)(r->at - start);
    char *word = r->string;
    for (size_t k = 0; k < length; k++)
        if (start[k] != '_') *r->string++ = start[k];
    size_t written = (size_t)(r->string - word);
    *r->string++ = 0;
    node->string = word;
    bool truth = length == 4 && !memcmp(start, "true", 4);
    if (truth || (length == 5 && !memcmp(start, "false", 5))) {
        node->kind = TEMPER_TOML_BOOL, node->number = truth;
        return true;
    }
    node->kind = TEMPER_TOML_NUMBER;
    return (length && legal_number(start, length) && temper_read_real(word, written, &node->number)) ||
           bad(r, "a value is a string in quotes, a number, true, false or an array in [ ]");
}

static bool read_value(reader *r, temper_toml_node *node);

static bool read_array(reader *r, temper_toml_node *node) {
    node->kind = TEMPER_TOML_ARRAY;
    if (++r->depth > DEEPEST) return bad(r, "arrays nested too deep");
    r->at++;
    for (;;) {
        if (!skip_space(r)) return false;
        if (peek(r) == ']') break;
        if (r->at == r->end) return bad(r, "an array without an end");
        if (!read_value(r, add(r, node, TEMPER_TOML_STRING, NULL)) || !skip_space(r)) return false;
        if (peek(r) == ',')
            r->at++;
        else if (peek(r) != ']')
            return bad(r, "elements of an array are parted by commas");
    }
    r->at++;
    r->depth--;
    return true;
}

static bool read_value(reader *r, temper_toml_node *node) {
    unsigned char c = peek(r);
    node->line = r->line;
    if (c == '"' || c == '\'') return read_string(r, &node->string);
    if (c == '[') return read_array(r, node);
    if (c == '{') return bad(r, "inline tables are not read here: write a [table] of its own");
    return read_word(r, node);
}

/* One step down: into a table of this name, made where there is none, or into the last of a list of tables. */
static temper_toml_node *descend(reader *r, temper_toml_node *from, const char *key, bool dotted) {
    temper_toml_node *next = find(from, key);
    if (!next) {
        next = add(r, from, TEMPER_TOML_TABLE, key);
        next->state = dotted ? TEMPER_TOML_DOTTED : TEMPER_TOML_IMPLIED;
        return next;
    }
    if (!dotted && next->kind == TEMPER_TOML_ARRAY && next->state == TEMPER_TOML_LIST) return next->last;
    if (next->kind == TEMPER_TOML_TABLE && (!dotted || next->state == TEMPER_TOML_DOTTED)) return next;
    bad_key(r, key, "is there already, and is no table that could grow here");
    return NULL;
}

/* All parts of a dotted key but the last. */
static bool read_path(reader *r, temper_toml_node **table, const char **last, bool dotted) {
    for (int depth = 0;; depth++) {
        if (!read_key(r, last)) return false;
        skip_blanks(r);
        if (peek(r) != '.') return true;
        r->at++;
        if (depth >= DEEPEST) return bad(r, "too many dots in a key");
        if (!(*table = descend(r, *table, *last, dotted))) return false;
    }
}

static bool read_pair(reader *r) {
    temper_toml_node *table = r->table;
    const char *name;
    if (!read_path(r, &table, &name, true)) return false;
    if (peek(r) != '=') return bad_key(r, name, "needs '=' and a value");
    r->at++;
    skip_blanks(r);
    if (find(table, name)) return bad_key(r, name, "is given twice");
    return read_value(r, add(r, table, TEMPER_TOML_STRING, name));
}

static bool open_table(reader *r, temper_toml_node *parent, const char *name, bool list) {
    temper_toml_node *there = find(parent, name);
    if (list) {
        if (!there) {
            there = add(r, parent, TEMPER_TOML_ARRAY, name);
            there->state = TEMPER_TOML_LIST;
        }
        if (there->kind != TEMPER_TOML_ARRAY || there->state != TEMPER_TOML_LIST)
            return bad_key(r, name, "is there already, and is no list of tables");
        r->table = add(r, there, TEMPER_TOML_TABLE, NULL);
    } else {
        if (!there) there = add(r, parent, TEMPER_TOML_TABLE, name);
        if (there->kind != TEMPER_TOML_TABLE || there->state != TEMPER_TOML_IMPLIED)
            return bad_key(r, name, "is given twice");
        there->line = r->line;
        r->table = there;
    }
    r->table->state = TEMPER_TOML_OPENED;
    return true;
}

static bool read_header(reader *r) {
    temper_toml_node *parent = r->root;
    const char *name;
    bool list = r->at + 1 < r->end && r->at[1] == '[';
    r->at += 1 + list;
    if (!read_path(r, &parent, &name, false)) return false;
    for (int k = 0; k <= list; k++)
        if (peek(r) != ']')
            return bad(r, list ? "[[table]] ends with ]]" : "[table] ends with ]");
        else
            r->at++;
    return open_table(r, parent, name, list);
}

static bool read_line(reader *r) {
    skip_blanks(r);
    unsigned char c = peek(r);
    bool blank = c == '#' || c == '\n' || c == '\r' || r->at == r->end;
    if (!blank && !(c == '[' ? read_header(r) : read_pair(r))) return false;
    skip_blanks(r);
    if (!skip_comment(r)) return false;
    return skip_line_end(r) || r->at == r->end || bad(r, "something stands behind the value");
}

temper_status temper_toml_read(const char *path, const char *text, size_t length, temper_toml_node **tree) {
    size_t nodes = 1, room = length + 1;
    *tree = NULL;
    if (length > MOST) return temper_fail(TEMPER_BAD_DATA, "%s: line 1: longer than %d bytes", path, MOST);
    for (size_t k = 0; k < length; k++)
        nodes += text[k] == '=' || text[k] == '[' ? 2 : text[k] == '.' || text[k] == ',' || text[k] == ']';
    char *block = temper_alloc(1, nodes * sizeof **tree + room + nodes + 1);
    if (!block) return TEMPER_NO_MEMORY;
    temper_toml_node *root = (temper_toml_node *)(void *)block;
    reader r = {.path = path,
                .at = text,
                .end = text + length,
                .line = 1,
                .root = root,
                .table = root,
                .node = root + 1,
                .string = block + nodes * sizeof *root};
    *root = (temper_toml_node){.kind = TEMPER_TOML_TABLE, .line = 1, .state = TEMPER_TOML_OPENED};
    while (r.at < r.end)
        if (!read_line(&r)) {
            temper_release(block);
            return TEMPER_BAD_DATA;
        }
    *tree = root;
    return TEMPER_OK;
}

const temper_toml_node *temper_toml_member(const temper_toml_node *table, const char *name) {
    return table && table->kind == TEMPER_TOML_TABLE ? find(table, name) : NULL;
}
