/* A sampler as an instance: one move, or several in turn ("metropolis+houdayer"). */
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

static temper_status add_part(temper_sampler *sampler, const char *text) {
    const temper_about *about;
    const char *options;
    char *spelled;
    if (sampler->parts == TEMPER_SAMPLER_PARTS)
        return temper_fail(TEMPER_BAD_OPTION, "sampler: at most %d moves can be joined by '+'",
                           TEMPER_SAMPLER_PARTS);
    temper_status bad = temper_split("samplers", text, &about, &options);
    if (bad) return bad;
    int p = sampler->parts;
    if ((bad = temper_options_read(about, options, &sampler->part[p].self, &spelled))) return bad;
    sampler->part[p].type = (const temper_sampler_type *)about;
    sampler->parts++;
    if (sampler->part[p].type->group > sampler->group) sampler->group = sampler->part[p].type->group;

    temper_text whole = {0};
    temper_text_add(&whole, "%s%s%s", sampler->text ? sampler->text : "", sampler->text ? "+" : "", spelled);
    temper_release(spelled);
    temper_release(sampler->text);
    if (!(sampler->text = temper_text_take(&whole)))
        return temper_fail(TEMPER_NO_MEMORY, "sampler: out of memory");
    return sampler->part[p].type->build ? sampler->part[p].type->build(sampler->part[p].self) : TEMPER_OK;
}

temper_status temper_sampler_create(temper_sampler **out, const char *text) {
    *out = NULL;
    temper_sampler *sampler = temper_alloc(1, sizeof *sampler);
    char *copy = temper_strdup(text);
    temper_status bad = sampler && copy ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (sampler) sampler->group = 1;
    /* Split at '+'; a number such as 1e+6 has its '+' behind an e, no name does. */
    for (char *part = copy; !bad && part;) {
        char *plus = part;
        while ((plus = strchr(plus, '+')) && plus > part && plus[-1] == 'e' && plus[1] >= '0' &&
               plus[1] <= '9')
            plus++;
        if (plus) *plus++ = 0;
        bad = add_part(sampler, part);
        part = plus;
    }
    temper_release(copy);
    if (bad) {
        temper_sampler_free(sampler);
        return bad;
    }
    *out = sampler;
    return TEMPER_OK;
}

void temper_sampler_free(temper_sampler *sampler) {
    if (!sampler) return;
    for (int p = 0; p < sampler->parts; p++)
        temper_options_free(&sampler->part[p].type->about, sampler->part[p].self, NULL);
    temper_release(sampler->text);
    temper_release(sampler);
}

temper_status temper_sampler_whole(const temper_sampler *sampler) {
    for (int p = 0; p < sampler->parts; p++)
        if (!sampler->part[p].type->partial) return TEMPER_OK;
    const char *name = sampler->part[0].type->about.name;
    return temper_fail(TEMPER_CANNOT,
                       "%s alone does not reach every configuration; join another move: metropolis+%s", name,
                       name);
}

temper_status temper_sampler_suits(const temper_sampler *sampler, const temper_system *system) {
    for (int p = 0; p < sampler->parts; p++) {
        const temper_sampler_type *type = sampler->part[p].type;
        temper_status bad = type->suits ? type->suits(sampler->part[p].self, system) : TEMPER_OK;
        if (bad) return bad;
    }
    return TEMPER_OK;
}

size_t temper_sampler_scratch(const temper_sampler *sampler, const temper_system *system) {
    size_t most = 0; /* the parts take turns in one scratch */
    for (int p = 0; p < sampler->parts; p++) {
        const temper_sampler_type *type = sampler->part[p].type;
        size_t bytes = type->scratch ? type->scratch(sampler->part[p].self, system) : 0;
        if (bytes > most) most = bytes;
    }
    return most;
}

temper_status temper_sampler_advance(const temper_sampler *sampler, temper_chain *const *chains, int nchains,
                                     int64_t sweeps) {
    if (nchains % sampler->group)
        return temper_fail(TEMPER_BAD_OPTION, "%s moves groups of %d chains; %d chains cannot be grouped",
                           sampler->text, sampler->group, nchains);
    int64_t turns = sampler->parts == 1 ? 1 : sweeps, each = sampler->parts == 1 ? sweeps : 1;
    for (int64_t t = 0; t < turns; t++)
        for (int p = 0; p < sampler->parts; p++) {
            temper_status bad = sampler->part[p].type->advance(sampler->part[p].self, chains, nchains, each);
            if (bad) return bad;
        }
    return TEMPER_OK;
}
