/** Pictures of encodings. */
#ifndef MODELS_ENCODING_FIGURES_H
#define MODELS_ENCODING_FIGURES_H

#include <analysis/models/encoding_summary.h>

/** Models as bars, raw scores with the middle half of the units' ceilings behind them. */
ANA_USE_RESULT ana_status encoding_add_bars(const ana_encoding_summary *summary,
                                            ana_encoding *const *encodings, ana_record *record);

/** Values by animal; nothing for one animal. */
ANA_USE_RESULT ana_status encoding_add_animals(const ana_encoding_summary *summary,
                                               ana_record *record);

/** Units in the order of their ceiling, and what is reached of it; nothing without one. */
ANA_USE_RESULT ana_status encoding_add_order(const ana_encoding *encoding, ana_record *record);

/** Each unit's score against its ceiling; nothing without one. */
ANA_USE_RESULT ana_status encoding_add_scatter(const ana_encoding *encoding, ana_record *record);

/** How many units have which score. */
ANA_USE_RESULT ana_status encoding_add_distribution(const ana_encoding *encoding,
                                                    ana_record *record);

/** Error within training stimuli by penalty, of the middle unit and the middle half of them;
 *  nothing without penalties. */
ANA_USE_RESULT ana_status encoding_add_curve(const ana_encoding *encoding, ana_record *record);

/** What banded ridge gives each space; nothing for other maps. */
ANA_USE_RESULT ana_status encoding_add_parts(const ana_encoding *encoding, ana_record *record);

#endif
