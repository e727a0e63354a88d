/** Option tables: one description of an options struct, read by the command line, `--help`, the man
 *  pages, the range checks, saved provenance and the notebooks.
 *
 *  A table is a `const ana_option[]` that ends with `ANA_OPTION_END`. A new option is one struct
 *  field, one default and one row:
 *
 *      {"states", ANA_OPTION_SIZE, offsetof(ana_hmm_options, n_states), .min = 1, .max = 64,
 *       .value = "K", .help = "number of hidden states"},
 */
#ifndef ANALYSIS_OPTIONS_H
#define ANALYSIS_OPTIONS_H

#include <analysis/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ANA_BEGIN_DECLS

typedef enum ana_option_type {
    ANA_OPTION_BOOL,   /**< bool; `--name` and `--no-name`, or `--name=yes|no` */
    ANA_OPTION_SIZE,   /**< size_t */
    ANA_OPTION_INT,    /**< int64_t */
    ANA_OPTION_SEED,   /**< uint64_t */
    ANA_OPTION_DOUBLE, /**< double */
    ANA_OPTION_TEXT,   /**< const char *, borrowed; NULL when not given */
    ANA_OPTION_CHOICE, /**< int: index into `choices` (the struct field is an enum of the same size)
                        */
    ANA_OPTION_BYTES   /**< size_t; accepts 512M, 2G, 64k (powers of 1024) */
} ana_option_type;

typedef struct ana_option {
    const char *name; /**< long option without the dashes: "max-iterations"; NULL ends the table */
    ana_option_type type;
    size_t offset;              /**< offsetof the field in the options struct */
    double min, max;            /**< closed range of numbers; both 0: no range */
    const char *const *choices; /**< NULL-terminated words of a CHOICE */
    const char *value;          /**< the word for the value in --help: "SECONDS", "K", "FILE" */
    const char *help;           /**< one sentence, with the unit and what 0 means */
    bool execution;             /**< how, not what: never saved in a record (threads, shard) */
} ana_option;

#define ANA_OPTION_END                                                                             \
    {                                                                                              \
        NULL, ANA_OPTION_BOOL, 0, 0.0, 0.0, NULL, NULL, NULL, false                                \
    }

/** The row of that name, or NULL. `name` without dashes. */
ANA_API const ana_option *ana_option_find(const ana_option *table, const char *name);

/** Parse `text` whole into the field of `options`; ANA_ERR_VALUE with option, value and what would
 *  be right (range or choices). A TEXT field borrows `text`. */
ANA_API ANA_USE_RESULT ana_status ana_option_set(const ana_option *option, void *options,
                                                 const char *text);

/** The field's value as text that `ana_option_set` reads back to the same value: at most `size`
 *  bytes with the final NUL. "" for a TEXT that is NULL. */
ANA_API void ana_option_get(const ana_option *option, const void *options, char *text, size_t size);

/** The allowed values in words: "1 to 64", "fir|iir", "" when anything goes. */
ANA_API void ana_option_range(const ana_option *option, char *text, size_t size);

/** Every number of `options` within its range and every choice known; `module` starts the sentence.
 */
ANA_API ANA_USE_RESULT ana_status ana_options_check(const ana_option *table, const void *options,
                                                    const char *module);

/** Rows for the `ana_run` at the start of an options struct: seed, threads and max-memory. */
ANA_API extern const ana_option ana_run_option_table[];

ANA_END_DECLS

#endif
