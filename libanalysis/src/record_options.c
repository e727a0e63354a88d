#include "try.h"

#include <analysis/record.h>

#include <string.h>

/* Room for the text of any option but a long path, which is taken whole from its field. */
enum {
    VALUE_SIZE = 128
};

static ana_status add_unsigned(ana_record *group, const ana_option *option, const void *options,
                               uint64_t value)
{
    char text[VALUE_SIZE];
    if (value <= INT64_MAX) {
        return ana_record_add_int(group, option->name, (int64_t)value, NULL);
    }
    ana_option_get(option, options, text, sizeof text);
    return ana_record_add_text(group, option->name, text);
}

static ana_status add_option(ana_record *group, const ana_option *option, const void *options)
{
    const char *field = (const char *)options + option->offset;
    char text[VALUE_SIZE];
    bool flag = false;
    size_t size = 0;
    int64_t integer = 0;
    uint64_t seed = 0;
    double number = 0.0;
    const char *words = NULL;
    if (option->execution) {
        return ANA_OK; /* how it was done, not what */
    }
    switch (option->type) {
    case ANA_OPTION_BOOL:
        memcpy(&flag, field, sizeof flag);
        return ana_record_add_bool(group, option->name, flag);
    case ANA_OPTION_SIZE:
    case ANA_OPTION_BYTES:
        memcpy(&size, field, sizeof size);
        return add_unsigned(group, option, options, size);
    case ANA_OPTION_INT:
        memcpy(&integer, field, sizeof integer);
        return ana_record_add_int(group, option->name, integer, NULL);
    case ANA_OPTION_SEED:
        memcpy(&seed, field, sizeof seed);
        return add_unsigned(group, option, options, seed);
    case ANA_OPTION_DOUBLE:
        memcpy(&number, field, sizeof number);
        return ana_record_add_double(group, option->name, number, NULL);
    case ANA_OPTION_TEXT:
        memcpy(&words, field, sizeof words);
        return ana_record_add_text(group, option->name, words);
    case ANA_OPTION_CHOICE:
        ana_option_get(option, options, text, sizeof text);
        return ana_record_add_text(group, option->name, text);
    }
    return ana_fail(ANA_ERR_VALUE, "record: option \"%s\" has an unknown type", option->name);
}

ana_status ana_record_add_options(ana_record *group, const char *name, const ana_option *table,
                                  const void *options)
{
    ana_status status = ANA_OK;
    ana_record *root = NULL;
    ANA_TRY(ana_record_new(&root));
    for (const ana_option *option = table; option->name != NULL; option++) {
        ANA_TRY(add_option(root, option, options));
    }
    ana_record *filled = root;
    root = NULL; /* the group owns it, or it is freed */
    ANA_TRY(ana_record_adopt(group, name, filled));
done:
    ana_record_free(root);
    return status;
}
