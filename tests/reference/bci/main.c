/* reference.bci: every HDF5 file of reference/bci whose layout is known. */
#include "bci.h"

/* One row for each file of the folder; a row without a comparison waits for its method. */
static const reference_layout layouts[] = {
    {"riemann", compare_geometry},
    {"signal", compare_signal},
};

int main(void)
{
    const int pipelines = compare_pipelines();
    const int files = compare_reference_folder("bci", sizeof layouts / sizeof layouts[0], layouts);
    return files != 0 ? files : pipelines;
}
