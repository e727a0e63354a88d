/* Memory of a fit: panels shared by all units, and what each thread works in. */
#include "design_parts.h"
#include "glm_parts.h"

ana_glm_room ana_glm_room_new(ana_workspace *workspace, const ana_glm_task *task, size_t largest)
{
    const size_t rows = ANA_GLM_ROWS;
    const size_t n = largest > 0 ? largest : 1;
    ana_glm_room room = {
        .panels = ana_workspace_doubles(workspace, task->n_blocks * rows, task->n_columns),
        .n_threads = ana_run_threads(&task->options->run, task->n_units),
    };
    room.scratch = ana_workspace_bytes(workspace, (size_t)room.n_threads, 1, sizeof *room.scratch);
    for (int i = 0; room.scratch != NULL && i < room.n_threads; i++) {
        room.scratch[i].rows = ana_workspace_doubles(workspace, rows, n);
        room.scratch[i].scaled = ana_workspace_doubles(workspace, rows, n);
        room.scratch[i].matrix = ana_workspace_doubles(workspace, n, n);
        room.scratch[i].second = ana_workspace_doubles(workspace, n, n);
        room.scratch[i].places = ana_workspace_sizes(workspace, n, 1);
        room.scratch[i].vector = ana_workspace_doubles(workspace, 4, n);
    }
    return room;
}

void ana_glm_fill_panels(const ana_glm_task *task, const ana_glm_room *room, size_t first,
                         size_t *n_rows)
{
    const size_t left = task->n_times - first;
    const size_t most = task->n_blocks * ANA_GLM_ROWS;
    const size_t n = left < most ? left : most;
    const size_t n_blocks = (n + ANA_GLM_ROWS - 1) / ANA_GLM_ROWS;
    const ana_design *design = task->data->design;
    const size_t p = task->n_columns;
    double *panels = room->panels;
#pragma omp parallel for default(none) num_threads(room->n_threads)                                \
    shared(n, n_blocks, design, first, panels, p)
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t begin = b * ANA_GLM_ROWS;
        const size_t rows = n - begin < ANA_GLM_ROWS ? n - begin : ANA_GLM_ROWS;
        ana_design_fill(design, first + begin, rows, panels + begin * p);
    }
    *n_rows = n;
}
