#include "commands.h"
#include "job.h"
#include "try.h"

static ana_status convert(command_job *job, void *options)
{
    (void)options;
    ana_status status = ANA_OK;
    ana_recording *recording = NULL;
    ANA_TRY(job_recording(job, &recording));
    ANA_TRY(job_write(job, recording));
done:
    return status;
}

static int run_command(const command *self, int argc, char **argv)
{
    const option_target own[] = {{NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_RECORDING | JOB_WRITING, .work = convert};
    return job_run(self, &plan, argc, argv);
}

const command command_convert = {
    .name = "convert",
    .summary = "Write a recording in another format",
    .inputs = "FILE -o OUTPUT",
    .description =
        "Reads any format that ana info knows and writes those with a writer. What the new "
        "format cannot hold is listed, and nothing is written unless --lossy says so. Stored "
        "integers stay the same integers wherever the format can hold "
        "them.\n\n" WRITTEN_AS_JSON,
    .examples = "ana convert session.vhdr -o session.edf\n"
                "ana convert session.nwb --units 3,17 --from 60 --to 120 -o part.nwb",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_command,
};
