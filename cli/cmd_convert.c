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

int cmd_convert(const command *self, int argc, char **argv)
{
    const option_target own[] = {{NULL, NULL, NULL}};
    const job_plan plan = {.own = own, .parts = JOB_RECORDING | JOB_WRITING, .work = convert};
    return job_run(self, &plan, argc, argv);
}
