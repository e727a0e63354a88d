/* replay CORPUS FORMAT...: a valid file of each format, cuts of it, and every file of
 * CORPUS/FORMAT, through the fuzzers' driver. */
#include "fuzz/driver.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static size_t replay_folder(const char *corpus, const char *format)
{
    char folder[4096];
    size_t n_replayed = 0;
    snprintf(folder, sizeof folder, "%s/%s", corpus, format);
    DIR *entries = opendir(folder);
    for (struct dirent *entry = entries != NULL ? readdir(entries) : NULL; entry != NULL;
         entry = readdir(entries)) {
        char path[8192];
        static uint8_t bytes[1 << 20];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        size_t n = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (file != NULL) {
            fclose(file);
        }
        drive(format, bytes, n);
        n_replayed++;
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return n_replayed;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        uint8_t *seed = NULL;
        size_t n = 0;
        make_seed(argv[i], &seed, &n);
        size_t n_cuts = 0;
        for (size_t cut = 0; seed != NULL && cut <= n; cut += n / 64 + 1) {
            drive(argv[i], seed, cut);
            n_cuts++;
        }
        if (seed != NULL) {
            drive(argv[i], seed, n);
        }
        free(seed);
        size_t n_replayed = replay_folder(argv[1], argv[i]);
        printf("%s: %zu cuts of a valid file and %zu files of the corpus replayed\n", argv[i],
               n_cuts, n_replayed);
    }
    return 0;
}
