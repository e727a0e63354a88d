#include <analysis/version.h>

#include <stdio.h>

int main(void)
{
    return printf("ana %s\n", ana_version()) < 0;
}
