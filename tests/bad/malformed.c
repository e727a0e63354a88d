/* Every entry of ANA_SHARED/reference/formats/malformed_expectations.json ends as it says. */
#include "child.h"
#include "support/shared.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Folders of formats that are not read yet; their entries are counted and listed. A folder of a
 * format that is in the table of readers must not stand here. */
static const struct {
    const char *folder;
    const char *reader;
} not_read_yet[] = {
    {"bids", NULL},
    {"npy", "npy"},
    {"nwb", "nwb"},
    {"phy_mismatch", "phy"},
    {"safetensors", "safetensors"},
    {"spikeglx", NULL},
    {"suite2p_mismatch", "suite2p"},
    {"xdf", NULL},
};

/* "malformed/edf/empty.edf": its second part, the folder. */
static void folder_of(const char *key, char *folder, size_t size)
{
    const char *first = strchr(key, '/');
    const char *begin = first != NULL ? first + 1 : key;
    snprintf(folder, size, "%.*s", (int)strcspn(begin, "/"), begin);
}

static bool is_reader(const char *name)
{
    for (size_t i = 0; name != NULL && i < ana_format_count(); i++) {
        if (strcmp(ana_format_get(i).name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_read(const char *folder)
{
    for (size_t i = 0; i < sizeof not_read_yet / sizeof not_read_yet[0]; i++) {
        if (strcmp(folder, not_read_yet[i].folder) == 0) {
            return is_reader(not_read_yet[i].reader);
        }
    }
    return true;
}

static bool accepts(const json_t *accept, const char *ended)
{
    for (size_t i = 0; i < json_array_size(accept); i++) {
        if (strcmp(json_string_value(json_array_get(accept, i)), ended) == 0) {
            return true;
        }
    }
    return false;
}

static void check_entry(tally *counts, const char *root, const char *key, const json_t *expected)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/data/formats/%s", root, key);
    counts->file = key;
    counts->n_cases++;
    const reading read = read_in_child(path, read_as_recording);
    const outcome ended = read.ended;
    const char *sentence = read.sentence;
    printf("  %-44s %-6s %s\n", key, outcome_name(ended), sentence);
    char *accept = json_dumps(json_object_get(expected, "accept"), 0);
    tally_that(counts, accepts(json_object_get(expected, "accept"), outcome_name(ended)),
               "ends as %s (%s), wanted one of %s", outcome_name(ended), sentence,
               accept != NULL ? accept : "?");
    if (ended == OUTCOME_ERROR) {
        tally_that(counts, names_place(sentence, path), "the refusal names no place: %s", sentence);
    }
    free(accept);
    counts->file = NULL;
}

int main(void)
{
    const char *root = shared_root();
    char path[4096];
    if (root == NULL ||
        !shared_path("reference/formats/malformed_expectations.json", path, sizeof path)) {
        printf("ANA_SHARED is not on this machine\n");
        return TEST_SKIPPED;
    }
    json_error_t error;
    json_t *expectations = json_load_file(path, 0, &error);
    if (expectations == NULL) {
        printf("%s: %s\n", path, error.text);
        return 1;
    }
    tally counts = {0};
    size_t n_waiting = 0;
    const char *key = NULL;
    json_t *expected = NULL;
    json_object_foreach(expectations, key, expected)
    {
        char folder[64];
        folder_of(key, folder, sizeof folder);
        if (!json_is_true(json_object_get(expected, "entry"))) {
            continue;
        }
        if (is_read(folder)) {
            check_entry(&counts, root, key, expected);
        } else {
            printf("  %-44s not read yet\n", key);
            n_waiting++;
        }
    }
    printf("%zu entries of formats that are not read yet\n", n_waiting);
    json_decref(expectations);
    return tally_finish(&counts, "bad-input.malformed");
}
