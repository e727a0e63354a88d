/** What the time of a fit is measured with. */
#ifndef MODELS_SECONDS_H
#define MODELS_SECONDS_H

/** Seconds of a clock that never goes back; only differences mean anything. */
double ana_seconds_now(void);

#endif
