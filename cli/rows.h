/** One input as rows; rows.c joins and refines them. */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "load.h"

/** *out = one input (an array, a features record, or a recording) as rows. */
ANA_USE_RESULT ana_status rows_of_input(const char *input, const input_options *options,
                                        const console_options *console, ana_observations **out);

/** Whether the input is a bare array (.npy, .npz, .mat, .csv, .safetensors, or file.h5:/path), by
 *  its content. */
bool is_array_input(const char *input);

/** What an input is called: its file, without folder and ending. Cut to size. */
void name_of_input(const char *input, char *name, size_t size);

/** --sessions, --mask and --labels of rows that are there. */
ANA_USE_RESULT ana_status rows_refine(const rows_options *rows, const ana_run *run,
                                      ana_observations *observations);

#endif
