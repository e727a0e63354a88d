#include "picture.h"

ana_status ana_record_add_picture(ana_record *record, const char *name, ana_hint hint,
                                  const ana_picture_words *words, ana_record **out)
{
    const char *const texts[][2] = {{"title", words->title},
                                    {"caption", words->caption},
                                    {"x_title", words->x_title},
                                    {"y_title", words->y_title},
                                    {"value_title", words->value_title}};
    ana_record *group = NULL;
    ana_status status = ana_record_add_group(record, name, hint, &group);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == ANA_OK; i++) {
        if (texts[i][1] != NULL) {
            status = ana_record_add_text(group, texts[i][0], texts[i][1]);
        }
    }
    *out = group;
    return status;
}
