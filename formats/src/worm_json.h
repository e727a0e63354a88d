/** Labels of worms' traces in JSON: {"3": {"label": "RIAR", "confidence": 4}}, counted from 1. */
#ifndef ANALYSIS_FORMATS_WORM_JSON_H
#define ANALYSIS_FORMATS_WORM_JSON_H

#include "json.h"
#include "worm.h"

/** ANA_ERR_FORMAT for a key that is no number of a trace, or one without a label. */
ANA_USE_RESULT ana_status ana_worm_labels_of_json(const char *name, const ana_json *object,
                                                  ana_worm_labels *out);

#endif
