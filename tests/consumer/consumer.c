/* A program of somebody else, valid as C11 and as C++17: makes a matrix, writes it, reads it back,
 * and asks for an error's sentence. */
#include <analysis/formats/array_io.h>
#include <analysis/formats/reader.h>
#include <analysis/models/hmm.h>
#include <analysis/version.h>

#include <stdio.h>
#include <string.h>

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, ana_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    const char *names[2] = {"time", "unit"};
    const size_t lengths[2] = {3, 2};
    ana_matrix *matrix = NULL;
    ana_matrix *again = NULL;
    ana_recording *recording = NULL;
    if (argc != 2 || ana_matrix_new(2, names, lengths, &matrix) != ANA_OK) {
        return failed("new");
    }
    for (size_t i = 0; i < ana_matrix_size(matrix); i++) {
        matrix->values[i] = 0.1 * (double)i - 0.2;
    }
    if (ana_matrix_write(matrix, argv[1]) != ANA_OK ||
        ana_matrix_read(argv[1], NULL, &again) != ANA_OK ||
        memcmp(matrix->values, again->values, 6 * sizeof(double)) != 0) {
        return failed("round trip");
    }
    if (ana_recording_read("no-such-file", NULL, &recording) != ANA_ERR_IO ||
        strstr(ana_last_error(), "no-such-file") == NULL) {
        return failed("error");
    }
    ana_matrix_free(matrix);
    ana_matrix_free(again);
    printf("%s: libanalysis %s, %s\n", argv[0], ana_version(), ana_build());
    return ana_hmm_options_default().n_states == 3 ? 0 : 1;
}
