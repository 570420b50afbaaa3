/* Recipes: what is written is read back; what is hostile is refused with its line. */
#include "check.h"
#include "run/recipe.h"
#include "base/memory.h"

static temper_settings back;
static char verb_seen[16];

static temper_status set(void *context, const char *verb, const char *name, const char *value) {
    (void)context;
    if (!temper_settings_table(verb)) return temper_fail(TEMPER_BAD_OPTION, "no verb '%s'", verb);
    if (!*verb_seen && temper_settings_begin(verb, &back)) return TEMPER_NO_MEMORY;
    snprintf(verb_seen, sizeof verb_seen, "%s", verb);
    return temper_settings_set(verb, &back, name, value);
}

static temper_status read(const char *text, size_t length) {
    *verb_seen = 0;
    temper_settings_clear(&back);
    return temper_recipe_read("r.toml", text, length, set, NULL);
}

static void there_and_back(void) {
    static const char *const odd[] = {"a\"b",        "back\\slash",  "tab\there",
                                      "line\nbreak", "\x01\x1f\x7f", "µ → ∞ 😀",
                                      "#no comment", "a = [b]",      ""};
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
        temper_settings settings;
        temper_text text = {0};
        CHECK_OK(temper_settings_begin("sample", &settings));
        CHECK_OK(temper_settings_set("sample", &settings, "system", odd[k]));
        CHECK_OK(temper_settings_set("sample", &settings, "temperature", "1:2:3,inf"));
        CHECK_OK(temper_settings_set("sample", &settings, "sweeps", "123456789012345"));
        CHECK_OK(temper_settings_set("sample", &settings, "checkpoint", "0.1"));
        CHECK_OK(temper_settings_set("sample", &settings, "strict", "yes"));
        CHECK_OK(temper_recipe_write("sample", &settings, &text));
        CHECK_OK(read(text.data, text.length));
        CHECK(!strcmp(verb_seen, "sample") && !strcmp(back.system ? back.system : "", odd[k]), "%s",
              text.data);
        CHECK(back.sweeps == 123456789012345 && back.checkpoint == 0.1 && back.strict && !back.force, "%s",
              text.data);
        char one[65], two[65];
        CHECK_OK(temper_recipe_hash("sample", &settings, "x", one));
        CHECK_OK(temper_recipe_hash("sample", &back, "x", two));
        CHECK(!strcmp(one, two), "fingerprints differ");
        back.threads = 7; /* does not decide the numbers … */
        CHECK_OK(temper_recipe_hash("sample", &back, "x", one));
        CHECK(!strcmp(one, two), "threads changed the fingerprint");
        back.seed = 7; /* … and this does */
        CHECK_OK(temper_recipe_hash("sample", &back, "x", one));
        CHECK(strcmp(one, two), "the seed did not change the fingerprint");
        CHECK_OK(temper_recipe_hash("sample", &back, "y", two));
        CHECK(strcmp(one, two), "a changed file did not change the fingerprint");
        temper_text_clear(&text);
        temper_settings_clear(&settings);
    }
}

static void refused(void) {
    static const char head[] = "schema = \"temper.recipe/1\"\nverb = \"sample\"\n[options]\n";
    static const struct {
        bool with_head;
        const char *text, *words;
    } bad[] = {
        {false, "", "no [options]"},
        {false, "verb = \"sample\"\n[options]\n", "schema and verb must stand"},
        {false, "schema = \"temper.recipe/2\"\n", "line 1: schema is not"},
        {false, "schema = \"temper.recipe/1\"\nschema = \"temper.recipe/1\"\n", "line 2"},
        {false, "schema = \"temper.recipe/1\"\nverb = \"a name that is far too long\"\n", "line 2"},
        {false, "[other]\n", "only section"},
        {true, "[options]\n", "line 4: the only section"},
        {true, "sweeps = 1\nsweeps = 2\n", "line 5: an option is given twice"},
        {true, "sweeps\n", "line 4: a line is"},
        {true, "sweeps =\n", "line 4: a value is"},
        {true, "= 3\n", "line 4: a line is"},
        {true, "Sweeps = 3\n", "line 4: a line is"},
        {true, "sweeps = 3 4\n", "line 4: something stands behind"},
        {true, "system = \"a\n", "control character"},
        {true, "system = \"a", "without an end"},
        {true, "system = \"a\\", "unknown escape"},
        {true, "system = \"\\q\"\n", "unknown escape"},
        {true, "system = \"\\u12\"\n", "unknown escape"},
        {true, "system = \"\\uD800\"\n", "unknown escape"},
        {true, "system = \"\\u0000\"\n", "unknown escape"},
        {true, "sweeps = 0x10\n", "line 4: a value is"},
        {true, "sweeps = nan\n", "line 4: a value is"},
        {true, "sweeps = yes\n", "line 4: a value is"},
        {true, "a_name_that_is_far_too_long_for_any_option = 1\n", "line 4: a line is"},
        {true, "sweps = 1\n", "did you mean 'sweeps'"},
        {true, "sweeps = 1.5\n", "whole number"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char text[512];
        int length = snprintf(text, sizeof text, "%s%s", bad[k].with_head ? head : "", bad[k].text);
        temper_status status = read(text, (size_t)length);
        CHECK(status == TEMPER_BAD_DATA || status == TEMPER_BAD_OPTION, "%zu: status %d for %s", k, status,
              text);
        CHECK(strstr(temper_message(), bad[k].words), "%zu: no '%s' in: %s", k, bad[k].words,
              temper_message());
    }
    char text[] = "schema = \"temper.recipe/1\"\nverb = \"sample\"\n[options]\nsweeps = 3\0";
    CHECK_FAILS(read(text, sizeof text), TEMPER_BAD_DATA, "NUL");
}

/* Every beginning of a good recipe, and every one of its bytes changed. */
static void torn(void) {
    static const char good[] = "# c\nschema = \"temper.recipe/1\"\nverb = \"sample\"\n[options]\nsystem = "
                               "\"\\u00b5\\n\"\nsweeps = 3 # x\n"
                               "strict = true\ncheckpoint = 1e-1\r\n";
    char copy[sizeof good];
    CHECK_OK(read(good, sizeof good - 1));
    CHECK(!strcmp(back.system, "µ\n") && back.sweeps == 3 && back.strict && back.checkpoint == 0.1,
          "read wrongly");
    for (size_t k = 0; k < sizeof good; k++) (void)read(good, k);
    for (size_t k = 0; k + 1 < sizeof good; k++)
        for (int c = 0; c < 256; c++) {
            memcpy(copy, good, sizeof good);
            copy[k] = (char)c;
            (void)read(copy, sizeof good - 1);
        }
    temper_settings_clear(&back);
    CHECK(temper_alloc_live() == 0, "%lld blocks left", (long long)temper_alloc_live());
}

int main(void) {
    RUN(there_and_back);
    RUN(refused);
    RUN(torn);
    return check_end();
}
