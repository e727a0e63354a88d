/** Small files of worms' traces in every published layout that is read, made as the layouts are
 *  described. Each has the same traces; labels "AVAL", "SIBV?" and none, where the layout can. */
#ifndef TESTS_SUPPORT_WORM_FILES_H
#define TESTS_SUPPORT_WORM_FILES_H

#include <stddef.h>

enum {
    WORM_FILE_TIMES = 7,
    WORM_FILE_TRACES = 3
};

/** Value of trace i at frame t; a quarter of a whole number, which every layout keeps. */
double worm_file_value(size_t i, size_t t);

/** Each writes its file, and those that belong to it, among the scratch files; its path. */
const char *worm_file_compact(void);
const char *worm_file_dag(void);
const char *worm_file_nwb(void);
const char *worm_file_flavell(void);
const char *worm_file_randi(void);
const char *worm_file_venkatachalam(void);
const char *worm_file_yemini(void);
const char *worm_file_lin(void);
const char *worm_file_structs(void);

#endif
