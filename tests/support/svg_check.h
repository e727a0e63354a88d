/** Reads back the pictures we write: whether the XML is well formed, where its labels are, and
 *  whether any of them leaves the picture or covers another. */
#ifndef TESTS_SUPPORT_SVG_CHECK_H
#define TESTS_SUPPORT_SVG_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/** False, with the reason and the byte in `reason`, unless elements nest and close, attributes are
 *  quoted, entities are known, characters are allowed in XML, and there is one root. Checks HTML of
 *  our own making too: `<!doctype html>`, `<meta>` and `<br>` need no end. */
bool is_well_formed(const char *text, char *reason, size_t size);

/** False, with the reason, when a label leaves the picture or covers another, a number is not
 *  finite, or a path holds anything but path data. */
bool has_sound_labels(const char *svg, char *reason, size_t size);

/** Number of labels, and whether one of them reads `text` (entities resolved). */
size_t count_labels(const char *svg);
bool has_label(const char *svg, const char *text);

#endif
