#include "folder.h"

#include "memory.h"
#include "text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

ana_status ana_folder_join(const char *folder, const char *name, char **out)
{
    ana_text text = {0};
    ana_text_append(&text, folder);
    if (text.n > 0 && !ana_text_ends_with_ignoring_case(folder, "/")) {
        ana_text_append(&text, "/");
    }
    ana_text_append(&text, name);
    ana_status status = ana_text_check(&text, "path");
    if (status != ANA_OK) {
        ana_text_release(&text);
        return status;
    }
    *out = text.bytes;
    return ANA_OK;
}

ana_status ana_folder_of(const char *path, char **out)
{
    struct stat seen;
    if (stat(path, &seen) == 0 && S_ISDIR(seen.st_mode)) {
        return ana_copy_text(path, out);
    }
    const char *slash = strrchr(path, '/');
    return slash != NULL ? ana_copy_bytes_as_text(path, (size_t)(slash - path) + 1, out)
                         : ana_copy_text(".", out);
}

/* Without allocating, so that probing cannot fail: a longer path is not there. */
static bool is_there(const char *folder, size_t n, const char *name)
{
    char path[PATH_MAX];
    struct stat seen;
    int length = snprintf(path, sizeof path, "%.*s/%s", (int)n, folder, name);
    return length > 0 && (size_t)length < sizeof path && stat(path, &seen) == 0;
}

bool ana_folder_has(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    return n < PATH_MAX && is_there(folder, n, name);
}

bool ana_folder_has_beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return is_there(".", 1, name);
    }
    return slash - path < PATH_MAX && is_there(path, (size_t)(slash - path), name);
}
