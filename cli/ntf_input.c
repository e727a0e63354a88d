#include "ntf_input.h"

#include "try.h"

#include <analysis/formats/array_io.h>
#include <analysis/formats/record_io.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const negatives[] = {"refuse", "missing", "zero", NULL};
static const char *const storages[] = {"memory", "float", "file", NULL};

const ana_option ntf_input_option_table[] = {
    {"array", ANA_OPTION_BOOL, offsetof(ntf_input_options, array), 0, 0, NULL, NULL,
     "the input is an array of 2 to 4 axes to be factorised as it is, not traces", false},
    {"axes", ANA_OPTION_TEXT, offsetof(ntf_input_options, axes), 0, 0, NULL, "NAME,...",
     "what stands along the axes of the array; \"time\" is moved to the end (without it the last "
     "is time), and \"pair\" before it means pairs i < j of neurons",
     false},
    {"negative", ANA_OPTION_CHOICE, offsetof(ntf_input_options, negative), 0, 0, negatives, "RULE",
     "negative values of the array are refused, count as missing, or as zero; NaN is missing",
     false},
    {"weights", ANA_OPTION_TEXT, offsetof(ntf_input_options, weights), 0, 0, NULL, "FILE",
     "array of the same shape: how much each value counts, 0 to 1; without it all count 1", false},
    {"storage", ANA_OPTION_CHOICE, offsetof(ntf_input_options, storage), 0, 0, storages, "WHERE",
     "the array is held in memory, there as floats (half of it), or left in its file (.npy, .h5) "
     "and read in parts, time last",
     false},
    ANA_OPTION_END,
};

void ntf_input_release(ntf_input *input)
{
    ana_tensor_free(input->tensor);
    ana_record_free(input->record);
    ana_matrix_free(input->whole);
    ana_matrix_free(input->weights);
    ana_array_rows_close(input->rows);
    free(input->floats);
    free(input->names);
    if (input->neurons != NULL) {
        free(input->neurons[0]);
    }
    free(input->neurons);
    *input = (ntf_input){.path = NULL};
}

static ana_record *read_affinity(const char *path)
{
    struct stat found;
    ana_record *record = NULL;
    const char *schema = "";
    if (stat(path, &found) != 0 || ana_record_read(path, &record) != ANA_OK) {
        return NULL;
    }
    if (ana_record_get_text(record, "schema", &schema) != ANA_OK ||
        strcmp(schema, "affinity") != 0) {
        ana_record_free(record);
        return NULL;
    }
    return record;
}

bool ntf_input_is_affinity(const char *path)
{
    ana_record *record = read_affinity(path);
    const bool is = record != NULL;
    ana_record_free(record);
    return is;
}

/* Saved affinities: a row for each pair, with the neurons' names. */
static ana_status load_affinity(ntf_input *input, const ana_run *run)
{
    ana_status status = ANA_OK;
    const double *values = NULL;
    double bin = 0.0;
    const ana_record *neurons = ana_record_find(input->record, "neurons");
    ana_shape shape = ana_shape_2(0, NULL, 0, NULL);
    if (neurons == NULL || neurons->type != ANA_RECORD_TEXTS || neurons->shape[0] < 2) {
        return ana_fail(ANA_ERR_FORMAT, "%s: affinities without the names of their neurons",
                        input->path);
    }
    const size_t n = neurons->shape[0];
    if (ana_record_find(input->record, "tensor") == NULL) {
        return ana_fail(ANA_ERR_VALUE,
                        "%s: holds the means of the affinities alone; save them with ana affinity "
                        "--tensor",
                        input->path);
    }
    ANA_TRY(ana_record_get_doubles(input->record, "tensor", &shape, &values));
    if (shape.n[0] != ana_affinity_n_pairs(n)) {
        ANA_TRY(
            ana_fail(ANA_ERR_FORMAT, "%s: %zu pairs of %zu neurons", input->path, shape.n[0], n));
    }
    ANA_TRY(ana_record_get_double(input->record, "bin", &bin));
    const char *const *names = (const char *const *)neurons->texts;
    input->axes = (ana_ntf_axes){
        .names = {"neuron", "neuron", "time"}, .labels = {names, names}, .dt_s = bin};
    input->n_axes = 3;
    input->length[0] = n;
    input->length[1] = n;
    input->length[2] = shape.n[1];
    ANA_TRY(ana_tensor_pairs(n, shape.n[1], values, run, &input->tensor));
done:
    return status;
}

/* "[3][0][17]" of a value of the array. */
static void name_place(const ntf_input *input, size_t at, char *text, size_t size)
{
    size_t index[ANA_TENSOR_MAX_MODES] = {0};
    size_t n = 0;
    for (size_t m = input->n_axes; m-- > 0; at /= input->length[m]) {
        index[m] = at % input->length[m];
    }
    for (size_t m = 0; m < input->n_axes && n < size; m++) {
        n += (size_t)snprintf(text + n, size - n, "[%zu]", index[m]);
    }
}

/* The rule for negative values, to n values from number `first` on; *n_negative: how many. */
static ana_status apply_rule(const ntf_input *input, size_t first, size_t n, double *values,
                             size_t *n_negative)
{
    const ntf_negative rule = input->options->negative;
    for (size_t k = 0; k < n; k++) {
        if (isinf(values[k]) || (values[k] < 0.0 && rule == NTF_NEGATIVE_REFUSE)) {
            char place[128];
            name_place(input, first + k, place, sizeof place);
            return ana_fail(ANA_ERR_VALUE,
                            "%s: value %s is %g; values are finite and not negative, or NaN where "
                            "missing%s",
                            input->path, place, values[k],
                            isinf(values[k]) ? "" : " (--negative missing or zero takes others)");
        }
        if (values[k] < 0.0) {
            values[k] = rule == NTF_NEGATIVE_ZERO ? 0.0 : (double)NAN;
            (*n_negative)++;
        }
    }
    return ANA_OK;
}

static ana_status read_part(void *user, size_t first, size_t n, double *values)
{
    const ntf_input *input = user;
    const size_t n_last = input->length[input->n_axes - 1];
    size_t unused = 0;
    const ana_status status = ana_array_rows_read(input->rows, first, n, values);
    return status == ANA_OK ? apply_rule(input, first * n_last, n * n_last, values, &unused)
                            : status;
}

/* Names of the axes, as they stand in the file; *time: which one time is. */
static ana_status name_axes(ntf_input *input, size_t *time)
{
    static const char *const usual[] = {"mode 0,time", "mode 0,mode 1,time",
                                        "mode 0,mode 1,mode 2,time"};
    const bool square = input->n_axes == 3 && input->length[0] == input->length[1];
    const char *list = input->options->axes;
    if (list == NULL) {
        list = square ? "neuron,neuron,time" : usual[input->n_axes - 2];
    }
    input->names = strdup(list);
    if (input->names == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "ntf: no memory for the names of axes");
    }
    size_t n = 0;
    *time = input->n_axes - 1;
    for (char *word = input->names; word != NULL;) {
        char *comma = strchr(word, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        if (n < input->n_axes) {
            input->axes.names[n] = word;
            *time = strcmp(word, "time") == 0 ? n : *time;
        }
        n++;
        word = comma != NULL ? comma + 1 : NULL;
    }
    return n == input->n_axes ? ANA_OK
                              : ana_fail(ANA_ERR_VALUE, "--axes %s names %zu axes; %s has %zu",
                                         list, n, input->path, input->n_axes);
}

/* Axis `time` of an array goes to the end, in place of its values. */
static ana_status move_to_end(const ntf_input *input, size_t time, ana_matrix *matrix)
{
    const size_t n_values = ana_matrix_size(matrix);
    size_t n_inner = 1;
    double *moved = malloc(n_values * sizeof *moved + 1);
    if (moved == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "ntf: no memory for %zu values with time last", n_values);
    }
    for (size_t m = time + 1; m < input->n_axes; m++) {
        n_inner *= input->length[m];
    }
    const size_t n_times = input->length[time];
    for (size_t k = 0; k < n_values; k++) {
        const size_t outer = k / n_inner / n_times;
        const size_t t = k / n_inner % n_times;
        moved[(outer * n_inner + k % n_inner) * n_times + t] = matrix->values[k];
    }
    free(matrix->values);
    matrix->values = moved;
    return ANA_OK;
}

static void reorder_axes(ntf_input *input, size_t time)
{
    const size_t n_times = input->length[time];
    const char *name = input->axes.names[time];
    for (size_t m = time; m + 1 < input->n_axes; m++) {
        input->length[m] = input->length[m + 1];
        input->axes.names[m] = input->axes.names[m + 1];
    }
    input->length[input->n_axes - 1] = n_times;
    input->axes.names[input->n_axes - 1] = name;
}

static bool axes_fit(const ntf_input *input)
{
    bool fit = input->n_axes >= 2 && input->n_axes <= ANA_TENSOR_MAX_MODES;
    for (size_t m = 0; fit && m < input->n_axes; m++) {
        fit = input->length[m] > 0;
    }
    return fit;
}

static ana_status refuse_axes(const ntf_input *input)
{
    return ana_fail(ANA_ERR_SHAPE, "%s: has %zu axes; 2 to %d that are not empty can be factorised",
                    input->path, input->n_axes, ANA_TENSOR_MAX_MODES);
}

static ana_status load_weights(ntf_input *input, const ana_run *run, size_t time)
{
    ana_status status = ANA_OK;
    if (input->options->weights == NULL) {
        return ANA_OK;
    }
    ANA_TRY(ana_matrix_read(input->options->weights, run, &input->weights));
    bool fits = input->weights->n_axes == input->n_axes;
    for (size_t m = 0; fits && m < input->n_axes; m++) {
        fits = input->weights->axes[m].n == input->length[m];
    }
    if (!fits) {
        return ana_fail(ANA_ERR_SHAPE, "%s: weights have another shape than %s",
                        input->options->weights, input->path);
    }
    if (time + 1 < input->n_axes) {
        ANA_TRY(move_to_end(input, time, input->weights));
    }
done:
    return status;
}

/* Numbers of the neurons of `n` pairs; 0 neurons when no number of them has as many. */
static size_t neurons_of_pairs(size_t n_pairs)
{
    const size_t n = (size_t)((1.0 + sqrt(1.0 + 8.0 * (double)n_pairs)) / 2.0 + 0.5);
    return ana_affinity_n_pairs(n) == n_pairs ? n : 0;
}

static ana_status number_neurons(ntf_input *input, size_t n)
{
    enum {
        NUMBER_SIZE = 24
    };
    char *text = malloc(n * NUMBER_SIZE + 1);
    input->neurons = calloc(n + 1, sizeof *input->neurons);
    if (text == NULL || input->neurons == NULL) {
        free(text);
        return ana_fail(ANA_ERR_MEMORY, "ntf: no memory for %zu neurons", n);
    }
    for (size_t i = 0; i < n; i++) {
        input->neurons[i] = text + i * NUMBER_SIZE;
        snprintf(input->neurons[i], NUMBER_SIZE, "%zu", i);
    }
    input->axes.neurons = (const char *const *)input->neurons;
    return ANA_OK;
}

/* Whether the axis before time is one of pairs; the neurons of which. */
static ana_status find_pairs(ntf_input *input, bool *are)
{
    const size_t axis = input->n_axes - 2;
    *are = strcmp(input->axes.names[axis], "pair") == 0;
    if (!*are) {
        return ANA_OK;
    }
    const size_t n = neurons_of_pairs(input->length[axis]);
    if (n < 2) {
        return ana_fail(ANA_ERR_SHAPE, "%s: %zu is no number of pairs i < j", input->path,
                        input->length[axis]);
    }
    input->axes.n_neurons = n;
    return number_neurons(input, n);
}

/* Rows of pairs become symmetric slices of neurons. */
static ana_status tensor_of_pairs(ntf_input *input, const ana_run *run)
{
    const size_t n = input->axes.n_neurons;
    const size_t n_times = input->length[1];
    double *values = input->whole->values;
    for (size_t k = 0; input->weights != NULL && k < input->length[0] * n_times; k++) {
        const double weight = input->weights->values[k];
        if (weight != 0.0 && weight != 1.0) {
            return ana_fail(ANA_ERR_VALUE, "%s: weight %zu is %g; those of pairs are 0 or 1",
                            input->options->weights, k, weight);
        }
        values[k] = weight > 0.0 ? values[k] : (double)NAN;
    }
    const char *const *names = (const char *const *)input->neurons;
    input->axes.names[0] = "neuron";
    input->axes.names[1] = "neuron";
    input->axes.names[2] = "time";
    input->axes.labels[0] = names;
    input->axes.labels[1] = names;
    input->axes.n_neurons = 0;
    input->n_axes = 3;
    input->length[2] = n_times;
    input->length[0] = n;
    input->length[1] = n;
    return ana_tensor_pairs(n, n_times, values, run, &input->tensor);
}

/* The array in memory as floats; its doubles are given up on the way, or never were. */
static ana_status tensor_of_floats(ntf_input *input, const ana_run *run)
{
    ana_status status = ANA_OK;
    double *part = NULL;
    size_t n_rows = 1;
    const size_t n_last = input->length[input->n_axes - 1];
    const size_t n_part = n_last < (1U << 18) ? (1U << 18) / n_last : 1;
    for (size_t m = 0; m + 1 < input->n_axes; m++) {
        n_rows *= input->length[m];
    }
    ANA_TRY(ana_run_check_memory(run, n_rows * n_last * sizeof(float), input->path));
    input->floats = malloc(n_rows * n_last * sizeof *input->floats);
    part = malloc(n_part * n_last * sizeof *part);
    if (input->floats == NULL || part == NULL) {
        status = ana_fail(ANA_ERR_MEMORY, "ntf: no memory for %zu floats", n_rows * n_last);
        goto done;
    }
    for (size_t row = 0; row < n_rows; row += n_part) {
        const size_t n = n_rows - row < n_part ? n_rows - row : n_part;
        const double *values = input->whole != NULL ? input->whole->values + row * n_last : part;
        if (input->whole == NULL) {
            ANA_TRY(ana_array_rows_read(input->rows, row, n, part));
            ANA_TRY(apply_rule(input, row * n_last, n * n_last, part, &input->n_negative));
        }
        for (size_t k = 0; k < n * n_last; k++) {
            input->floats[row * n_last + k] = (float)values[k];
        }
    }
    ana_matrix_free(input->whole);
    input->whole = NULL;
    ANA_TRY(ana_tensor_floats(input->n_axes, input->length, input->floats,
                              input->weights != NULL ? input->weights->values : NULL, run,
                              &input->tensor));
done:
    free(part);
    return status;
}

static ana_status load_whole(ntf_input *input, const ana_run *run)
{
    ana_status status = ANA_OK;
    bool pairs = false;
    size_t time = 0;
    ANA_TRY(ana_matrix_read(input->path, run, &input->whole));
    input->n_axes = input->whole->n_axes;
    for (size_t m = 0; m < input->n_axes; m++) {
        input->length[m] = input->whole->axes[m].n;
    }
    if (!axes_fit(input)) {
        return refuse_axes(input);
    }
    ANA_TRY(name_axes(input, &time));
    ANA_TRY(apply_rule(input, 0, ana_matrix_size(input->whole), input->whole->values,
                       &input->n_negative));
    ANA_TRY(load_weights(input, run, time));
    if (time + 1 < input->n_axes) {
        ANA_TRY(move_to_end(input, time, input->whole));
        reorder_axes(input, time);
    }
    ANA_TRY(find_pairs(input, &pairs));
    if (pairs && input->n_axes == 2) {
        ANA_TRY(tensor_of_pairs(input, run));
    } else if (input->options->storage == NTF_AS_FLOATS) {
        ANA_TRY(tensor_of_floats(input, run));
    } else {
        ANA_TRY(ana_tensor_dense(input->n_axes, input->length, input->whole->values,
                                 input->weights != NULL ? input->weights->values : NULL, run,
                                 &input->tensor));
    }
done:
    return status;
}

/* Rows of a file with time last, which never is in memory as a whole. */
static ana_status load_rows(ntf_input *input, const ana_run *run)
{
    ana_status status = ANA_OK;
    bool pairs = false;
    size_t time = 0;
    input->n_axes = ana_array_rows_n_axes(input->rows);
    for (size_t m = 0; m < input->n_axes; m++) {
        input->length[m] = ana_array_rows_length(input->rows, m);
    }
    if (!axes_fit(input)) {
        return refuse_axes(input);
    }
    ANA_TRY(name_axes(input, &time));
    ANA_TRY(find_pairs(input, &pairs));
    if (time + 1 < input->n_axes || (pairs && input->n_axes == 2)) {
        ANA_TRY(ana_fail(ANA_ERR_UNSUPPORTED,
                         "%s: an array with time not last, or of pairs alone, is held in memory "
                         "(--storage memory)",
                         input->path));
    }
    if (input->options->storage == NTF_AS_FLOATS) {
        ANA_TRY(load_weights(input, run, time));
        ANA_TRY(tensor_of_floats(input, run));
    } else {
        ANA_TRY(
            ana_tensor_stream(input->n_axes, input->length, read_part, input, run, &input->tensor));
    }
done:
    return status;
}

/* Whether floats can be made a few rows at a time. */
static bool can_be_read_in_parts(ntf_input *input)
{
    const bool opened = ana_array_rows_open(input->path, &input->rows) == ANA_OK;
    const char *axes = input->options->axes;
    const char *time = axes != NULL ? strstr(axes, "time") : NULL;
    if (opened && time != NULL && time[4] == ',') {
        ana_array_rows_close(input->rows);
        input->rows = NULL;
    }
    return input->rows != NULL;
}

ana_status ntf_input_load(const char *path, const ntf_input_options *options, double bin_s,
                          const ana_run *run, ntf_input *out)
{
    *out = (ntf_input){.path = path, .options = options, .axes = {.dt_s = bin_s}};
    out->record = read_affinity(path);
    if (out->record != NULL) {
        return load_affinity(out, run);
    }
    if (options->storage == NTF_IN_FILE) {
        const ana_status status =
            options->weights == NULL
                ? ana_array_rows_open(path, &out->rows)
                : ana_fail(ANA_ERR_UNSUPPORTED, "--weights go with arrays held in memory");
        return status == ANA_OK ? load_rows(out, run) : status;
    }
    if (options->storage == NTF_AS_FLOATS && can_be_read_in_parts(out)) {
        return load_rows(out, run);
    }
    return load_whole(out, run);
}

void ntf_input_say(const ntf_input *input, const console_options *console)
{
    char shape[128] = "";
    size_t n = 0;
    for (size_t m = 0; m < input->n_axes && n < sizeof shape; m++) {
        n += (size_t)snprintf(shape + n, sizeof shape - n, "%s%zu", m > 0 ? " x " : "",
                              input->length[m]);
    }
    console_say(console, "%s: %s%s", input->path, shape,
                ana_tensor_is_symmetric(input->tensor)
                    ? ", slices symmetric (--symmetric gives both modes one factor)"
                    : "");
    if (input->n_negative > 0) {
        console_warn("%s: %zu negative values count as %s", input->path, input->n_negative,
                     input->options->negative == NTF_NEGATIVE_ZERO ? "0" : "missing");
    }
}
