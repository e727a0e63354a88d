/* Scores of forecasts as a record. */
#include "picture.h"
#include "try.h"
#include "workspace.h"

#include <analysis/forecast_scores.h>

#include <math.h>
#include <string.h>

static ana_status add_numbers(const ana_forecast_scores *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ANA_TRY(ana_record_add_text(record, "schema", "forecast scores"));
    ANA_TRY(ana_record_add_text(record, "title", "Forecasts of events"));
    ANA_TRY(ana_record_add_double(record, "horizon", of->options.horizon_s, "s"));
    ANA_TRY(ana_record_add_double(record, "period", of->options.period_s, "s"));
    ANA_TRY(ana_record_add_double(record, "duration", of->options.duration_s, "s"));
    ANA_TRY(ana_record_add_int(record, "n_events", (int64_t)of->n_events, NULL));
    ANA_TRY(ana_record_add_int(record, "n_predicted", (int64_t)of->n_predicted, NULL));
    ANA_TRY(ana_record_add_int(record, "n_early", (int64_t)of->n_early, NULL));
    ANA_TRY(ana_record_add_int(record, "n_followed", (int64_t)of->n_followed, NULL));
    ANA_TRY(ana_record_add_int(record, "n_outside", (int64_t)of->n_outside, NULL));
    ANA_TRY(ana_record_add_int(record, "n_alarms", (int64_t)of->n_alarms, NULL));
    ANA_TRY(ana_record_add_int(record, "n_true", (int64_t)of->n_true, NULL));
    ANA_TRY(ana_record_add_int(record, "n_false", (int64_t)of->n_false, NULL));
    ANA_TRY(ana_record_add_int(record, "n_undecided", (int64_t)of->n_undecided, NULL));
    ANA_TRY(ana_record_add_double(record, "sensitivity", of->sensitivity, NULL));
    ANA_TRY(ana_record_add_double(record, "time_in_warning", of->time_in_warning, NULL));
    ANA_TRY(ana_record_add_double(record, "hours_false", of->hours_false, "h"));
    ANA_TRY(ana_record_add_double(record, "false_per_hour", of->false_per_hour, "1/h"));
done:
    return status;
}

static ana_status add_chance(const char *name, const char *title, const ana_forecast_chance *of,
                             ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *group = NULL;
    ANA_TRY(ana_record_add_group(record, name, ANA_HINT_NONE, &group));
    ANA_TRY(ana_record_add_text(group, "title", title));
    ANA_TRY(ana_record_add_double(group, "sensitivity", of->sensitivity, NULL));
    ANA_TRY(ana_record_add_double(group, "p", of->p, NULL));
done:
    return status;
}

static ana_status add_bars(const ana_forecast_scores *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_record *figure = NULL;
    static const char *const labels[] = {"these alarms", "random: time in warning",
                                         "random: false alarms", "random: turned in time"};
    const double values[] = {of->sensitivity, of->by_time.sensitivity, of->by_rate.sensitivity,
                             of->by_turn.sensitivity};
    const ana_picture_words words = {
        .title = "Share of the events forecast",
        .caption = "By the alarms, and on average by random ones: as long under warning, as many "
                   "false alarms an hour, and these alarms turned in time.",
        .y_title = "sensitivity"};
    ANA_TRY(ana_record_add_picture(record, "comparison", ANA_HINT_BARS, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "values", ana_shape_1(4, "predictor"), values, NULL));
    ANA_TRY(ana_record_add_texts(figure, "labels", 4, labels));
done:
    return status;
}

/* Rows of the raster. */
enum {
    PREDICTED,
    MISSED,
    TRUE_ALARM,
    FALSE_ALARM,
    UNDECIDED,
    N_ROWS
};

static ana_status add_raster(const ana_forecast_scores *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *figure = NULL;
    static const char *const labels[] = {"events forecast", "events missed", "true alarms",
                                         "false alarms", "undecided alarms"};
    static const size_t rows_of_outcomes[] = {FALSE_ALARM, TRUE_ALARM, UNDECIDED};
    const ana_picture_words words = {.title = "Events and alarms along time",
                                     .caption = "An alarm is undecided when the recording ends "
                                                "before its warning does.",
                                     .x_title = "time"};
    const size_t n = of->n_events + of->n_alarms;
    double *times = ana_workspace_doubles(&workspace, n, 1);
    size_t *rows = ana_workspace_sizes(&workspace, n, 1);
    ANA_TRY(ana_workspace_check(&workspace, "forecast scores"));
    if (n == 0) {
        goto done;
    }
    for (size_t i = 0; i < of->n_events; i++) {
        times[i] = of->onset[i];
        rows[i] = (size_t)(isnan(of->ahead[i]) ? MISSED : PREDICTED);
    }
    for (size_t i = 0; i < of->n_alarms; i++) {
        times[of->n_events + i] = of->alarm[i];
        rows[of->n_events + i] = rows_of_outcomes[of->outcome[i]];
    }
    ANA_TRY(ana_record_add_picture(record, "along_time", ANA_HINT_RASTER, &words, &figure));
    ANA_TRY(ana_record_add_doubles(figure, "times", ana_shape_1(n, NULL), times, "s"));
    ANA_TRY(ana_record_add_sizes(figure, "rows", ana_shape_1(n, NULL), rows, NULL));
    ANA_TRY(ana_record_add_texts(figure, "row_labels", N_ROWS, labels));
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status add_lists(const ana_forecast_scores *of, ana_record *record)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    ana_record *table = NULL;
    static const char *const names[] = {"false", "true", "undecided"};
    const ana_picture_words events = {.title = "Events",
                                      .caption = "How long before each the first alarm came that "
                                                 "forecasts it."};
    const ana_picture_words alarms = {.title = "Alarms"};
    const char **outcomes = ana_workspace_bytes(&workspace, of->n_alarms, 1, sizeof *outcomes);
    ANA_TRY(ana_workspace_check(&workspace, "forecast scores"));
    for (size_t i = 0; i < of->n_alarms; i++) {
        outcomes[i] = names[of->outcome[i]];
    }
    ANA_TRY(ana_record_add_picture(record, "events", ANA_HINT_TABLE, &events, &table));
    ANA_TRY(
        ana_record_add_doubles(table, "onset", ana_shape_1(of->n_events, "event"), of->onset, "s"));
    ANA_TRY(
        ana_record_add_doubles(table, "ahead", ana_shape_1(of->n_events, "event"), of->ahead, "s"));
    ANA_TRY(ana_record_add_picture(record, "alarms", ANA_HINT_TABLE, &alarms, &table));
    ANA_TRY(
        ana_record_add_doubles(table, "time", ana_shape_1(of->n_alarms, "alarm"), of->alarm, "s"));
    ANA_TRY(ana_record_add_texts(table, "outcome", of->n_alarms, outcomes));
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_forecast_scores_to_record(const ana_forecast_scores *scores, ana_record **out)
{
    ana_status status = ANA_OK;
    ana_record *record = NULL;
    ANA_TRY(ana_record_new(&record));
    ANA_TRY(add_numbers(scores, record));
    ANA_TRY(add_chance("by_time", "Random alarms as long under warning", &scores->by_time, record));
    ANA_TRY(add_chance("by_rate", "Random alarms, as many false ones an hour", &scores->by_rate,
                       record));
    ANA_TRY(add_chance("by_turn", "These alarms turned in time", &scores->by_turn, record));
    ANA_TRY(add_bars(scores, record));
    ANA_TRY(add_raster(scores, record));
    ANA_TRY(add_lists(scores, record));
    *out = record;
    record = NULL;
done:
    ana_record_free(record);
    return status;
}
