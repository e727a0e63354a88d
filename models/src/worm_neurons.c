/* The neurons of the hermaphrodite, and how a label becomes one of them. */
#include <analysis/models/worm_neurons.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAX_LABEL = 16 /* longer than any name */
};

/* name, class, type, pharyngeal */
#define WORM_NEURONS(X)                                                                            \
    X("ADAL", "ADA", INTERNEURON, false)                                                           \
    X("ADAR", "ADA", INTERNEURON, false)                                                           \
    X("ADEL", "ADE", SENSORY, false)                                                               \
    X("ADER", "ADE", SENSORY, false)                                                               \
    X("ADFL", "ADF", SENSORY, false)                                                               \
    X("ADFR", "ADF", SENSORY, false)                                                               \
    X("ADLL", "ADL", SENSORY, false)                                                               \
    X("ADLR", "ADL", SENSORY, false)                                                               \
    X("AFDL", "AFD", SENSORY, false)                                                               \
    X("AFDR", "AFD", SENSORY, false)                                                               \
    X("AIAL", "AIA", INTERNEURON, false)                                                           \
    X("AIAR", "AIA", INTERNEURON, false)                                                           \
    X("AIBL", "AIB", INTERNEURON, false)                                                           \
    X("AIBR", "AIB", INTERNEURON, false)                                                           \
    X("AIML", "AIM", INTERNEURON, false)                                                           \
    X("AIMR", "AIM", INTERNEURON, false)                                                           \
    X("AINL", "AIN", INTERNEURON, false)                                                           \
    X("AINR", "AIN", INTERNEURON, false)                                                           \
    X("AIYL", "AIY", INTERNEURON, false)                                                           \
    X("AIYR", "AIY", INTERNEURON, false)                                                           \
    X("AIZL", "AIZ", INTERNEURON, false)                                                           \
    X("AIZR", "AIZ", INTERNEURON, false)                                                           \
    X("ALA", "ALA", INTERNEURON, false)                                                            \
    X("ALML", "ALM", SENSORY, false)                                                               \
    X("ALMR", "ALM", SENSORY, false)                                                               \
    X("ALNL", "ALN", SENSORY, false)                                                               \
    X("ALNR", "ALN", SENSORY, false)                                                               \
    X("AQR", "AQR", SENSORY, false)                                                                \
    X("AS1", "AS", MOTOR, false)                                                                   \
    X("AS10", "AS", MOTOR, false)                                                                  \
    X("AS11", "AS", MOTOR, false)                                                                  \
    X("AS2", "AS", MOTOR, false)                                                                   \
    X("AS3", "AS", MOTOR, false)                                                                   \
    X("AS4", "AS", MOTOR, false)                                                                   \
    X("AS5", "AS", MOTOR, false)                                                                   \
    X("AS6", "AS", MOTOR, false)                                                                   \
    X("AS7", "AS", MOTOR, false)                                                                   \
    X("AS8", "AS", MOTOR, false)                                                                   \
    X("AS9", "AS", MOTOR, false)                                                                   \
    X("ASEL", "ASE", SENSORY, false)                                                               \
    X("ASER", "ASE", SENSORY, false)                                                               \
    X("ASGL", "ASG", SENSORY, false)                                                               \
    X("ASGR", "ASG", SENSORY, false)                                                               \
    X("ASHL", "ASH", SENSORY, false)                                                               \
    X("ASHR", "ASH", SENSORY, false)                                                               \
    X("ASIL", "ASI", SENSORY, false)                                                               \
    X("ASIR", "ASI", SENSORY, false)                                                               \
    X("ASJL", "ASJ", SENSORY, false)                                                               \
    X("ASJR", "ASJ", SENSORY, false)                                                               \
    X("ASKL", "ASK", SENSORY, false)                                                               \
    X("ASKR", "ASK", SENSORY, false)                                                               \
    X("AUAL", "AUA", INTERNEURON, false)                                                           \
    X("AUAR", "AUA", INTERNEURON, false)                                                           \
    X("AVAL", "AVA", INTERNEURON, false)                                                           \
    X("AVAR", "AVA", INTERNEURON, false)                                                           \
    X("AVBL", "AVB", INTERNEURON, false)                                                           \
    X("AVBR", "AVB", INTERNEURON, false)                                                           \
    X("AVDL", "AVD", INTERNEURON, false)                                                           \
    X("AVDR", "AVD", INTERNEURON, false)                                                           \
    X("AVEL", "AVE", INTERNEURON, false)                                                           \
    X("AVER", "AVE", INTERNEURON, false)                                                           \
    X("AVFL", "AVF", INTERNEURON, false)                                                           \
    X("AVFR", "AVF", INTERNEURON, false)                                                           \
    X("AVG", "AVG", INTERNEURON, false)                                                            \
    X("AVHL", "AVH", INTERNEURON, false)                                                           \
    X("AVHR", "AVH", INTERNEURON, false)                                                           \
    X("AVJL", "AVJ", INTERNEURON, false)                                                           \
    X("AVJR", "AVJ", INTERNEURON, false)                                                           \
    X("AVKL", "AVK", INTERNEURON, false)                                                           \
    X("AVKR", "AVK", INTERNEURON, false)                                                           \
    X("AVL", "AVL", INTERNEURON, false)                                                            \
    X("AVM", "AVM", SENSORY, false)                                                                \
    X("AWAL", "AWA", SENSORY, false)                                                               \
    X("AWAR", "AWA", SENSORY, false)                                                               \
    X("AWBL", "AWB", SENSORY, false)                                                               \
    X("AWBR", "AWB", SENSORY, false)                                                               \
    X("AWCL", "AWC", SENSORY, false)                                                               \
    X("AWCR", "AWC", SENSORY, false)                                                               \
    X("BAGL", "BAG", SENSORY, false)                                                               \
    X("BAGR", "BAG", SENSORY, false)                                                               \
    X("BDUL", "BDU", INTERNEURON, false)                                                           \
    X("BDUR", "BDU", INTERNEURON, false)                                                           \
    X("CEPDL", "CEP", SENSORY, false)                                                              \
    X("CEPDR", "CEP", SENSORY, false)                                                              \
    X("CEPVL", "CEP", SENSORY, false)                                                              \
    X("CEPVR", "CEP", SENSORY, false)                                                              \
    X("DA1", "DA", MOTOR, false)                                                                   \
    X("DA2", "DA", MOTOR, false)                                                                   \
    X("DA3", "DA", MOTOR, false)                                                                   \
    X("DA4", "DA", MOTOR, false)                                                                   \
    X("DA5", "DA", MOTOR, false)                                                                   \
    X("DA6", "DA", MOTOR, false)                                                                   \
    X("DA7", "DA", MOTOR, false)                                                                   \
    X("DA8", "DA", MOTOR, false)                                                                   \
    X("DA9", "DA", MOTOR, false)                                                                   \
    X("DB1", "DB", MOTOR, false)                                                                   \
    X("DB2", "DB", MOTOR, false)                                                                   \
    X("DB3", "DB", MOTOR, false)                                                                   \
    X("DB4", "DB", MOTOR, false)                                                                   \
    X("DB5", "DB", MOTOR, false)                                                                   \
    X("DB6", "DB", MOTOR, false)                                                                   \
    X("DB7", "DB", MOTOR, false)                                                                   \
    X("DD1", "DD", MOTOR, false)                                                                   \
    X("DD2", "DD", MOTOR, false)                                                                   \
    X("DD3", "DD", MOTOR, false)                                                                   \
    X("DD4", "DD", MOTOR, false)                                                                   \
    X("DD5", "DD", MOTOR, false)                                                                   \
    X("DD6", "DD", MOTOR, false)                                                                   \
    X("DVA", "DVA", SENSORY, false)                                                                \
    X("DVB", "DVB", INTERNEURON, false)                                                            \
    X("DVC", "DVC", INTERNEURON, false)                                                            \
    X("FLPL", "FLP", SENSORY, false)                                                               \
    X("FLPR", "FLP", SENSORY, false)                                                               \
    X("HSNL", "HSN", MOTOR, false)                                                                 \
    X("HSNR", "HSN", MOTOR, false)                                                                 \
    X("I1L", "I1", INTERNEURON, true)                                                              \
    X("I1R", "I1", INTERNEURON, true)                                                              \
    X("I2L", "I2", INTERNEURON, true)                                                              \
    X("I2R", "I2", INTERNEURON, true)                                                              \
    X("I3", "I3", INTERNEURON, true)                                                               \
    X("I4", "I4", INTERNEURON, true)                                                               \
    X("I5", "I5", INTERNEURON, true)                                                               \
    X("I6", "I6", INTERNEURON, true)                                                               \
    X("IL1DL", "IL1", SENSORY, false)                                                              \
    X("IL1DR", "IL1", SENSORY, false)                                                              \
    X("IL1L", "IL1", SENSORY, false)                                                               \
    X("IL1R", "IL1", SENSORY, false)                                                               \
    X("IL1VL", "IL1", SENSORY, false)                                                              \
    X("IL1VR", "IL1", SENSORY, false)                                                              \
    X("IL2DL", "IL2", SENSORY, false)                                                              \
    X("IL2DR", "IL2", SENSORY, false)                                                              \
    X("IL2L", "IL2", SENSORY, false)                                                               \
    X("IL2R", "IL2", SENSORY, false)                                                               \
    X("IL2VL", "IL2", SENSORY, false)                                                              \
    X("IL2VR", "IL2", SENSORY, false)                                                              \
    X("LUAL", "LUA", INTERNEURON, false)                                                           \
    X("LUAR", "LUA", INTERNEURON, false)                                                           \
    X("M1", "M1", MOTOR, true)                                                                     \
    X("M2L", "M2", MOTOR, true)                                                                    \
    X("M2R", "M2", MOTOR, true)                                                                    \
    X("M3L", "M3", MOTOR, true)                                                                    \
    X("M3R", "M3", MOTOR, true)                                                                    \
    X("M4", "M4", MOTOR, true)                                                                     \
    X("M5", "M5", MOTOR, true)                                                                     \
    X("MCL", "MC", MOTOR, true)                                                                    \
    X("MCR", "MC", MOTOR, true)                                                                    \
    X("MI", "MI", MOTOR, true)                                                                     \
    X("NSML", "NSM", INTERNEURON, true)                                                            \
    X("NSMR", "NSM", INTERNEURON, true)                                                            \
    X("OLLL", "OLL", SENSORY, false)                                                               \
    X("OLLR", "OLL", SENSORY, false)                                                               \
    X("OLQDL", "OLQ", SENSORY, false)                                                              \
    X("OLQDR", "OLQ", SENSORY, false)                                                              \
    X("OLQVL", "OLQ", SENSORY, false)                                                              \
    X("OLQVR", "OLQ", SENSORY, false)                                                              \
    X("PDA", "PDA", MOTOR, false)                                                                  \
    X("PDB", "PDB", MOTOR, false)                                                                  \
    X("PDEL", "PDE", SENSORY, false)                                                               \
    X("PDER", "PDE", SENSORY, false)                                                               \
    X("PHAL", "PHA", SENSORY, false)                                                               \
    X("PHAR", "PHA", SENSORY, false)                                                               \
    X("PHBL", "PHB", SENSORY, false)                                                               \
    X("PHBR", "PHB", SENSORY, false)                                                               \
    X("PHCL", "PHC", SENSORY, false)                                                               \
    X("PHCR", "PHC", SENSORY, false)                                                               \
    X("PLML", "PLM", SENSORY, false)                                                               \
    X("PLMR", "PLM", SENSORY, false)                                                               \
    X("PLNL", "PLN", SENSORY, false)                                                               \
    X("PLNR", "PLN", SENSORY, false)                                                               \
    X("PQR", "PQR", SENSORY, false)                                                                \
    X("PVCL", "PVC", INTERNEURON, false)                                                           \
    X("PVCR", "PVC", INTERNEURON, false)                                                           \
    X("PVDL", "PVD", SENSORY, false)                                                               \
    X("PVDR", "PVD", SENSORY, false)                                                               \
    X("PVM", "PVM", SENSORY, false)                                                                \
    X("PVNL", "PVN", INTERNEURON, false)                                                           \
    X("PVNR", "PVN", INTERNEURON, false)                                                           \
    X("PVPL", "PVP", INTERNEURON, false)                                                           \
    X("PVPR", "PVP", INTERNEURON, false)                                                           \
    X("PVQL", "PVQ", INTERNEURON, false)                                                           \
    X("PVQR", "PVQ", INTERNEURON, false)                                                           \
    X("PVR", "PVR", INTERNEURON, false)                                                            \
    X("PVT", "PVT", INTERNEURON, false)                                                            \
    X("PVWL", "PVW", INTERNEURON, false)                                                           \
    X("PVWR", "PVW", INTERNEURON, false)                                                           \
    X("RIAL", "RIA", INTERNEURON, false)                                                           \
    X("RIAR", "RIA", INTERNEURON, false)                                                           \
    X("RIBL", "RIB", INTERNEURON, false)                                                           \
    X("RIBR", "RIB", INTERNEURON, false)                                                           \
    X("RICL", "RIC", INTERNEURON, false)                                                           \
    X("RICR", "RIC", INTERNEURON, false)                                                           \
    X("RID", "RID", INTERNEURON, false)                                                            \
    X("RIFL", "RIF", INTERNEURON, false)                                                           \
    X("RIFR", "RIF", INTERNEURON, false)                                                           \
    X("RIGL", "RIG", INTERNEURON, false)                                                           \
    X("RIGR", "RIG", INTERNEURON, false)                                                           \
    X("RIH", "RIH", INTERNEURON, false)                                                            \
    X("RIML", "RIM", INTERNEURON, false)                                                           \
    X("RIMR", "RIM", INTERNEURON, false)                                                           \
    X("RIPL", "RIP", INTERNEURON, false)                                                           \
    X("RIPR", "RIP", INTERNEURON, false)                                                           \
    X("RIR", "RIR", INTERNEURON, false)                                                            \
    X("RIS", "RIS", INTERNEURON, false)                                                            \
    X("RIVL", "RIV", MOTOR, false)                                                                 \
    X("RIVR", "RIV", MOTOR, false)                                                                 \
    X("RMDDL", "RMD", MOTOR, false)                                                                \
    X("RMDDR", "RMD", MOTOR, false)                                                                \
    X("RMDL", "RMD", MOTOR, false)                                                                 \
    X("RMDR", "RMD", MOTOR, false)                                                                 \
    X("RMDVL", "RMD", MOTOR, false)                                                                \
    X("RMDVR", "RMD", MOTOR, false)                                                                \
    X("RMED", "RME", MOTOR, false)                                                                 \
    X("RMEL", "RME", MOTOR, false)                                                                 \
    X("RMER", "RME", MOTOR, false)                                                                 \
    X("RMEV", "RME", MOTOR, false)                                                                 \
    X("RMFL", "RMF", INTERNEURON, false)                                                           \
    X("RMFR", "RMF", INTERNEURON, false)                                                           \
    X("RMGL", "RMG", INTERNEURON, false)                                                           \
    X("RMGR", "RMG", INTERNEURON, false)                                                           \
    X("RMHL", "RMH", MOTOR, false)                                                                 \
    X("RMHR", "RMH", MOTOR, false)                                                                 \
    X("SAADL", "SAA", INTERNEURON, false)                                                          \
    X("SAADR", "SAA", INTERNEURON, false)                                                          \
    X("SAAVL", "SAA", INTERNEURON, false)                                                          \
    X("SAAVR", "SAA", INTERNEURON, false)                                                          \
    X("SABD", "SAB", MOTOR, false)                                                                 \
    X("SABVL", "SAB", MOTOR, false)                                                                \
    X("SABVR", "SAB", MOTOR, false)                                                                \
    X("SDQL", "SDQ", SENSORY, false)                                                               \
    X("SDQR", "SDQ", SENSORY, false)                                                               \
    X("SIADL", "SIA", MOTOR, false)                                                                \
    X("SIADR", "SIA", MOTOR, false)                                                                \
    X("SIAVL", "SIA", MOTOR, false)                                                                \
    X("SIAVR", "SIA", MOTOR, false)                                                                \
    X("SIBDL", "SIB", MOTOR, false)                                                                \
    X("SIBDR", "SIB", MOTOR, false)                                                                \
    X("SIBVL", "SIB", MOTOR, false)                                                                \
    X("SIBVR", "SIB", MOTOR, false)                                                                \
    X("SMBDL", "SMB", MOTOR, false)                                                                \
    X("SMBDR", "SMB", MOTOR, false)                                                                \
    X("SMBVL", "SMB", MOTOR, false)                                                                \
    X("SMBVR", "SMB", MOTOR, false)                                                                \
    X("SMDDL", "SMD", MOTOR, false)                                                                \
    X("SMDDR", "SMD", MOTOR, false)                                                                \
    X("SMDVL", "SMD", MOTOR, false)                                                                \
    X("SMDVR", "SMD", MOTOR, false)                                                                \
    X("URADL", "URA", MOTOR, false)                                                                \
    X("URADR", "URA", MOTOR, false)                                                                \
    X("URAVL", "URA", MOTOR, false)                                                                \
    X("URAVR", "URA", MOTOR, false)                                                                \
    X("URBL", "URB", INTERNEURON, false)                                                           \
    X("URBR", "URB", INTERNEURON, false)                                                           \
    X("URXL", "URX", SENSORY, false)                                                               \
    X("URXR", "URX", SENSORY, false)                                                               \
    X("URYDL", "URY", SENSORY, false)                                                              \
    X("URYDR", "URY", SENSORY, false)                                                              \
    X("URYVL", "URY", SENSORY, false)                                                              \
    X("URYVR", "URY", SENSORY, false)                                                              \
    X("VA1", "VA", MOTOR, false)                                                                   \
    X("VA10", "VA", MOTOR, false)                                                                  \
    X("VA11", "VA", MOTOR, false)                                                                  \
    X("VA12", "VA", MOTOR, false)                                                                  \
    X("VA2", "VA", MOTOR, false)                                                                   \
    X("VA3", "VA", MOTOR, false)                                                                   \
    X("VA4", "VA", MOTOR, false)                                                                   \
    X("VA5", "VA", MOTOR, false)                                                                   \
    X("VA6", "VA", MOTOR, false)                                                                   \
    X("VA7", "VA", MOTOR, false)                                                                   \
    X("VA8", "VA", MOTOR, false)                                                                   \
    X("VA9", "VA", MOTOR, false)                                                                   \
    X("VB1", "VB", MOTOR, false)                                                                   \
    X("VB10", "VB", MOTOR, false)                                                                  \
    X("VB11", "VB", MOTOR, false)                                                                  \
    X("VB2", "VB", MOTOR, false)                                                                   \
    X("VB3", "VB", MOTOR, false)                                                                   \
    X("VB4", "VB", MOTOR, false)                                                                   \
    X("VB5", "VB", MOTOR, false)                                                                   \
    X("VB6", "VB", MOTOR, false)                                                                   \
    X("VB7", "VB", MOTOR, false)                                                                   \
    X("VB8", "VB", MOTOR, false)                                                                   \
    X("VB9", "VB", MOTOR, false)                                                                   \
    X("VC1", "VC", MOTOR, false)                                                                   \
    X("VC2", "VC", MOTOR, false)                                                                   \
    X("VC3", "VC", MOTOR, false)                                                                   \
    X("VC4", "VC", MOTOR, false)                                                                   \
    X("VC5", "VC", MOTOR, false)                                                                   \
    X("VC6", "VC", MOTOR, false)                                                                   \
    X("VD1", "VD", MOTOR, false)                                                                   \
    X("VD10", "VD", MOTOR, false)                                                                  \
    X("VD11", "VD", MOTOR, false)                                                                  \
    X("VD12", "VD", MOTOR, false)                                                                  \
    X("VD13", "VD", MOTOR, false)                                                                  \
    X("VD2", "VD", MOTOR, false)                                                                   \
    X("VD3", "VD", MOTOR, false)                                                                   \
    X("VD4", "VD", MOTOR, false)                                                                   \
    X("VD5", "VD", MOTOR, false)                                                                   \
    X("VD6", "VD", MOTOR, false)                                                                   \
    X("VD7", "VD", MOTOR, false)                                                                   \
    X("VD8", "VD", MOTOR, false)                                                                   \
    X("VD9", "VD", MOTOR, false)

#define NAME_OF(name, class_name, type, pharyngeal) name,
#define NEURON_OF(name, class_name, type, pharyngeal)                                              \
    {name, class_name, ANA_NEURON_##type, pharyngeal},

const char *const ana_worm_neuron_names[] = {WORM_NEURONS(NAME_OF)};

static const ana_worm_neuron neurons[] = {WORM_NEURONS(NEURON_OF)};

_Static_assert(sizeof neurons / sizeof neurons[0] == ANA_WORM_NEURONS, "one row a slot");

ana_worm_neuron ana_worm_neuron_get(size_t slot)
{
    return neurons[slot];
}

const char *ana_neuron_type_name(ana_neuron_type type)
{
    static const char *const names[] = {"sensory", "interneuron", "motor"};
    return names[type];
}

const char *ana_label_rule_name(ana_label_rule rule)
{
    static const char *const names[] = {"named",   "respelt", "unlabelled",     "ambiguous",
                                        "no side", "unknown", "low confidence", "duplicate"};
    return names[rule];
}

/* Digits and letters without the host's locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool is_letter(char c)
{
    return upper(c) >= 'A' && upper(c) <= 'Z';
}

static int compare_name(const void *key, const void *neuron)
{
    return strcmp(key, ((const ana_worm_neuron *)neuron)->name);
}

static int find_name(const char *name)
{
    const ana_worm_neuron *found =
        bsearch(name, neurons, ANA_WORM_NEURONS, sizeof neurons[0], compare_name);
    return found != NULL ? (int)(found - neurons) : -1;
}

/* Capital letters, without the zeros between letters and a last number. */
static void respell(const char *label, size_t n, char *name)
{
    size_t n_name = 0;
    for (size_t i = 0; i < n; i++) {
        const bool after_letter = n_name > 0 && is_letter(name[n_name - 1]);
        const bool padding = label[i] == '0' && after_letter && i + 1 < n && is_digit(label[i + 1]);
        if (!padding) {
            name[n_name++] = upper(label[i]);
        }
    }
    name[n_name] = '\0';
}

static bool is_missing(const char *label, size_t n)
{
    static const char *const words[] = {"nan", "na", "n/a", "none", "null"};
    bool any_letter = false;
    for (size_t i = 0; i < n; i++) {
        any_letter = any_letter || is_letter(label[i]);
    }
    for (size_t i = 0; any_letter && i < sizeof words / sizeof words[0]; i++) {
        size_t k = 0;
        while (k < n && words[i][k] != '\0' && upper(label[k]) == upper(words[i][k])) {
            k++;
        }
        if (k == n && words[i][k] == '\0') {
            return true;
        }
    }
    return !any_letter;
}

static bool is_ambiguous(const char *label, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr("?/,;|&+", label[i]) != NULL || is_space(label[i])) {
            return true;
        }
    }
    return false;
}

/* Whether `part` is what is left of `whole` when letters of sides are taken away. */
static bool lacks_sides(const char *part, const char *whole)
{
    for (; *whole != '\0'; whole++) {
        if (*part == *whole) {
            part++;
        } else if (strchr("LRDV0123456789", *whole) == NULL) {
            return false;
        }
    }
    return *part == '\0';
}

/* A class of several neurons, with fewer letters of side than its neurons have. */
static bool is_without_side(const char *name)
{
    if (strcmp(name, "AWCON") == 0 || strcmp(name, "AWCOFF") == 0) {
        return true;
    }
    for (size_t i = 0; i < ANA_WORM_NEURONS; i++) {
        const size_t n = strlen(neurons[i].class_name);
        if (strncmp(name, neurons[i].class_name, n) == 0 &&
            strspn(name + n, "LRDV") == strlen(name + n) &&
            lacks_sides(name + n, neurons[i].name + n)) {
            return true;
        }
    }
    return false;
}

/* Of the n bytes of a label that is not missing. */
static int find_label(const char *label, size_t n, ana_label_rule *rule)
{
    char name[MAX_LABEL];
    *rule = ANA_LABEL_UNKNOWN;
    if (is_ambiguous(label, n)) {
        *rule = ANA_LABEL_AMBIGUOUS;
        return -1;
    }
    if (n >= sizeof name) {
        return -1;
    }
    respell(label, n, name);
    const int slot = find_name(name);
    if (slot >= 0) {
        const bool same = strlen(name) == n && strncmp(name, label, n) == 0;
        *rule = same ? ANA_LABEL_NAMED : ANA_LABEL_RESPELT;
    } else if (is_without_side(name)) {
        *rule = ANA_LABEL_NO_SIDE;
    }
    return slot;
}

int ana_worm_neuron_find(const char *label, ana_label_rule *rule)
{
    ana_label_rule found = ANA_LABEL_NONE;
    int slot = -1;
    const char *start = label != NULL ? label : "";
    while (is_space(*start)) {
        start++;
    }
    size_t n = strlen(start);
    while (n > 0 && is_space(start[n - 1])) {
        n--;
    }
    if (!is_missing(start, n)) {
        slot = find_label(start, n, &found);
        const bool spaced = start != label || start[n] != '\0';
        found = found == ANA_LABEL_NAMED && spaced ? ANA_LABEL_RESPELT : found;
    }
    if (rule != NULL) {
        *rule = found;
    }
    return slot;
}
