/* What can be said of a file or folder that no format claims. */
#include "file.h"
#include "folder.h"
#include "format.h"
#include "hdf5_matrix.h"
#include "try.h"

#include <analysis/formats/reader.h>
#include <analysis/formats/record_io.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MOST_TRIED = 50, /* files of a folder */
    SURE = 50        /* the score of a format by what the file holds, or by its ending */
};

static ana_status say_hdf5(const char *path)
{
    ana_status status = ANA_OK;
    ana_hdf5 *file = NULL;
    ana_hdf5_arrays found = {.n = 0};
    const char *slash = strrchr(path, '/');
    ANA_TRY(ana_hdf5_open(path, NULL, &file));
    ANA_TRY(ana_hdf5_find_arrays(file, &found));
    if (found.n == 0) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte 0: is an HDF5 file whose layout is none of nwb, mat73, "
                          "caiman and signal_h5, and it holds no array of numbers",
                          path);
    } else {
        status = ana_fail(
            ANA_ERR_FORMAT,
            "%s: byte 0: is an HDF5 file whose layout is none of nwb, mat73, "
            "caiman and signal_h5; where arrays are taken, name one of its own behind ':', as in "
            "%s:%s; it holds %s",
            path, slash != NULL ? slash + 1 : path, found.first, found.names.bytes);
    }
done:
    ana_hdf5_arrays_release(&found);
    ana_hdf5_close(file);
    return status;
}

/* Whether the path's ending has a header beside it, which is what should be opened: its name is put
 * into `header`. */
static bool has_header_beside(const char *path, char *header, size_t size)
{
    static const char *const endings[] = {".vhdr", ".ahdr"};
    struct stat seen;
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    const size_t n = dot != NULL ? (size_t)(dot - path) : strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(header, size, "%.*s%s", (int)n, path, endings[i]);
        if (strcmp(header, path) != 0 && stat(header, &seen) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_saved_result(const char *path)
{
    ana_record *record = NULL;
    bool found = ana_record_read(path, &record) == ANA_OK;
    ana_record_free(record);
    return found;
}

/* Whether the file is one that a reader knows for sure. */
static bool is_known(const char *path)
{
    struct stat seen;
    bool known = false;
    ana_format_score *scores = calloc(ana_format_count(), sizeof *scores);
    if (scores != NULL && stat(path, &seen) == 0 && S_ISREG(seen.st_mode)) {
        known = ana_format_detect(path, scores) == ANA_OK && scores[0].score >= SURE;
    }
    free(scores);
    return known;
}

/* A recording among the first files of the folder, by name; NULL: none is. To be freed. */
static char *find_recording(const char *folder)
{
    char *found = NULL;
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (found == NULL && i < MOST_TRIED && entries[i]->d_name[0] != '.' &&
            ana_folder_join(folder, entries[i]->d_name, &found) == ANA_OK && !is_known(found)) {
            free(found);
            found = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return found;
}

static ana_status say_folder(const char *path)
{
    char *found = find_recording(path);
    ana_fail(ANA_ERR_FORMAT,
             "%s: is a folder; recordings are given as files%s%s. Whole folders are read of spikes "
             "sorted by Kilosort or Phy (spike_times.npy) and of Suite2p (F.npy), which it lacks",
             path, found != NULL ? ", as in " : "", found != NULL ? found : "");
    free(found);
    return ANA_ERR_FORMAT;
}

ana_status ana_fail_unknown(const char *path, const char *names)
{
    struct stat seen;
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    unsigned char head[1024];
    char header[1024];
    size_t n = 0;
    if (is_saved_result(path)) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte 0: is a saved result, not a recording; ana info shows it, and "
                        "ana report makes a page of it",
                        path);
    }
    if (stat(path, &seen) == 0 && S_ISDIR(seen.st_mode)) {
        return say_folder(path);
    }
    ANA_TRY(ana_file_open(path, &file));
    n = ana_file_size(file) < sizeof head ? (size_t)ana_file_size(file) : sizeof head;
    ANA_TRY(ana_file_read(file, 0, n, head));
    if (n == 0) {
        status = ana_fail(ANA_ERR_FORMAT, "%s: byte 0: the file is empty", path);
    } else if (ana_hdf5_has_signature(head, n)) {
        status = say_hdf5(path);
    } else if (has_header_beside(path, header, sizeof header)) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte 0: begins like none of the known formats; it seems to belong "
                          "to %s: open that",
                          path, header);
    } else {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte 0: begins like none of the known formats (%s); --format "
                          "reads it as one of them nevertheless",
                          path, names);
    }
done:
    ana_file_close(file);
    return status;
}
