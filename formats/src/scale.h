/** From data to pixels: ranges, scales, and ticks at round numbers with their labels. */
#ifndef ANALYSIS_FORMATS_SCALE_H
#define ANALYSIS_FORMATS_SCALE_H

#include <stdbool.h>
#include <stddef.h>

/** Smallest and largest finite value seen; low > high when there was none. */
typedef struct ana_range {
    double low, high;
} ana_range;

ana_range ana_range_empty(void);
bool ana_range_is_empty(ana_range range);
/** Take one value in; NaN and infinities are passed over, magnitudes above 1e300 clamped. */
void ana_range_add(ana_range *range, double value);
/** The range made wide enough to draw: an empty one becomes [0, 1], a constant gets room on both
 *  sides, others `part` of their width on each side. */
ana_range ana_range_widened(ana_range range, double part);
/** The same for a logarithmic axis; the range holds positive values only, or is empty. */
ana_range ana_range_widened_log(ana_range range, double part);

typedef enum ana_scale_kind {
    ANA_SCALE_LINEAR,
    ANA_SCALE_LOG, /**< low > 0 */
    ANA_SCALE_TIME /**< linear, in seconds, ticks in minutes and hours */
} ana_scale_kind;

typedef struct ana_scale {
    ana_scale_kind kind;
    bool whole;        /**< counts: no ticks between whole numbers */
    double low, high;  /**< data at the two ends, low < high */
    double start, end; /**< pixels there; end < start for an axis that points up */
} ana_scale;

/** Pixel of a value, clamped to the ends; NaN stays NaN. */
double ana_scale_at(const ana_scale *scale, double value);
/** Value at a pixel. */
double ana_scale_invert(const ana_scale *scale, double pixel);

#define ANA_MAX_TICKS 32

typedef struct ana_tick {
    double value;
    char label[32]; /**< "" for a tick without a label */
} ana_tick;

typedef struct ana_ticks {
    size_t n;
    ana_tick tick[ANA_MAX_TICKS];
    char power[24];   /**< all labels are to be multiplied by it: "×10⁻⁶"; "" when 1 */
    char from[48];    /**< all labels count from there: "1712345670"; "" when 0 */
    const char *unit; /**< stands for the unit of the data ("h:mm"); NULL: the data's own */
} ana_ticks;

/** At most `most` (2 to ANA_MAX_TICKS) ticks between low and high, ascending. */
void ana_ticks_make(const ana_scale *scale, size_t most, ana_ticks *ticks);

/** `value` with `decimals` of them and a true minus sign: "−0.50". */
void ana_number_fixed(double value, int decimals, char *out, size_t size);

/** `value` with `significant` digits for a reader: "0.125", "1.3×10⁻⁷", "−12", "missing" for NaN.
 */
void ana_number_label(double value, int significant, char *out, size_t size);

#endif
