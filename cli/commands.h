/** All commands, each described and done in its own file, cmd_<name>.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "command.h"

extern const command command_info;
extern const command command_view;
extern const command command_convert;
extern const command command_validate;
extern const command command_preprocess;
extern const command command_spectrum;
extern const command command_connectivity;
extern const command command_spikes;
extern const command command_calcium;
extern const command command_hmm_fit;
extern const command command_hmm_decode;
extern const command command_hmm_select;
extern const command command_hmm_gof;
extern const command command_hmm_info;
extern const command command_hmm_simulate;
extern const command command_glm_fit;
extern const command command_glm_predict;
extern const command command_glm_gof;
extern const command command_glm_simulate;
extern const command command_bicluster;
extern const command command_homogenise;
extern const command command_affinity;
extern const command command_ntf;
extern const command command_rdm;
extern const command command_rsa;
extern const command command_searchlight;
extern const command command_encode;
extern const command command_align;
extern const command command_trsa;
extern const command command_rtd;
extern const command command_shape;
extern const command command_retrieve;
extern const command command_cka;
extern const command command_dsa;
extern const command command_match_units;
extern const command command_kernel_analysis;
extern const command command_decode;
extern const command command_cca;
extern const command command_ssm;
extern const command command_communities;
extern const command command_connectome;
extern const command command_graph_import;
extern const command command_graph_metrics;
extern const command command_graph_motifs;
extern const command command_graph_functional;
extern const command command_graph_compare;
extern const command command_graph_visibility;
extern const command command_graph_simulate;
extern const command command_netclass;
extern const command command_bci_info;
extern const command command_bci_fit;
extern const command command_bci_predict;
extern const command command_bci_eval;
extern const command command_bci_select;
extern const command command_bci_cluster;
extern const command command_bci_features;
extern const command command_bci_stream;
extern const command command_bci_score;
extern const command command_simulate;
extern const command command_report;

#endif
