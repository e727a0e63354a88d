#include "support/lag_trials.h"

#include "support/check.h"

#include <analysis/random.h>

#include <stdlib.h>

lag_data draw_lag_trials(size_t n_trials, size_t n_times, size_t n_classes, size_t lag,
                         double factor)
{
    ana_random random = ana_random_stream(11, "test.lags", n_classes);
    lag_data made;
    const size_t n_burn = 10 * lag;
    double *source = calloc(n_burn + n_times, sizeof *source);
    made.values = calloc(n_trials * LAG_CHANNELS * n_times, sizeof(double));
    made.classes = calloc(n_trials, sizeof(size_t));
    assert_true(source != NULL && made.values != NULL && made.classes != NULL);
    for (size_t k = 0; k < n_trials; k++) {
        const size_t class = k % n_classes;
        const double a = class == 2 ? 0.0 : class == 0 ? factor : -factor;
        made.classes[k] = 7 + 3 * class;
        for (size_t s = 0; s < LAG_CHANNELS; s++) {
            for (size_t t = 0; t < n_burn + n_times; t++) {
                source[t] = ana_random_normal(&random) + (t < lag ? 0.0 : a * source[t - lag]);
            }
            for (size_t i = 0; i < LAG_CHANNELS; i++) {
                const double share = i == s ? 1.0 : 0.3;
                double *x = made.values + (k * LAG_CHANNELS + i) * n_times;
                for (size_t t = 0; t < n_times; t++) {
                    x[t] += share * source[n_burn + t] + (s == 0 ? 100.0 : 0.0);
                }
            }
        }
    }
    made.trials = (ana_lag_trials){n_trials, LAG_CHANNELS, n_times, made.values, made.classes};
    free(source);
    return made;
}

void free_lag_trials(lag_data *made)
{
    free(made->values);
    free(made->classes);
}

ana_lag_options small_lag_options(size_t max_order, size_t max_lag)
{
    ana_lag_options options = ana_lag_options_default();
    options.max_order = max_order;
    options.max_lag = max_lag;
    options.run.seed = 3;
    return options;
}

ana_lag_selection *select_lag(const lag_data *from, const ana_lag_options *options)
{
    ana_lag_products *products = NULL;
    ana_lag_selection *selection = NULL;
    check_ok(ana_lag_products_new(&from->trials, options, &products));
    check_ok(ana_lag_selection_fit(products, NULL, 0, NULL, options, &selection));
    ana_lag_products_free(products);
    return selection;
}
