#include <analysis/version.h>

const char *ana_version(void)
{
    return ANA_VERSION;
}

const char *ana_build(void)
{
    return ANA_BUILD;
}
