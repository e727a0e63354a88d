/** The stages of pipeline.h. */
#ifndef CLI_PIPELINE_PARTS_H
#define CLI_PIPELINE_PARTS_H

#include "animals.h"
#include "pipeline.h"
#include "stages.h"

enum {
    PIPELINE_MOST_PAGES = 8
};

typedef struct pipeline {
    command_job *job;
    pipeline_options *options;
    stages stages;
    animals animals;
    ana_affinity **affinities; /**< animals.n */
    ana_tensor *tensor;
    ana_ntf *ntf;
    ana_connectome *connectome;
    size_t **groups; /**< by motif: of each neuron */
    size_t *n_groups;
    ana_connectome_epochs *epochs;
    ana_connectome_drawing drawing;
    double *position;
    double *span_start;
    double *span_stop;
    size_t *span_kind;
    ana_record *pages[PIPELINE_MOST_PAGES]; /**< of the report, in order */
    size_t n_pages;
    size_t n_taken; /**< stages that were there already */
} pipeline;

/** Recordings to a tensor. */
ANA_USE_RESULT ana_status pipeline_prepare(pipeline *self);
/** The rank, when it is not given; then the motifs. */
ANA_USE_RESULT ana_status pipeline_factorise(pipeline *self);
/** Communities of each motif, and the connectome's record with its pictures. */
ANA_USE_RESULT ana_status pipeline_group(pipeline *self);
/** Epochs: the intervals of the recordings, or windows. */
ANA_USE_RESULT ana_status pipeline_epochs(pipeline *self);
/** Who changes community between epochs. */
ANA_USE_RESULT ana_status pipeline_follow(pipeline *self);
/** The page of all, and the summary. */
ANA_USE_RESULT ana_status pipeline_tell(pipeline *self);

/** Whether `name` is in the folder as it would be made now: then it is in *out, else NULL. */
ANA_USE_RESULT ana_status pipeline_take(pipeline *self, const char *name, const char *what,
                                        ana_record **out);

/** Save a stage's result, and keep it as a page of the report, also on failure. */
ANA_USE_RESULT ana_status pipeline_keep(pipeline *self, const char *name, ana_record *record);

#endif
