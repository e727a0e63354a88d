/** A folder of results made in stages: each a record that carries what it was made from, so that
 *  running again takes what is there and computes what changed. */
#ifndef CLI_STAGES_H
#define CLI_STAGES_H

#include "job.h"

typedef struct stages {
    command_job *job;
    const char *folder;
    char *made_from; /**< a line for each input and option so far */
    bool all_new;    /**< nothing is taken from the folder */
} stages;

/** Makes the folder unless it is there. */
ANA_USE_RESULT ana_status stages_open(command_job *job, const char *folder, stages *out);

/** An input by its content, and every option of the table, are from now on part of what results are
 *  made from. */
ANA_USE_RESULT ana_status stages_add_input(stages *self, const char *input);
ANA_USE_RESULT ana_status stages_add_options(stages *self, const ana_option *table,
                                             const void *options);
ANA_USE_RESULT ana_status stages_add_line(stages *self, const char *name, double value);

/** *out = the result `name` if it is there and made from the same; else NULL. ANA_ERR_IO when there
 *  is something of that name that no stage wrote. */
ANA_USE_RESULT ana_status stages_take(const stages *self, const char *name, ana_record **out);

/** Save a result, whole or not at all, with what it was made from and provenance. */
ANA_USE_RESULT ana_status stages_save(const stages *self, const char *name, ana_record *record);

/** The path of a file of the folder. ANA_ERR_VALUE when it is too long. */
ANA_USE_RESULT ana_status stages_path(const stages *self, const char *name, char *path,
                                      size_t size);

void stages_release(stages *self);

#endif
