#include "commands.h"

/* One a line: */
/* clang-format off */
const command *const command_table[] = {
    &command_info,
    &command_view,
    &command_convert,
    &command_validate,
    &command_preprocess,
    &command_spectrum,
    &command_spikes,
    &command_calcium,
    &command_hmm_fit,
    &command_hmm_decode,
    &command_hmm_select,
    &command_hmm_gof,
    &command_hmm_info,
    &command_hmm_simulate,
    &command_glm_fit,
    &command_glm_predict,
    &command_glm_gof,
    &command_glm_simulate,
    &command_bicluster,
    &command_affinity,
    &command_ntf,
    &command_communities,
    &command_graph_import,
    &command_graph_metrics,
    &command_graph_motifs,
    &command_graph_functional,
    &command_graph_compare,
    &command_graph_visibility,
    &command_netclass,
    &command_simulate,
    &command_report,
    NULL,
};
/* clang-format on */
