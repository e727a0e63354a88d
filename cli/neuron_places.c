#include "neuron_places.h"

#include "positions_input.h"
#include "try.h"

#include <analysis/options.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AXES = 3,
    MOST_BYTES = 1 << 24
};

/* Places being collected: n x 3, NaN where unknown. */
typedef struct places {
    const char *path;
    size_t n;
    char **names;
    double *xyz;
} places;

static void place(const places *self, const char *name, size_t length, const double *xyz)
{
    for (size_t i = 0; i < self->n; i++) {
        if (strlen(self->names[i]) == length && strncmp(self->names[i], name, length) == 0) {
            memcpy(self->xyz + AXES * i, xyz, AXES * sizeof *xyz);
        }
    }
}

static ana_status read_text(const char *path, char **out)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ana_fail(ANA_ERR_IO, "%s: cannot be opened", path);
    }
    text = malloc(MOST_BYTES + 1);
    if (text == NULL) {
        ANA_TRY(ana_fail(ANA_ERR_MEMORY, "%s: no memory for it", path));
    }
    const size_t n = fread(text, 1, MOST_BYTES + 1, file);
    if (ferror(file) != 0 || n > MOST_BYTES) {
        ANA_TRY(ana_fail(ANA_ERR_IO, "%s: cannot be read, or is longer than %d bytes", path,
                         MOST_BYTES));
    }
    text[n] = '\0';
    *out = text;
    text = NULL;
done:
    free(text);
    (void)fclose(file);
    return status;
}

/* The next word of a line, from *at on; its length, 0 at the line's end. */
static size_t next_word(const char **at)
{
    *at += strspn(*at, " \t\r,");
    return strcspn(*at, " \t\r\n,");
}

static bool read_number(const char *word, size_t length, double *out)
{
    static const ana_option number = {"position", ANA_OPTION_DOUBLE, 0, 0, 0, NULL, NULL, NULL,
                                      false};
    char text[64];
    if (length == 0 || length >= sizeof text) {
        return false;
    }
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    return ana_option_set(&number, out, text) == ANA_OK;
}

static bool read_numbers(const char *line, double xyz[AXES])
{
    for (size_t a = 0; a < AXES; a++) {
        const size_t n = next_word(&line);
        if (!read_number(line, n, &xyz[a])) {
            return false;
        }
        line += n;
    }
    return true;
}

/* "#NAME NAME ..." and below it a line of numbers for each. */
static ana_status read_listed(const places *self, const char *text)
{
    const char *name = text + strspn(text, "# ");
    const char *line = text + strcspn(text, "\n");
    for (size_t row = 2;; row++) {
        double xyz[AXES] = {0.0};
        const size_t length = next_word(&name);
        if (length == 0) {
            return ANA_OK;
        }
        line += *line == '\n' ? 1 : 0;
        if (!read_numbers(line, xyz)) {
            return ana_fail(ANA_ERR_FORMAT, "%s: line %zu: three numbers are wanted, for %.*s",
                            self->path, row, (int)length, name);
        }
        place(self, name, length, xyz);
        name += length;
        line += strcspn(line, "\n");
    }
}

static ana_status read_table(const places *self, const ana_run *run)
{
    const ana_graph nodes = {.n_nodes = self->n, .node_names = self->names};
    size_t n_axes = 0;
    double *found = NULL;
    const ana_status status = load_positions(self->path, &nodes, run, &n_axes, &found);
    for (size_t k = 0; status == ANA_OK && k < self->n * AXES; k++) {
        const size_t axis = k % AXES;
        self->xyz[k] = axis < n_axes ? found[k / AXES * n_axes + axis] : 0.0;
    }
    free(found);
    return status;
}

static bool is_known(const places *self, size_t i)
{
    const double *xyz = self->xyz + AXES * i;
    return isfinite(xyz[0]) && isfinite(xyz[1]) && isfinite(xyz[2]);
}

/* Extent of the known along an axis. */
static void find_extent(const places *self, size_t axis, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < self->n; i++) {
        if (is_known(self, i)) {
            *low = fmin(*low, self->xyz[AXES * i + axis]);
            *high = fmax(*high, self->xyz[AXES * i + axis]);
        }
    }
}

/* The two axes of largest extent, each from 0 to 1, and the unknown in a row below. */
static void flatten(const places *self, double *out)
{
    double low[AXES];
    double high[AXES];
    size_t across = 0;
    for (size_t a = 0; a < AXES; a++) {
        find_extent(self, a, &low[a], &high[a]);
        across = high[a] - low[a] > high[across] - low[across] ? a : across;
    }
    size_t up = across == 0 ? 1 : 0;
    for (size_t a = up + 1; a < AXES; a++) {
        up = a != across && high[a] - low[a] > high[up] - low[up] ? a : up;
    }
    const double width = fmax(high[across] - low[across], 1e-300);
    const double height = fmax(high[up] - low[up], 1e-300);
    size_t n_unknown = 0;
    size_t k = 0;
    for (size_t i = 0; i < self->n; i++) {
        n_unknown += is_known(self, i) ? 0 : 1;
    }
    for (size_t i = 0; i < self->n; i++) {
        const bool known = is_known(self, i);
        const double step = ((double)k + 0.5) / (double)n_unknown;
        const double *xyz = self->xyz + AXES * i;
        out[2 * i] = known ? (xyz[across] - low[across]) / width : step;
        out[2 * i + 1] = known ? (xyz[up] - low[up]) / height : -0.1;
        k += known ? 0 : 1;
    }
}

/* Named by none, or not by all: said, as load_positions says it of tables. */
static ana_status check_listed(const places *self)
{
    size_t n_unknown = 0;
    for (size_t i = 0; i < self->n; i++) {
        n_unknown += is_known(self, i) ? 0 : 1;
    }
    if (n_unknown == self->n) {
        return ana_fail(ANA_ERR_VALUE, "%s: has none of the neurons, such as %s", self->path,
                        self->names[0]);
    }
    if (n_unknown > 0) {
        console_warn("%s: has no place for %zu of %zu neurons", self->path, n_unknown, self->n);
    }
    return ANA_OK;
}

static ana_status read_places(const places *self, const ana_run *run)
{
    ana_status status = ANA_OK;
    char *text = NULL;
    ANA_TRY(read_text(self->path, &text));
    if (text != NULL && text[0] == '#') {
        ANA_TRY(read_listed(self, text));
        ANA_TRY(check_listed(self));
    } else {
        ANA_TRY(read_table(self, run));
    }
done:
    free(text);
    return status;
}

ana_status neuron_places_read(const char *path, size_t n, char **names, const ana_run *run,
                              double **out)
{
    ana_status status = ANA_OK;
    double *flat = malloc(2 * n * sizeof *flat + 1);
    const places self = {path, n, names, calloc(AXES * n + 1, sizeof(double))};
    if (self.xyz == NULL || flat == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "no memory for %zu positions", n);
        goto done;
    }
    for (size_t k = 0; k < AXES * n; k++) {
        self.xyz[k] = NAN;
    }
    ANA_TRY(read_places(&self, run));
    flatten(&self, flat);
    *out = flat;
    flat = NULL;
done:
    free(flat);
    free(self.xyz);
    return status;
}
