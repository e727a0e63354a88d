/** What the files of the gate share (analysis/models/bci_gate.h). */
#ifndef MODELS_BCI_GATE_PARTS_H
#define MODELS_BCI_GATE_PARTS_H

#include <analysis/models/bci_gate.h>

/** *out = the potatoes of a field, nothing learned yet. `lesson` NULL: channels are not looked for,
 *  and each potato has as many as the text names. `order` is that of its filters. */
ANA_USE_RESULT ana_status bci_gate_parse(const char *field, const ana_bci_lesson *lesson,
                                         size_t order, ana_bci_gate **out);
void bci_gate_free(ana_bci_gate *gate);

/** *out = a gate of one potato, nothing learned yet. */
ANA_USE_RESULT ana_status bci_gate_plain(const ana_bci_lesson *lesson, ana_bci_gate **out);

/** The gate as group "gate" of a record, nothing for NULL; and back, NULL where there is none. */
ANA_USE_RESULT ana_status bci_gate_to_record(const ana_bci_gate *gate, ana_record *record);
ANA_USE_RESULT ana_status bci_gate_from_record(const ana_record *record,
                                               const ana_bci_lesson *lesson, size_t order,
                                               ana_bci_gate **out);

/** The order of a pipeline's filters, or the usual one. */
size_t bci_gate_order(const ana_bci_bank *bank);

/** The covariance that a potato judges, of a trial's or window's rows (band x channel). */
ANA_USE_RESULT ana_status bci_gate_covariance(const ana_bci_gate_part *part,
                                              const ana_bci_lesson *lesson, const double *signals,
                                              double *out);

enum {
    BCI_GATE_BINS = 512
};

/** A gate at work on one window after the other. Begin with zeros. */
typedef struct bci_gate_work {
    double *covariances;          /**< of the window, potato after potato */
    double *room;                 /**< of the kernels */
    double *z;                    /**< n_parts */
    double p;                     /**< NaN without a field */
    size_t n_judged;              /**< windows */
    size_t n_aside;               /**< of them, set aside */
    size_t counts[BCI_GATE_BINS]; /**< windows by z, of a field by -log10 p: each of them a tenth */
} bci_gate_work;

ANA_USE_RESULT ana_status bci_gate_work_make(const ana_bci_gate *gate, bci_gate_work *work);
void bci_gate_work_release(bci_gate_work *work);

/** z of each potato and p of a window. ANA_ERR_NUMERIC for what is no covariance. */
ANA_USE_RESULT ana_status bci_gate_judge(const ana_bci_gate *gate, const ana_bci_lesson *lesson,
                                         const double *signals, bci_gate_work *work);
/** The largest z. */
double bci_gate_farthest(const ana_bci_gate *gate, const bci_gate_work *work);
/** Whether the window judged last is set aside, by `limit` (0: as learned); counted. */
bool bci_gate_decide(const ana_bci_gate *gate, double limit, bci_gate_work *work);
/** Move all potatoes by the window judged last. */
ANA_USE_RESULT ana_status bci_gate_move(ana_bci_gate *gate, double rate, bci_gate_work *work);

/** The limit, of z or of p, that half of the windows judged keep; NaN where none is known. */
double bci_gate_half(const ana_bci_gate *gate, const bci_gate_work *work);

/** A gate has set n_aside of n windows aside: whether that is more than half of ten or more, and
 * then what it means and what to do. `half` is of bci_gate_half, or NaN. */
bool bci_gate_advise(const ana_bci_gate *gate, double half, size_t n_aside, size_t n,
                     char advice[ANA_BCI_ADVICE]);

#endif
