/** From recordings of animals to a folder of results on their functional connectome, in stages. */
#ifndef CLI_PIPELINE_H
#define CLI_PIPELINE_H

#include "job.h"

#include <analysis/models/affinity.h>
#include <analysis/models/connectome_dynamics.h>
#include <analysis/models/ntf_rank.h>
#include <analysis/models/sbm.h>

typedef struct pipeline_options {
    const char *folder;
    double bin_s;          /**< of arrays */
    size_t min_animals;    /**< 0: half of them */
    double step_s;         /**< between the times taken; 0: the affinity's sigma */
    const char *positions; /**< NULL: drawn in a circle */
    const char *intervals; /**< NULL: the first there are */
    size_t windows;        /**< 0: the intervals, or 8 windows */
    bool rest;
    double rank_tolerance; /**< of the fits that ranks are chosen by */
    double screening;      /**< tolerance of the restarts, of which the best goes on */
    bool fresh;            /**< takes nothing from the folder */
    ana_affinity_options affinity;
    ana_ntf_options fit; /**< rank 0: by held-out data */
    ana_ntf_rank_options ranks;
    ana_sbm_options sbm;
    ana_connectome_dynamics_options dynamics;
} pipeline_options;

/** All stages; job->record becomes the summary. */
ANA_USE_RESULT ana_status pipeline_run(command_job *job, pipeline_options *options);

#endif
