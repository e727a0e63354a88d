/* reference.connectome: every case of every file of reference/connectome whose layout is known. */
#include "connectome.h"

/* One row for each file of the folder; a row without a comparison waits for its method. */
static const reference_layout layouts[] = {
    {"adhd", compare_adhd},
    {"affinity", compare_affinity},
    {"homogenise", compare_homogenise},
    {"networks", compare_networks},
    {"ntf", compare_ntf},
    {"sbm", compare_sbm},
    {"visibility", compare_visibility},
};

int main(void)
{
    return compare_reference_folder("connectome", sizeof layouts / sizeof layouts[0], layouts);
}
