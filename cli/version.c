#include "version.h"

#include <analysis/formats/files.h>
#include <analysis/version.h>

#include <stdio.h>

void version_print(void)
{
    printf("ana %s (%s)\n", ana_version(), ana_build());
    for (size_t i = 0; i < ana_outside_count(); i++) {
        printf("%s: %s\n", ana_outside_name(i), ana_outside_version(i));
    }
}
