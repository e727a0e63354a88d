/* The text of pipelines: steps between bars, values in order or by name, sets in braces. */
#include "bci_gate_parts.h"
#include "bci_parts.h"
#include "lists.h"
#include "memory.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORD = 256
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_step(char c)
{
    return c == '|' || c == '\n' || c == '\0';
}

/* The next word of a step, cut from `*text`; false at the step's end. */
static ana_status next_word(const char **text, char word[MAX_WORD], bool *any)
{
    while (is_blank(**text)) {
        (*text)++;
    }
    size_t n = 0;
    while (!is_blank((*text)[n]) && !ends_step((*text)[n])) {
        n++;
    }
    *any = n > 0;
    if (n >= MAX_WORD) {
        return ana_fail(ANA_ERR_VALUE, "pipeline: a word of %zu letters is too long", n);
    }
    memcpy(word, *text, n);
    word[n] = '\0';
    *text += n;
    return ANA_OK;
}

static const bci_kind *find_kind(const char *name)
{
    for (size_t i = 0; ana_bci_kinds[i] != NULL; i++) {
        if (strcmp(ana_bci_kinds[i]->says.name, name) == 0) {
            return ana_bci_kinds[i];
        }
    }
    return NULL;
}

static void refuse_name(const char *name)
{
    char known[768] = "";
    size_t n = 0;
    for (size_t i = 0; ana_bci_kinds[i] != NULL; i++) {
        const char *one = ana_bci_kinds[i]->says.name;
        if (n + strlen(one) + 3 < sizeof known) {
            memcpy(known + n, i > 0 ? ", " : "", i > 0 ? 2 : 0);
            n += i > 0 ? 2 : 0;
            memcpy(known + n, one, strlen(one) + 1);
            n += strlen(one);
        }
    }
    ana_fail(ANA_ERR_VALUE, "pipeline: there is no step \"%s\"; the steps are %s", name, known);
}

/* A value that the options may borrow: kept by the step. */
static ana_status keep_value(bci_step *step, const char *value, const char **kept)
{
    ana_status status = ANA_OK;
    char **grown = realloc(step->values, (step->n_values + 1) * sizeof *grown);
    if (grown == NULL) {
        return ana_fail(ANA_ERR_MEMORY, "pipeline: no memory for its text");
    }
    step->values = grown;
    ANA_TRY(ana_copy_text(value, &step->values[step->n_values]));
    *kept = step->values[step->n_values++];
done:
    return status;
}

static ana_status set_option(bci_step *step, const ana_option *option, const char *value)
{
    ana_status status = ANA_OK;
    const char *kept = NULL;
    ANA_TRY(keep_value(step, value, &kept));
    if (ana_option_set(option, step->options, kept) != ANA_OK) {
        char range[256];
        ana_option_range(option, range, sizeof range);
        status = ana_fail(ANA_ERR_VALUE, "pipeline: step %s: %s cannot be \"%s\"%s%s",
                          step->kind->says.name, option->name, value,
                          range[0] != '\0' ? "; it is " : "", range);
    }
done:
    return status;
}

static ana_status set_by_name(bci_step *step, char *word, char *equals)
{
    *equals = '\0';
    const ana_option *option =
        step->kind->says.options != NULL ? ana_option_find(step->kind->says.options, word) : NULL;
    if (option == NULL) {
        char known[256] = "";
        size_t n = 0;
        for (const ana_option *row = step->kind->says.options; row != NULL && row->name != NULL;
             row++) {
            const size_t length = strlen(row->name);
            if (n + length + 2 < sizeof known) {
                known[n++] = ' ';
                memcpy(known + n, row->name, length + 1);
                n += length;
            }
        }
        return ana_fail(ANA_ERR_VALUE, "pipeline: step %s has no \"%s\"; it has%s",
                        step->kind->says.name, word, n > 0 ? known : " no options");
    }
    return set_option(step, option, equals + 1);
}

/* Values in order: at commas too, but of an option that is a text. */
static ana_status set_in_order(bci_step *step, char *word, size_t *place)
{
    ana_status status = ANA_OK;
    while (word != NULL) {
        if (*place >= step->kind->says.n_positional) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: step %s takes %zu values without a name, \"%s\" is one too "
                            "many",
                            step->kind->says.name, step->kind->says.n_positional, word);
        }
        const ana_option *option = &step->kind->says.options[(*place)++];
        char *comma = option->type == ANA_OPTION_TEXT ? NULL : strchr(word, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        ANA_TRY(set_option(step, option, word));
        word = comma != NULL ? comma + 1 : NULL;
    }
done:
    return status;
}

static ana_status begin_step(const bci_kind *kind, bci_step *step)
{
    ana_status status = ANA_OK;
    *step = (bci_step){.kind = kind};
    ANA_TRY(ana_allocate(1, kind->options_size > 0 ? kind->options_size : 1, "pipeline",
                         &step->options));
    if (kind->defaults != NULL) {
        kind->defaults(step->options);
    }
done:
    return status;
}

static ana_status parse_step(const char **text, bci_step *step)
{
    ana_status status = ANA_OK;
    char word[MAX_WORD];
    bool any = false;
    size_t place = 0;
    ANA_TRY(next_word(text, word, &any));
    if (!any) {
        ana_fail(ANA_ERR_VALUE, "pipeline: there is a step without a name");
        return ANA_ERR_VALUE;
    }
    const bci_kind *kind = find_kind(word);
    if (kind == NULL) {
        refuse_name(word);
        return ANA_ERR_VALUE;
    }
    ANA_TRY(begin_step(kind, step));
    for (;;) {
        ANA_TRY(next_word(text, word, &any));
        if (!any) {
            break;
        }
        char *equals = strchr(word, '=');
        ANA_TRY(equals != NULL ? set_by_name(step, word, equals)
                               : set_in_order(step, word, &place));
    }
    if (kind->check != NULL) {
        ANA_TRY(kind->check(step->options));
    }
done:
    return status;
}

static const char *const form_names[] = {"signals", "matrices", "vectors", "classes"};

/* A step after those that are there: it takes what they give. */
static ana_status place_step(ana_bci_pipeline *pipeline, bci_step *step)
{
    const bci_kind *kind = step->kind;
    if (kind->bank != NULL) {
        if (pipeline->n_steps > 0 || pipeline->bank.n_bands > 0) {
            return ana_fail(ANA_ERR_VALUE,
                            "pipeline: %s filters recordings: it stands first, and "
                            "once",
                            kind->says.name);
        }
        return kind->bank(step->options, &pipeline->bank);
    }
    const bci_form given =
        pipeline->n_steps > 0 ? pipeline->steps[pipeline->n_steps - 1].kind->gives : BCI_SIGNALS;
    if (given != kind->takes) {
        return ana_fail(ANA_ERR_VALUE, "pipeline: step %s takes %s, but %s", kind->says.name,
                        form_names[kind->takes],
                        given == BCI_CLASSES    ? "what stands before it ends the pipeline"
                        : given == BCI_VECTORS  ? "gets vectors"
                        : given == BCI_MATRICES ? "gets matrices"
                                                : "gets signals: cov makes matrices of them");
    }
    if (pipeline->n_steps == ANA_BCI_MAX_STEPS) {
        return ana_fail(ANA_ERR_LIMIT, "pipeline: more than %d steps", ANA_BCI_MAX_STEPS);
    }
    if (kind->fit == NULL && pipeline->n_plain == pipeline->n_steps) {
        pipeline->n_plain++;
    }
    pipeline->steps[pipeline->n_steps++] = *step;
    *step = (bci_step){.kind = NULL};
    if (kind->take_over != NULL && pipeline->n_steps > 1) {
        kind->take_over(&pipeline->steps[pipeline->n_steps - 1],
                        &pipeline->steps[pipeline->n_steps - 2]);
    }
    return ANA_OK;
}

/* The step with its options: those in order always, the others where they are not the default. */
static ana_status say_step(const bci_step *step, ana_text *text)
{
    ana_status status = ANA_OK;
    bci_step fresh = {.kind = NULL};
    char value[MAX_WORD];
    char usual[MAX_WORD];
    ANA_TRY(begin_step(step->kind, &fresh));
    ana_text_append(text, step->kind->says.name);
    const ana_option *table = step->kind->says.options;
    for (size_t i = 0; table != NULL && table[i].name != NULL; i++) {
        ana_option_get(&table[i], step->options, value, sizeof value);
        ana_option_get(&table[i], fresh.options, usual, sizeof usual);
        const bool in_order = i < step->kind->says.n_positional;
        if (value[0] == '\0' || (!in_order && strcmp(value, usual) == 0)) {
            continue;
        }
        ana_text_append(text, in_order && i > 0 ? "," : " ");
        if (!in_order) {
            ana_text_append(text, table[i].name);
            ana_text_append(text, "=");
        }
        ana_text_append(text, value);
    }
done:
    free(fresh.options);
    return status;
}

static void release_step(bci_step *step)
{
    for (size_t k = 0; k < BCI_MAX_LEARNED; k++) {
        free(step->learned[k].values);
    }
    ana_free_texts(step->n_values, step->values);
    free(step->options);
    free(step->note);
    *step = (bci_step){.kind = NULL};
}

static ana_status parse_steps(const char *text, ana_bci_pipeline *pipeline, bci_step *step,
                              ana_text *canonical)
{
    ana_status status = ANA_OK;
    for (;;) {
        ANA_TRY(parse_step(&text, step));
        ana_text_append(canonical, canonical->n > 0 ? " | " : "");
        ANA_TRY(say_step(step, canonical));
        ANA_TRY(place_step(pipeline, step));
        release_step(step);
        while (*text == '\n' || is_blank(*text)) {
            text++;
        }
        if (*text == '\0') {
            break;
        }
        text += *text == '|' ? 1 : 0;
    }
done:
    return status;
}

/* What the last step gives is what is wanted. */
static ana_status check_end(const ana_bci_pipeline *pipeline, bci_form end)
{
    const bci_form given =
        pipeline->n_steps > 0 ? pipeline->steps[pipeline->n_steps - 1].kind->gives : BCI_SIGNALS;
    if (given == end) {
        return ANA_OK;
    }
    return end == BCI_CLASSES
               ? ana_fail(ANA_ERR_VALUE,
                          "pipeline: its last step must be a classifier, such as mdm "
                          "of matrices or logistic of vectors")
               : ana_fail(ANA_ERR_VALUE,
                          "pipeline: its last step must give %s here, such as cov, but gives %s",
                          form_names[end], form_names[given]);
}

ana_status ana_bci_pipeline_parse(const char *text, ana_bci_pipeline **out)
{
    return ana_bci_parse_to(text, BCI_CLASSES, out);
}

ana_status ana_bci_parse_to(const char *text, bci_form end, ana_bci_pipeline **out)
{
    ana_status status = ANA_OK;
    ana_bci_pipeline *pipeline = NULL;
    bci_step step = {.kind = NULL};
    ana_text canonical = {.bytes = NULL};
    *out = NULL;
    if (strpbrk(text, "{}") != NULL) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "pipeline: \"%s\" is a family of pipelines; one of it is wanted here",
                        text);
    }
    while (*text == '\n' || is_blank(*text)) {
        text++;
    }
    ANA_TRY(ana_allocate(1, sizeof *pipeline, "pipeline", &pipeline));
    ANA_TRY(parse_steps(text, pipeline, &step, &canonical));
    ANA_TRY(check_end(pipeline, end));
    ANA_TRY(ana_text_check(&canonical, "pipeline"));
    pipeline->text = canonical.bytes;
    canonical.bytes = NULL;
    *out = pipeline;
    pipeline = NULL;
done:
    ana_text_release(&canonical);
    release_step(&step);
    ana_bci_pipeline_free(pipeline);
    return status;
}

void ana_bci_forget(ana_bci_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        bci_step *step = &pipeline->steps[i];
        for (size_t k = 0; k < BCI_MAX_LEARNED; k++) {
            free(step->learned[k].values);
            step->learned[k] = (bci_array){.values = NULL};
        }
        free(step->note);
        step->note = NULL;
    }
    ana_bci_lesson *lesson = &pipeline->lesson;
    ana_free_texts(lesson->n_classes, lesson->classes);
    ana_free_texts(lesson->n_channels, lesson->channel_names);
    free(lesson->unit);
    free(lesson->positions);
    *lesson = (ana_bci_lesson){.n_trials = 0};
    bci_gate_free(pipeline->gate);
    pipeline->gate = NULL;
    pipeline->fitted = false;
}

void ana_bci_pipeline_free(ana_bci_pipeline *pipeline)
{
    if (pipeline == NULL) {
        return;
    }
    ana_bci_forget(pipeline);
    for (size_t i = 0; i < pipeline->n_steps; i++) {
        release_step(&pipeline->steps[i]);
    }
    free(pipeline->text);
    free(pipeline);
}

const ana_bci_step_description *ana_bci_step_describe(size_t i)
{
    for (size_t k = 0; ana_bci_kinds[k] != NULL; k++) {
        if (k == i) {
            return &ana_bci_kinds[k]->says;
        }
    }
    return NULL;
}
