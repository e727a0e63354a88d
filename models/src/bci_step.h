/** What a step of a pipeline is: one static `bci_kind` in a file bci_step_<name>.c, and a line in
 *  bci_kinds.c.
 *
 *  A step learns arrays from a batch (`fit`), and turns batches into batches (`apply`). It holds
 * its options (a struct of its own with a table) and the arrays it has learned, by the names that
 * its kind lists: saving, loading and freeing them is common to all. `apply` writes into memory
 * that the caller has made by `shape`, so that a live stream can keep it. */
#ifndef MODELS_BCI_STEP_H
#define MODELS_BCI_STEP_H

#include <analysis/models/bci_pipeline.h>
#include <analysis/models/spd.h>

enum {
    BCI_MAX_LEARNED = 8
};

typedef enum bci_form {
    BCI_SIGNALS,  /**< n_rows (band x channel) x n_columns samples */
    BCI_MATRICES, /**< n_rows x n_rows, symmetric (or Hermitian) */
    BCI_VECTORS,  /**< n_columns features; n_rows 1 */
    BCI_CLASSES   /**< n_columns scores, one for each class; n_rows 1 */
} bci_form;

/** What one item of a batch is. */
typedef struct bci_shape {
    bci_form form;
    size_t n_rows;
    size_t n_columns;
    size_t n_bands; /**< rows (or features) come in so many equal parts; 1: no bank */
    bool hermitian; /**< matrices of pairs (real, imaginary) */
    double rate;    /**< of signals, Hz */
} bci_shape;

/** Doubles of one item. */
size_t ana_bci_item_size(const bci_shape *shape);

typedef struct bci_batch {
    bci_shape shape;
    size_t n_items;
    double *values; /**< n_items x ana_bci_item_size; owned */
    size_t *chosen; /**< n_items classes, of BCI_CLASSES; else NULL; owned */
} bci_batch;

/** Zeroed values. Freed by ana_bci_batch_release. */
ANA_USE_RESULT ana_status ana_bci_batch_make(const bci_shape *shape, size_t n_items,
                                             bci_batch *out);
void ana_bci_batch_release(bci_batch *batch);

/** The matrices of a batch as a set; borrowed. */
ana_spd_set ana_bci_batch_set(const bci_batch *batch);

/** What is known of the items beside their values. */
typedef struct bci_teacher {
    const ana_run *run;
    const size_t *labels; /**< n_items; NULL when answers are wanted */
    size_t n_classes;
    const size_t *domains; /**< n_items: the session of each, below n_domains; NULL: not known */
    size_t n_domains;
    void *tool; /**< in `apply`: of the step that is applied, where its kind has one */
} bci_teacher;

typedef struct bci_array {
    ana_shape shape;
    double *values;
} bci_array;

typedef struct bci_step bci_step;

/** How a step goes along with a live session. */
typedef struct bci_live {
    const ana_run *run;
    double rate;     /**< share of each item in what moves; 0: as the step has it */
    size_t n_before; /**< items of the session so far */
    size_t n_taught; /**< trials that were learned from */
} bci_live;

typedef struct bci_kind {
    ana_bci_step_description says;
    bci_form takes;
    bci_form gives;
    bool transductive; /**< may be: see `is_transductive` */
    size_t options_size;
    void (*defaults)(void *options);
    const char *const *learned; /**< names of the arrays, ended by NULL; NULL: learns nothing */
    /** Options that do not fit each other; may be NULL. */
    ana_status (*check)(const void *options);
    /** Of a step that filters recordings before trials are cut, and does nothing else. */
    ana_status (*bank)(const void *options, ana_bci_bank *bank);
    bool unlabelled; /**< `fit` looks at no label */
    /** Learn from labelled items; NULL: nothing to learn. */
    ana_status (*fit)(bci_step *step, const bci_batch *in, const bci_teacher *teacher);
    /** keep[i] = whether training item i also teaches the steps after this one, which has learned;
     *  NULL: all do. */
    ana_status (*gate)(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                       bool *keep);
    /** *out = what one item becomes by a step that has learned; refuses items, and learned arrays
     *  (those of a file are hostile), of sizes that do not fit. */
    ana_status (*shape)(const bci_step *step, const bci_shape *in, bci_shape *out);
    /** What `apply` takes up for every item of that shape, plans and buffers, as the teacher's
     * tool: made before a batch, or once for a live session; NULL: nothing. */
    ana_status (*take_up)(const bci_step *step, const bci_shape *in, const ana_run *run,
                          void **tool);
    void (*put_down)(void *tool); /**< frees it; takes NULL */
    /** `out` has been made by `shape`. */
    ana_status (*apply)(const bci_step *step, const bci_batch *in, const bci_teacher *teacher,
                        bci_batch *out);
    /** What `apply` makes of one item of a live session; what was learned may move by it, or be
     *  left as it was on failure. Needed where `apply` looks at several items; NULL: `apply`. */
    ana_status (*live)(bci_step *step, const bci_live *live, const bci_batch *in, bci_batch *out);
    /** May be NULL: as `transductive` says. */
    bool (*is_transductive)(const bci_step *step);
    /** Once both are read, the step before may hand its work over (`handed_on`) to one that does
     *  it with less; NULL: never. */
    void (*take_over)(bci_step *step, bci_step *before);
} bci_kind;

struct bci_step {
    const bci_kind *kind;
    void *options;
    char **values; /**< n_values texts that options may borrow; owned */
    size_t n_values;
    bci_array learned[BCI_MAX_LEARNED];
    char *note;     /**< a sentence for people on what was learned; NULL: none */
    bool handed_on; /**< items go through as they are: the next step does this one's work */
};

/** Every kind, in the order of the help; ended by NULL. */
extern const bci_kind *const ana_bci_kinds[];

/** *out = zeroed memory for learned array `which`, kept by the step in place of what was there. */
ANA_USE_RESULT ana_status ana_bci_learn(bci_step *step, size_t which, ana_shape shape,
                                        double **out);

/** Learned array `which` if it has that shape (lengths of 0 are any), else ANA_ERR_FORMAT with the
 *  step's and the array's name. */
ANA_USE_RESULT ana_status ana_bci_learned(const bci_step *step, size_t which, ana_shape shape,
                                          const double **out);

/** Length of axis `axis` of a learned array; 0 when there is none. */
size_t ana_bci_learned_length(const bci_step *step, size_t which, size_t axis);

/** *tool = what the step takes up, NULL for one that needs nothing; and back. */
ANA_USE_RESULT ana_status ana_bci_take_up(const bci_step *step, const bci_shape *in,
                                          const ana_run *run, void **tool);
void ana_bci_put_down(const bci_step *step, void *tool);

/** Keep a sentence for people; without memory it is lost. */
ANA_PRINTF(2, 3) void ana_bci_note(bci_step *step, const char *format, ...);

/** scores: the first and the highest of each item becomes its class. */
void ana_bci_choose(bci_batch *out);

#endif
