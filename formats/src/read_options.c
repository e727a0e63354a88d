/* Defaults and option tables of reading and writing. */
#include <analysis/formats/reader.h>

ana_read_options ana_read_options_default(void)
{
    return (ana_read_options){.run = ana_run_default()};
}

const ana_option ana_read_option_table[] = {
    {"format", ANA_OPTION_TEXT, offsetof(ana_read_options, format), .value = "NAME",
     .help = "read the input as this format; default: found by its content"},
    {"rate", ANA_OPTION_DOUBLE, offsetof(ana_read_options, rate), .min = 0.0, .max = 1e9,
     .value = "HERTZ", .help = "sampling rate where the file does not say it; 0: unset"},
    {"variable", ANA_OPTION_TEXT, offsetof(ana_read_options, variable), .value = "NAME",
     .help = "which array of an .npz, .mat or .h5 file; default: all of them"},
    {"strict", ANA_OPTION_BOOL, offsetof(ana_read_options, strict),
     .help = "refuse what would be recovered with a warning"},
    {"allow-outside", ANA_OPTION_BOOL, offsetof(ana_read_options, allow_outside),
     .help = "follow file names and links that leave the input's own folder"},
    {"hdf5-plugins", ANA_OPTION_BOOL, offsetof(ana_read_options, hdf5_plugins),
     .help = "let HDF5 load filter plug-ins"},
    ANA_OPTION_END,
};

ana_write_options ana_write_options_default(void)
{
    return (ana_write_options){.run = ana_run_default()};
}

const ana_option ana_write_option_table[] = {
    {"output-format", ANA_OPTION_TEXT, offsetof(ana_write_options, format), .value = "NAME",
     .help = "write this format; default: by the ending of the output"},
    {"lossy", ANA_OPTION_BOOL, offsetof(ana_write_options, lossy),
     .help = "write although the format cannot hold all of the recording"},
    {"overwrite", ANA_OPTION_BOOL, offsetof(ana_write_options, overwrite),
     .help = "replace an output that exists"},
    ANA_OPTION_END,
};
