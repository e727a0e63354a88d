#include "support/check.h"

#include <analysis/models/worm_neurons.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void the_list_ascends_and_holds_each_neuron_once(void **state)
{
    (void)state;
    size_t n_pharyngeal = 0;
    for (size_t s = 0; s < ANA_WORM_NEURONS; s++) {
        const ana_worm_neuron neuron = ana_worm_neuron_get(s);
        assert_string_equal(neuron.name, ana_worm_neuron_names[s]);
        assert_int_equal(strncmp(neuron.name, neuron.class_name, strlen(neuron.class_name)), 0);
        assert_true(s == 0 || strcmp(ana_worm_neuron_names[s - 1], neuron.name) < 0);
        assert_true(neuron.type <= ANA_NEURON_MOTOR);
        n_pharyngeal += neuron.pharyngeal ? 1 : 0;
    }
    assert_int_equal(n_pharyngeal, 20); /* Albertson & Thomson 1976 */
    assert_string_equal(ana_worm_neuron_names[0], "ADAL");
    assert_string_equal(ana_worm_neuron_names[ANA_WORM_NEURONS - 1], "VD9");
    assert_string_equal(ana_neuron_type_name(ANA_NEURON_MOTOR), "motor");
}

/* Every name finds itself, in any letters, with spaces, and with a zero before a single digit. */
static void every_spelling_of_a_name_is_that_neuron(void **state)
{
    (void)state;
    ana_label_rule rule = ANA_LABEL_UNKNOWN;
    for (int s = 0; s < ANA_WORM_NEURONS; s++) {
        char small[32];
        char padded[48];
        const char *name = ana_worm_neuron_names[s];
        assert_int_equal(ana_worm_neuron_find(name, &rule), s);
        assert_int_equal(rule, ANA_LABEL_NAMED);
        snprintf(small, sizeof small, " %s ", name);
        for (char *c = small; *c != '\0'; c++) {
            *c = (char)tolower(*c);
        }
        assert_int_equal(ana_worm_neuron_find(small, &rule), s);
        assert_int_equal(rule, ANA_LABEL_RESPELT);
        const size_t n_letters = strcspn(name, "0123456789");
        if (name[n_letters] != '\0') {
            snprintf(padded, sizeof padded, "%.*s0%s", (int)n_letters, name, name + n_letters);
            assert_int_equal(ana_worm_neuron_find(padded, &rule), s);
            assert_int_equal(rule, ANA_LABEL_RESPELT);
        }
    }
}

static void each_other_label_is_settled_by_its_rule(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        ana_label_rule rule;
    } cases[] = {
        {NULL, ANA_LABEL_NONE},
        {"", ANA_LABEL_NONE},
        {"  ", ANA_LABEL_NONE},
        {"17", ANA_LABEL_NONE},
        {"---", ANA_LABEL_NONE},
        {"n/a", ANA_LABEL_NONE},
        {"NaN", ANA_LABEL_NONE},
        {"?", ANA_LABEL_NONE},
        {"SIBV?", ANA_LABEL_AMBIGUOUS},
        {"AVAL?", ANA_LABEL_AMBIGUOUS},
        {"VB1/VB2", ANA_LABEL_AMBIGUOUS},
        {"AVAL or AVAR", ANA_LABEL_AMBIGUOUS},
        {"AIA", ANA_LABEL_NO_SIDE},
        {"VB", ANA_LABEL_NO_SIDE},
        {"SMDV", ANA_LABEL_NO_SIDE},
        {"SMDL", ANA_LABEL_NO_SIDE},
        {"il1d", ANA_LABEL_NO_SIDE},
        {"AWCON", ANA_LABEL_NO_SIDE},
        {"AWCOFF", ANA_LABEL_NO_SIDE},
        {"CANL", ANA_LABEL_UNKNOWN},
        {"merge", ANA_LABEL_UNKNOWN},
        {"AVALL", ANA_LABEL_UNKNOWN},
        {"VA0", ANA_LABEL_UNKNOWN},
        {"VD14", ANA_LABEL_UNKNOWN},
        {"a label that is far longer than any neuron's", ANA_LABEL_AMBIGUOUS},
        {"alabelthatisfarlongerthananyneurons", ANA_LABEL_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ana_label_rule rule = ANA_LABEL_NAMED;
        assert_int_equal(ana_worm_neuron_find(cases[i].label, &rule), -1);
        if (rule != cases[i].rule) {
            fail_msg("\"%s\" is %s, not %s", cases[i].label != NULL ? cases[i].label : "NULL",
                     ana_label_rule_name(rule), ana_label_rule_name(cases[i].rule));
        }
    }
    assert_int_equal(ana_worm_neuron_find("VA10", NULL), ana_worm_neuron_find("va10", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_ascends_and_holds_each_neuron_once),
        cmocka_unit_test(every_spelling_of_a_name_is_that_neuron),
        cmocka_unit_test(each_other_label_is_settled_by_its_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
