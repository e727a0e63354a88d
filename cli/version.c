#include "version.h"

#include <analysis/version.h>

#include <stdio.h>

void version_print(void)
{
    printf("ana %s (%s)\n", ana_version(), ana_build());
}
