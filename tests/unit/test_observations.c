#include "support/check.h"
#include "support/fail_nth.h"
#include "support/scratch.h"

#include <analysis/formats/record_io.h>
#include <analysis/observations.h>
#include <analysis/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Irregular counts with missing bins: features ids[...] in sequences of the given lengths. */
static ana_observations *make_part(size_t n_features, const int64_t *ids, size_t n_sequences,
                                   const size_t *lengths, uint64_t seed)
{
    ana_observations *part = NULL;
    ana_random random = ana_random_stream(seed, "test.observations", 0);
    size_t n_times = 0;
    for (size_t s = 0; s < n_sequences; s++) {
        n_times += lengths[s];
    }
    check_ok(ana_observations_new(n_times, n_features, &part));
    for (size_t i = 0; i < n_times * n_features; i++) {
        bool missing = ana_random_below(&random, 9) == 0;
        part->values[i] = missing ? (double)NAN : (double)ana_random_poisson(&random, 2.5);
    }
    memcpy(part->features->columns[0].ints, ids, n_features * sizeof *ids);
    part->bin_s = 0.1;
    part->sequence_origin[0] = 12.5;
    part->unit = strdup("count");
    check_ok(ana_observations_set_sequences(part, n_sequences, lengths, NULL));
    check_ok(ana_observations_check(part));
    return part;
}

/* Give the part random labels among those names. */
static void add_labels(ana_observations *part, size_t n, const char *const *names, uint64_t seed)
{
    ana_random random = ana_random_stream(seed, "test.labels", 0);
    part->labels = calloc(part->n_times, sizeof *part->labels);
    part->label_names = calloc(n, sizeof *part->label_names);
    part->n_labels = n;
    for (size_t k = 0; k < n; k++) {
        part->label_names[k] = strdup(names[k]);
    }
    for (size_t t = 0; t < part->n_times; t++) {
        part->labels[t] = (int64_t)ana_random_below(&random, n + 1) - 1;
    }
    check_ok(ana_observations_check(part));
}

static const size_t two_lengths[] = {7, 4};
static const size_t three_lengths[] = {3, 9, 5};
static const int64_t first_ids[] = {10, 20, 30, 40};
static const int64_t second_ids[] = {40, 50, 20};

static void new_observations_are_one_sequence_of_zeros(void **state)
{
    (void)state;
    ana_observations *observations = NULL;
    check_ok(ana_observations_new(6, 3, &observations));
    check_ok(ana_observations_check(observations));
    assert_int_equal(observations->n_sequences, 1);
    assert_int_equal(observations->sequence_start[1], 6);
    assert_string_equal(observations->sequence_name[0], "0");
    assert_true(observations->sequence_origin[0] == 0.0);
    assert_true(isnan(observations->bin_s));
    for (size_t i = 0; i < 18; i++) {
        assert_true(observations->values[i] == 0.0);
    }
    assert_int_equal(ana_table_find(observations->features, "id")->ints[2], 2);
    ana_observations_free(observations);
    ana_observations_free(NULL);
    check_ok(ana_observations_new(0, 3, &observations));
    check_ok(ana_observations_check(observations));
    assert_int_equal(observations->n_sequences, 0);
    ana_observations_free(observations);
    check_fails(ana_observations_new(SIZE_MAX, 2, &observations), ANA_ERR_SHAPE, "overflow");
    check_fails(ana_observations_new(SIZE_MAX / 8, 1, &observations), ANA_ERR_MEMORY, "obs");
}

static void cutting_into_sequences_keeps_the_time_of_each_row(void **state)
{
    (void)state;
    ana_observations *part = make_part(4, first_ids, 2, two_lengths, 1);
    assert_string_equal(part->sequence_name[1], "1");
    check_close(part->sequence_origin[1], 12.5 + 0.7, 0.0, 1e-15);
    part->sequence_origin[1] = 100.0; /* a later session */
    check_ok(ana_observations_set_sequences(part, 3, (const size_t[]){2, 6, 3},
                                            (const char *const[]){"a", "b", "c"}));
    check_ok(ana_observations_check(part));
    assert_string_equal(part->sequence_name[2], "c");
    assert_int_equal(part->sequence_start[2], 8);
    check_close(part->sequence_origin[1], 12.7, 0.0, 1e-15);
    check_close(part->sequence_origin[2], 100.1, 0.0, 1e-15);
    check_fails(ana_observations_set_sequences(part, 3, (const size_t[]){2, 0, 9}, NULL),
                ANA_ERR_SHAPE, "sequence 1 has 0 rows");
    check_fails(ana_observations_set_sequences(part, 1, (const size_t[]){10}, NULL), ANA_ERR_SHAPE,
                "10 rows in all, not of 11");
    check_fails(ana_observations_set_sequences(part, 2, (const size_t[]){2, SIZE_MAX}, NULL),
                ANA_ERR_SHAPE, "1 to 9");
    assert_int_equal(part->n_sequences, 3);
    ana_observations_free(part);
}

static bool same_value(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static void rebinned_rows_are_sums_within_each_sequence(void **state)
{
    (void)state;
    static const char *const names[] = {"run", "rem", "sws"};
    ana_observations *part = make_part(4, first_ids, 3, three_lengths, 2);
    add_labels(part, 3, names, 2);
    for (size_t factor = 1; factor <= 9; factor++) {
        ana_observations *rebinned = NULL;
        check_ok(ana_observations_rebin(part, factor, &rebinned));
        check_ok(ana_observations_check(rebinned));
        check_close(rebinned->bin_s, 0.1 * (double)factor, 0.0, 1e-15);
        assert_string_equal(rebinned->unit, "count");
        assert_int_equal(ana_table_find(rebinned->features, "id")->ints[3], 40);
        size_t row = 0;
        size_t sequence = 0;
        for (size_t s = 0; s < 3; s++) {
            size_t n = three_lengths[s] / factor;
            if (n == 0) {
                continue;
            }
            assert_int_equal(rebinned->sequence_start[sequence], row);
            assert_string_equal(rebinned->sequence_name[sequence], part->sequence_name[s]);
            assert_true(rebinned->sequence_origin[sequence] == part->sequence_origin[s]);
            for (size_t i = 0; i < n; i++, row++) {
                size_t first = part->sequence_start[s] + i * factor;
                for (size_t f = 0; f < 4; f++) {
                    double sum = 0.0;
                    for (size_t r = 0; r < factor; r++) {
                        sum += part->values[(first + r) * 4 + f];
                    }
                    assert_true(same_value(rebinned->values[row * 4 + f], sum));
                }
                size_t count[4] = {0};
                for (size_t r = 0; r < factor; r++) {
                    count[part->labels[first + r] + 1]++;
                }
                size_t best = 0;
                for (size_t k = 1; k < 4; k++) {
                    best = count[k] > count[best] ? k : best;
                }
                assert_int_equal(rebinned->labels[row], (int64_t)best - 1);
            }
            sequence++;
        }
        assert_int_equal(rebinned->n_times, row);
        assert_int_equal(rebinned->n_sequences, sequence);
        ana_observations_free(rebinned);
    }
    ana_observations *none = NULL;
    check_fails(ana_observations_rebin(part, 0, &none), ANA_ERR_VALUE, "factor");
    check_fails(ana_observations_rebin(part, 10, &none), ANA_ERR_VALUE, "10 rows");
    assert_null(none);
    ana_observations_free(part);
}

/* Row of the feature with that id in a part; n_features when it is not there. */
static size_t feature_of(const ana_observations *part, int64_t id)
{
    size_t f = 0;
    while (f < part->n_features && ana_table_find(part->features, "id")->ints[f] != id) {
        f++;
    }
    return f;
}

static void check_joined(const ana_observations *joined, ana_observations *const *parts, size_t n)
{
    size_t row = 0;
    size_t sequence = 0;
    check_ok(ana_observations_check(joined));
    for (size_t p = 0; p < n; p++) {
        const ana_observations *part = parts[p];
        for (size_t s = 0; s < part->n_sequences; s++, sequence++) {
            assert_int_equal(joined->sequence_start[sequence], row + part->sequence_start[s]);
            assert_string_equal(joined->sequence_name[sequence], part->sequence_name[s]);
            assert_true(joined->sequence_origin[sequence] == part->sequence_origin[s]);
        }
        for (size_t t = 0; t < part->n_times; t++, row++) {
            for (size_t f = 0; f < joined->n_features; f++) {
                size_t from = feature_of(part, ana_table_find(joined->features, "id")->ints[f]);
                double value = joined->values[row * joined->n_features + f];
                double wanted = from < part->n_features ? part->values[t * part->n_features + from]
                                                        : (double)NAN;
                assert_true(same_value(value, wanted));
            }
            const char *label = part->labels != NULL && part->labels[t] >= 0
                                    ? part->label_names[part->labels[t]]
                                    : "none";
            const char *found = joined->labels != NULL && joined->labels[row] >= 0
                                    ? joined->label_names[joined->labels[row]]
                                    : "none";
            assert_string_equal(found, label);
        }
    }
    assert_int_equal(joined->n_times, row);
    assert_int_equal(joined->n_sequences, sequence);
}

static void joining_keeps_shared_features_or_all(void **state)
{
    (void)state;
    ana_observations *parts[] = {make_part(4, first_ids, 2, two_lengths, 3),
                                 make_part(3, second_ids, 3, three_lengths, 4)};
    ana_observations *joined = NULL;
    add_labels(parts[0], 2, (const char *const[]){"run", "rem"}, 5);
    add_labels(parts[1], 2, (const char *const[]){"sws", "run"}, 6);
    check_ok(ana_table_add_texts(parts[0]->features, "label",
                                 (const char *const[]){"good", "mua", NULL, "good"}));
    check_ok(ana_observations_join(2, parts, false, &joined));
    assert_int_equal(joined->n_features, 2);
    assert_int_equal(ana_table_find(joined->features, "id")->ints[0], 20);
    assert_int_equal(ana_table_find(joined->features, "id")->ints[1], 40);
    assert_string_equal(ana_table_find(joined->features, "label")->texts[0], "mua");
    assert_int_equal(joined->n_labels, 3);
    assert_string_equal(joined->label_names[2], "sws");
    assert_string_equal(joined->unit, "count");
    assert_true(joined->bin_s == 0.1);
    check_joined(joined, parts, 2);
    ana_observations_free(joined);

    check_ok(ana_observations_join(2, parts, true, &joined));
    static const int64_t all[] = {10, 20, 30, 40, 50};
    assert_int_equal(joined->n_features, 5);
    assert_memory_equal(ana_table_find(joined->features, "id")->ints, all, sizeof all);
    assert_true(ana_column_is_missing(ana_table_find(joined->features, "label"), 4));
    check_joined(joined, parts, 2);
    ana_observations_free(joined);

    check_ok(ana_observations_join(1, parts, false, &joined));
    assert_int_equal(joined->n_features, 4);
    check_joined(joined, parts, 1);
    ana_observations_free(joined);
    ana_observations_free(parts[0]);
    ana_observations_free(parts[1]);
}

static void features_may_be_named_by_texts(void **state)
{
    (void)state;
    ana_observations *parts[2];
    ana_observations *joined = NULL;
    static const char *const names[2][2] = {{"Fz", "40"}, {"40", "Pz"}};
    for (size_t p = 0; p < 2; p++) {
        parts[p] = make_part(2, first_ids, 2, two_lengths, p);
        ana_table_free(parts[p]->features);
        check_ok(ana_table_new(2, &parts[p]->features));
        check_ok(ana_table_add_texts(parts[p]->features, "id", names[p]));
    }
    check_ok(ana_observations_join(2, parts, false, &joined));
    assert_int_equal(joined->n_features, 1);
    assert_string_equal(ana_table_find(joined->features, "id")->texts[0], "40");
    assert_true(same_value(joined->values[0], parts[0]->values[1]));
    assert_true(same_value(joined->values[11], parts[1]->values[0]));
    ana_observations_free(joined);
    ana_observations_free(parts[0]);
    ana_observations_free(parts[1]);
}

static void parts_that_do_not_agree_are_refused(void **state)
{
    (void)state;
    static const int64_t others[] = {1, 2, 3};
    ana_observations *parts[] = {make_part(4, first_ids, 2, two_lengths, 3),
                                 make_part(3, others, 3, three_lengths, 4)};
    ana_observations *joined = NULL;
    check_fails(ana_observations_join(0, parts, false, &joined), ANA_ERR_VALUE, "nothing");
    check_fails(ana_observations_join(2, parts, false, &joined), ANA_ERR_VALUE, "in common");
    parts[1]->bin_s = 0.2;
    check_fails(ana_observations_join(2, parts, true, &joined), ANA_ERR_VALUE, "0.2 s wide");
    parts[1]->bin_s = NAN;
    check_fails(ana_observations_join(2, parts, true, &joined), ANA_ERR_VALUE, "wide");
    parts[1]->bin_s = 0.1;
    parts[1]->unit[0] = 'C';
    check_fails(ana_observations_join(2, parts, true, &joined), ANA_ERR_VALUE, "in Count");
    parts[1]->unit[0] = 'c';
    parts[1]->features->columns[0].ints[1] = 3;
    check_fails(ana_observations_join(2, parts, true, &joined), ANA_ERR_VALUE,
                "\"3\" stands twice in part 1");
    assert_null(joined);
    ana_observations_free(parts[0]);
    ana_observations_free(parts[1]);
}

static void check_finds_each_broken_invariant(void **state)
{
    (void)state;
    ana_observations *part = make_part(4, first_ids, 2, two_lengths, 3);
    add_labels(part, 2, (const char *const[]){"a", "b"}, 1);
    const ana_observations good = *part;
    part->sequence_start[0] = 1;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "rows 1 to 11");
    part->sequence_start[0] = 0;
    part->sequence_start[1] = 11;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "sequence 1 is empty");
    part->sequence_start[1] = 7;
    char *name = part->sequence_name[1];
    part->sequence_name[1] = NULL;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "sequence 1 has no name");
    part->sequence_name[1] = name;
    part->sequence_origin[0] = NAN;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "sequence 0 starts");
    part->sequence_origin[0] = 0.0;
    part->bin_s = 0.0;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "bin width");
    part->bin_s = INFINITY;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "bin width");
    *part = good;
    double value = part->values[6];
    part->values[6] = -INFINITY;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "row 1, feature 2 is infinite");
    part->values[6] = value;
    part->n_features = 3;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "3 features");
    *part = good;
    part->features->columns[0].name[0] = 'x';
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "\"id\"");
    part->features->columns[0].name[0] = 'i';
    int64_t label = part->labels[4];
    part->labels[4] = 2;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "row 4 has the label 2");
    part->labels[4] = -2;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "row 4");
    part->labels[4] = label;
    part->label_names = NULL;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "go together");
    *part = good;
    part->labels = NULL;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "go together");
    *part = good;
    name = part->label_names[1];
    part->label_names[1] = NULL;
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "label 1 has no name");
    part->label_names[1] = name;
    check_ok(ana_observations_check(part));
    ana_observations_free(part);
    part = make_part(4, first_ids, 2, two_lengths, 3);
    part->labels = calloc(part->n_times, sizeof *part->labels); /* 0 is no label without names */
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "row 0 has the label 0; there are 0");
    memset(part->labels, 0xff, part->n_times * sizeof *part->labels); /* none anywhere */
    check_ok(ana_observations_check(part));
    ana_table_free(part->features);
    check_ok(ana_table_new(4, &part->features));
    check_ok(ana_table_add_doubles(part->features, "id", NULL, part->values));
    check_fails(ana_observations_check(part), ANA_ERR_VALUE, "integers or texts");
    ana_observations_free(part);
}

static void a_record_gives_the_same_observations_back(void **state)
{
    (void)state;
    ana_observations *parts[] = {make_part(4, first_ids, 2, two_lengths, 3),
                                 make_part(3, second_ids, 3, three_lengths, 4)};
    ana_observations *back = NULL;
    ana_record *record = NULL;
    ana_record *again = NULL;
    char where[64] = "";
    add_labels(parts[0], 2, (const char *const[]){"run", "rem"}, 5);
    parts[1]->bin_s = NAN;
    free(parts[1]->unit);
    parts[1]->unit = NULL;
    for (size_t p = 0; p < 2; p++) {
        check_ok(ana_observations_to_record(parts[p], &record));
        check_ok(ana_record_check(record));
        check_ok(ana_observations_from_record(record, &back));
        assert_true(same_value(back->bin_s, parts[p]->bin_s));
        assert_int_equal(back->labels != NULL, p == 0);
        check_joined(back, &parts[p], 1); /* the same values, sequences and labels */
        check_ok(ana_observations_to_record(back, &again));
        assert_true(ana_record_equal(record, again, where, sizeof where));
        ana_record_free(again);
        ana_record_free(record);
        ana_observations_free(back);
        ana_observations_free(parts[p]);
    }
}

static void features_are_taken_with_all_that_belongs_to_the_rows(void **state)
{
    (void)state;
    ana_observations *part = make_part(4, first_ids, 3, three_lengths, 8);
    ana_observations *taken = NULL;
    add_labels(part, 2, (const char *const[]){"wake", "sleep"}, 9);
    const size_t features[] = {3, 1};
    check_ok(ana_observations_take(part, 2, features, &taken));
    check_ok(ana_observations_check(taken));
    assert_int_equal(taken->n_features, 2);
    assert_int_equal(ana_table_find(taken->features, "id")->ints[0], 40);
    assert_int_equal(ana_table_find(taken->features, "id")->ints[1], 20);
    for (size_t t = 0; t < part->n_times; t++) {
        check_close(taken->values[2 * t], part->values[4 * t + 3], 0.0, 0.0);
        check_close(taken->values[2 * t + 1], part->values[4 * t + 1], 0.0, 0.0);
    }
    assert_memory_equal(taken->sequence_start, part->sequence_start, 4 * sizeof(size_t));
    assert_memory_equal(taken->sequence_origin, part->sequence_origin, 3 * sizeof(double));
    assert_memory_equal(taken->labels, part->labels, part->n_times * sizeof(int64_t));
    assert_string_equal(taken->label_names[1], "sleep");
    assert_string_equal(taken->unit, "count");
    check_close(taken->bin_s, 0.1, 0.0, 0.0);
    ana_observations_free(taken);
    char thirty[] = "30";
    char ten[] = "10";
    char *ids[] = {thirty, ten};
    check_ok(ana_observations_take_ids(part, "test", 2, ids, &taken));
    assert_int_equal(ana_table_find(taken->features, "id")->ints[0], 30);
    check_close(taken->values[1], part->values[0], 0.0, 0.0);
    ana_observations_free(taken);
    taken = NULL;
    ten[1] = '1';
    check_fails(ana_observations_take_ids(part, "test", 2, ids, &taken), ANA_ERR_SHAPE, "unit 11");
    check_fails(ana_observations_take(part, 1, (const size_t[]){4}, &taken), ANA_ERR_VALUE,
                "no feature 4");
    assert_null(taken);
    ana_observations_free(part);
}

static void a_file_gives_the_same_observations_back(void **state)
{
    (void)state;
    static const char *const files[] = {"features.h5", "features.json"};
    ana_observations *part = make_part(4, first_ids, 2, two_lengths, 3);
    add_labels(part, 2, (const char *const[]){"run", "rem"}, 5);
    ana_record *record = NULL;
    check_ok(ana_observations_to_record(part, &record));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ana_record *read = NULL;
        ana_observations *back = NULL;
        check_ok(ana_record_write(record, scratch(files[i])));
        check_ok(ana_record_read(scratch(files[i]), &read));
        check_ok(ana_observations_from_record(read, &back));
        check_joined(back, &part, 1);
        ana_observations_free(back);
        ana_record_free(read);
    }
    ana_record_free(record);
    ana_observations_free(part);
}

static ana_record *child(ana_record *group, const char *name)
{
    for (size_t i = 0; i < group->n_children; i++) {
        if (strcmp(group->children[i]->name, name) == 0) {
            return group->children[i];
        }
    }
    fail_msg("there is no \"%s\"", name);
    return group;
}

static void a_record_that_holds_no_observations_is_refused(void **state)
{
    (void)state;
    ana_observations *part = make_part(4, first_ids, 2, two_lengths, 3);
    ana_observations *back = NULL;
    ana_record *record = NULL;
    add_labels(part, 2, (const char *const[]){"run", "rem"}, 5);
    check_ok(ana_record_new(&record));
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "no observations");
    ana_record_free(record);
    check_ok(ana_observations_to_record(part, &record));
    char *schema = child(record, "schema")->text;
    schema[0] = 'O';
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "\"Observations\"");
    schema[0] = 'o';
    ana_record *values = child(record, "values");
    values->n_axes = 1;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "axes");
    values->n_axes = 2;
    values->doubles[0] = INFINITY;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "infinite");
    values->doubles[0] = 0.0;
    ana_record *sequences = child(record, "sequences");
    ana_record *starts = child(sequences, "start");
    starts->shape[0] = 2;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "3 borders");
    starts->shape[0] = 3;
    starts->ints[1] = -1;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "sequence 1 is empty");
    starts->ints[1] = 7;
    child(record, "bin")->number = -1.0;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "bin width");
    child(record, "bin")->number = 0.1;
    child(record, "labels")->shape[0] = 10;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "10 labels");
    child(record, "labels")->shape[0] = 11;
    child(record, "labels")->ints[3] = 2;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "the label 2");
    child(record, "labels")->ints[3] = 1;
    child(child(child(record, "features"), "about"), "n_rows")->integer = 3;
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "\"id\"");
    child(record, "features")->name[0] = 'F';
    check_fails(ana_observations_from_record(record, &back), ANA_ERR_FORMAT, "features");
    assert_null(back);
    ana_record_free(record);
    ana_observations_free(part);
}

static void without_memory_observations_stay_as_they_were(void **state)
{
    (void)state;
    ana_observations *parts[] = {make_part(4, first_ids, 2, two_lengths, 3),
                                 make_part(3, second_ids, 3, three_lengths, 4)};
    ana_observations *made = NULL;
    ana_record *record = NULL;
    add_labels(parts[0], 2, (const char *const[]){"run", "rem"}, 5);
    ALLOCATION_TEST(ana_observations_new, (6, 2, &made), ana_observations_free(made));
    ALLOCATION_TEST(ana_observations_set_sequences,
                    (parts[0], 2, (const size_t[]){5, 6}, (const char *const[]){"a", "b"}),
                    (void)0);
    ALLOCATION_TEST(ana_observations_join, (2, parts, true, &made), ana_observations_free(made));
    ALLOCATION_TEST(ana_observations_rebin, (parts[0], 2, &made), ana_observations_free(made));
    ALLOCATION_TEST(ana_observations_take, (parts[0], 2, ((const size_t[]){1, 0}), &made),
                    ana_observations_free(made));
    char twenty[] = "20";
    char *ids[] = {twenty};
    ALLOCATION_TEST(ana_observations_take_ids, (parts[0], "test", 1, ids, &made),
                    ana_observations_free(made));
    ALLOCATION_TEST(ana_observations_to_record, (parts[0], &record), ana_record_free(record));
    check_ok(ana_observations_to_record(parts[0], &record));
    ALLOCATION_TEST(ana_observations_from_record, (record, &made), ana_observations_free(made));
    NO_ALLOCATION_TEST(ana_observations_check, (parts[0]));
    ana_record_free(record);
    ana_observations_free(parts[0]);
    ana_observations_free(parts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_observations_are_one_sequence_of_zeros),
        cmocka_unit_test(cutting_into_sequences_keeps_the_time_of_each_row),
        cmocka_unit_test(rebinned_rows_are_sums_within_each_sequence),
        cmocka_unit_test(joining_keeps_shared_features_or_all),
        cmocka_unit_test(features_may_be_named_by_texts),
        cmocka_unit_test(parts_that_do_not_agree_are_refused),
        cmocka_unit_test(check_finds_each_broken_invariant),
        cmocka_unit_test(a_record_gives_the_same_observations_back),
        cmocka_unit_test(features_are_taken_with_all_that_belongs_to_the_rows),
        cmocka_unit_test(a_file_gives_the_same_observations_back),
        cmocka_unit_test(a_record_that_holds_no_observations_is_refused),
        cmocka_unit_test(without_memory_observations_stay_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
