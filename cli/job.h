/** A command at work: what all commands share, so that each is its own options and its own
 *  computation.
 *
 *  A command describes itself in a `job_plan` and calls job_run, which parses the words, refuses
 *  wrong use, calls the plan's `work`, and sees to the rest: provenance, the saved result, the
 *  summary on stdout, the exit status. `work` asks for its inputs, computes, and leaves its result
 *  in job->record, or writes a recording by job_write.
 *
 *      static ana_status fit(command_job *job, void *options)
 *      {
 *          ...
 *          ANA_TRY(job_observations(job, 0, &observations));
 *          ANA_TRY(ana_hmm_fit(observations, options, &hmm));
 *          job_note_fit(job, hmm->info.converged, hmm->info.n_iterations);
 *          ANA_TRY(ana_hmm_to_record(hmm, &job->record));
 *      done:
 *          ana_hmm_free(hmm);
 *          return status;
 *      } */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "arguments.h"
#include "load.h"
#include "save.h"

#include <analysis/record.h>

/** What a command takes beside its own options. */
typedef enum job_part {
    JOB_SELECTION = 1, /**< parts of recordings: --series --channels --units */
    JOB_TIMES = 2,     /**< --from --to --during */
    JOB_READING = 4,   /**< how files are read */
    JOB_ROWS = 8,      /**< inputs become rows of observations */
    JOB_FIT = 16,      /**< a fit that may not converge */
    JOB_SAVING = 32,   /**< the result is a record, saved with -o */
    JOB_WRITING = 64,  /**< the result is a recording: needs -o */
    JOB_PAGE = 128,    /**< the result is a page: needs -o FILE.html */
    JOB_RECORDING = JOB_SELECTION | JOB_TIMES | JOB_READING
} job_part;

enum {
    JOB_MAX_OWN = 10, /**< tables of a command's own */
    JOB_MAX_RUNS = 4, /**< options structs that begin with an ana_run */
    JOB_MAX_TABLES = JOB_MAX_OWN + 12
};

typedef struct command_job command_job;

typedef ana_status (*job_work)(command_job *job, void *options);

typedef struct job_plan {
    const option_target *own; /**< the command's own tables, shown first; ended as any such list */
    unsigned parts;           /**< job_part, or-ed */
    const char *not_of_rows;  /**< the option of rows that the command has another for; or NULL */
    ana_run *runs[JOB_MAX_RUNS]; /**< runs in the command's own options, filled in from job->run */
    bool lossy;                  /**< --lossy unless told otherwise */
    const char *labels;          /**< JOB_ROWS: help of --labels; NULL: as rows.c has it */
    job_work work;
    void *options; /**< handed to `work` */
} job_plan;

struct command_job {
    const command *self;
    const job_plan *plan;
    option_target targets[JOB_MAX_TABLES];
    ana_option rows_table[ARGUMENTS_MAX_ROWS]; /**< rows_option_table, as the plan takes them */
    input_list arguments;
    ana_run run; /**< seed, threads, memory; tells the console */
    input_options input;
    save_options save;
    console_options console;
    ana_format_info format; /**< in which a recording is written */
    ana_record *record;     /**< the result, printed and saved; owned by the job */
    /* Inputs asked for, owned by the job. */
    ana_record *model;
    ana_recording *recording;
    ana_observations *observations;
    bool not_converged;
    size_t n_iterations;
    int exit_status; /**< of what was done; `work` may set it */
    bool used_wrongly;
};

/** The whole command; returns its exit status. */
int job_run(const command *self, const job_plan *plan, int argc, char **argv);

/** Says that the command is used wrongly, in a sentence; the exit status will be EXIT_USAGE. Never
 *  ANA_OK. */
__attribute__((format(printf, 2, 3))) ana_status job_refuse(command_job *job, const char *format,
                                                            ...);

/** The first input as a recording, cut to the selection. */
ANA_USE_RESULT ana_status job_recording(command_job *job, ana_recording **out);

/** Of the first input, cut to the selection, the first series of signals with a regular rate and
 *  n_channels channels at least; others like it are named on stderr. The job's. */
ANA_USE_RESULT ana_status job_series(command_job *job, size_t n_channels, const ana_series **out);

/** The first input as a saved result: a model, whose "schema" is that one, as the command `maker`
 *  ("ana hmm fit") saves it. */
ANA_USE_RESULT ana_status job_model(command_job *job, const char *schema, const char *maker,
                                    const ana_record **out);

/** The same for a result of any of several kinds, NULL-terminated; *schema: which it is. */
ANA_USE_RESULT ana_status job_model_of(command_job *job, const char *const *schemas,
                                       const char *maker, const ana_record **out,
                                       const char **schema);

/** The inputs from number `first` on (0 is the first) as rows, each a session. */
ANA_USE_RESULT ana_status job_observations(command_job *job, size_t first, ana_observations **out);

/** How the fit went: not converged becomes EXIT_NOT_CONVERGED, unless that is allowed. */
void job_note_fit(command_job *job, bool converged, size_t n_iterations);

/** Write the recording to -o, and say so: on stderr, and with --json as the result on stdout. */
ANA_USE_RESULT ana_status job_write(command_job *job, const ana_recording *recording);

/** Say that -o is written; see written.h. */
ANA_USE_RESULT ana_status job_say_written(command_job *job, const char *format,
                                          const char *companions, size_t first_warning);

/** Refuses a window that ends before it begins; NaN: not given. */
ANA_USE_RESULT ana_status job_check_window(command_job *job, double from, double to);

#endif
