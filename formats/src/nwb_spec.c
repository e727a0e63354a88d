/* Part of the NWB core schema 2.6 and of hdmf-common 1.5.1, as our files are written by them.
 *
 * Definitions taken from https://github.com/NeurodataWithoutBorders/nwb-schema and
 * https://github.com/hdmf-dev/hdmf-common-schema, with shortened descriptions: copyright (c)
 * 2017-2023, The Regents of the University of California, through Lawrence Berkeley National
 * Laboratory, under the BSD 3-clause licence; see README.md of this folder. */
#include "nwb_spec.h"

#include "nwb.h"
#include "text.h"
#include "try.h"

#include <string.h>

/* clang-format off */
static const char *const core_namespace[] = {
    "{\"namespaces\":[{\"doc\":\"The part of the NWB core schema by which this file is written\"",
    ",\"schema\":[{\"namespace\":\"hdmf-common\"},{\"source\":\"nwb.base\"},{\"source\":\"nwb.de",
    "vice\"},{\"source\":\"nwb.epoch\"},{\"source\":\"nwb.file\"},{\"source\":\"nwb.misc\"},{\"s",
    "ource\":\"nwb.behavior\"},{\"source\":\"nwb.ecephys\"},{\"source\":\"nwb.ophys\"}],\"name\"",
    ":\"core\",\"full_name\":\"NWB core\",\"version\":\"2.6.0\",\"author\":[\"Andrew Tritt\",\"O",
    "liver Ruebel\",\"Ryan Ly\",\"Ben Dichter\",\"Keith Godfrey\",\"Jeff Teeters\"],\"contact\":",
    "[\"ajtritt@lbl.gov\",\"oruebel@lbl.gov\",\"rly@lbl.gov\",\"bdichter@lbl.gov\",\"keithg@alle",
    "ninstitute.org\",\"jteeters@berkeley.edu\"]}]}", NULL};

static const char *const core_nwb_base[] = {
    "{\"groups\":[{\"doc\":\"An abstract data type for a generic container storing...\",\"neurod",
    "ata_type_inc\":\"Container\",\"neurodata_type_def\":\"NWBContainer\"},{\"doc\":\"An abstrac",
    "t data type for a generic container storing...\",\"neurodata_type_inc\":\"NWBContainer\",\"",
    "neurodata_type_def\":\"NWBDataInterface\"},{\"groups\":[{\"doc\":\"Lab-specific time and sy",
    "nc information as provided directly...\",\"name\":\"sync\",\"quantity\":\"?\"}],\"datasets",
    "\":[{\"shape\":[[null],[null,null],[null,null,null],[null,null,null,null]],\"dims\":[[\"num",
    "_times\"],[\"num_times\",\"num_DIM2\"],[\"num_times\",\"num_DIM2\",\"num_DIM3\"],[\"num_tim",
    "es\",\"num_DIM2\",\"num_DIM3\",\"num_DIM4\"]],\"doc\":\"Data values.\",\"name\":\"data\",\"",
    "attributes\":[{\"doc\":\"Scalar to multiply each element in data to convert it to the...\",",
    "\"name\":\"conversion\",\"required\":false,\"dtype\":\"float32\",\"default_value\":1.0},{\"",
    "doc\":\"Scalar to add to the data after scaling by 'conversion' to...\",\"name\":\"offset\"",
    ",\"required\":false,\"dtype\":\"float32\",\"default_value\":0.0},{\"doc\":\"Smallest meanin",
    "gful difference between values in data,...\",\"name\":\"resolution\",\"required\":false,\"d",
    "type\":\"float32\",\"default_value\":-1.0},{\"doc\":\"Base unit of measurement for working ",
    "with the data.\",\"name\":\"unit\",\"dtype\":\"text\"},{\"doc\":\"Optionally describe the c",
    "ontinuity of the data.\",\"name\":\"continuity\",\"required\":false,\"dtype\":\"text\"}]},{",
    "\"dtype\":\"float64\",\"doc\":\"Timestamp of the first sample in seconds.\",\"name\":\"star",
    "ting_time\",\"quantity\":\"?\",\"attributes\":[{\"doc\":\"Sampling rate, in Hz.\",\"name\":",
    "\"rate\",\"dtype\":\"float32\"},{\"doc\":\"Unit of measurement for time, which is fixed to ",
    "'seconds'.\",\"name\":\"unit\",\"dtype\":\"text\",\"value\":\"seconds\"}]},{\"shape\":[null",
    "],\"dims\":[\"num_times\"],\"dtype\":\"float64\",\"doc\":\"Timestamps for samples stored in",
    " data, in seconds, relative...\",\"name\":\"timestamps\",\"quantity\":\"?\",\"attributes\":",
    "[{\"doc\":\"Value is '1'\",\"name\":\"interval\",\"dtype\":\"int32\",\"value\":1},{\"doc\":",
    "\"Unit of measurement for timestamps, which is fixed to 'seconds'.\",\"name\":\"unit\",\"dt",
    "ype\":\"text\",\"value\":\"seconds\"}]},{\"shape\":[null],\"dims\":[\"num_times\"],\"dtype",
    "\":\"uint8\",\"doc\":\"Numerical labels that apply to each time point in data for...\",\"na",
    "me\":\"control\",\"quantity\":\"?\"},{\"shape\":[null],\"dims\":[\"num_control_values\"],\"",
    "dtype\":\"text\",\"doc\":\"Description of each control value.\",\"name\":\"control_descript",
    "ion\",\"quantity\":\"?\"}],\"doc\":\"General purpose time series.\",\"neurodata_type_inc\":",
    "\"NWBDataInterface\",\"neurodata_type_def\":\"TimeSeries\",\"attributes\":[{\"doc\":\"Descr",
    "iption of the time series.\",\"name\":\"description\",\"required\":false,\"dtype\":\"text\"",
    ",\"default_value\":\"no description\"},{\"doc\":\"Human-readable comments about the TimeSer",
    "ies.\",\"name\":\"comments\",\"required\":false,\"dtype\":\"text\",\"default_value\":\"no c",
    "omments\"}]},{\"groups\":[{\"doc\":\"Data objects stored in this collection.\",\"quantity\"",
    ":\"*\",\"neurodata_type_inc\":\"NWBDataInterface\"},{\"doc\":\"Tables stored in this collec",
    "tion.\",\"quantity\":\"*\",\"neurodata_type_inc\":\"DynamicTable\"}],\"doc\":\"A collection",
    " of processed data.\",\"neurodata_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"Proc",
    "essingModule\",\"attributes\":[{\"doc\":\"Description of this collection of processed data.",
    "\",\"name\":\"description\",\"dtype\":\"text\"}]}],\"datasets\":[{\"doc\":\"An abstract dat",
    "a type for a dataset.\",\"neurodata_type_inc\":\"Data\",\"neurodata_type_def\":\"NWBData\"}",
    ",{\"dtype\":[{\"doc\":\"Start index into the TimeSeries 'data' and 'timestamp'...\",\"name",
    "\":\"idx_start\",\"dtype\":\"int32\"},{\"doc\":\"Number of data samples available in this t",
    "ime series, during...\",\"name\":\"count\",\"dtype\":\"int32\"},{\"doc\":\"The TimeSeries t",
    "hat this index applies to\",\"name\":\"timeseries\",\"dtype\":{\"target_type\":\"TimeSeries",
    "\",\"reftype\":\"object\"}}],\"doc\":\"Column storing references to a TimeSeries (rows).\",",
    "\"default_name\":\"timeseries\",\"neurodata_type_inc\":\"VectorData\",\"neurodata_type_def",
    "\":\"TimeSeriesReferenceVectorData\"}]}", NULL};

static const char *const core_nwb_behavior[] = {
    "{\"groups\":[{\"datasets\":[{\"shape\":[[null],[null,1],[null,2],[null,3]],\"dims\":[[\"num",
    "_times\"],[\"num_times\",\"x\"],[\"num_times\",\"x,y\"],[\"num_times\",\"x,y,z\"]],\"dtype",
    "\":\"numeric\",\"doc\":\"1-D or 2-D array storing position or direction relative to...\",\"",
    "name\":\"data\",\"attributes\":[{\"doc\":\"Base unit of measurement for working with the da",
    "ta.\",\"name\":\"unit\",\"required\":false,\"dtype\":\"text\",\"default_value\":\"meters\"}",
    ",{\"doc\":\"Scalar to multiply each element in data to convert it to the...\",\"name\":\"co",
    "nversion\",\"required\":false,\"dtype\":\"float32\",\"default_value\":1.0},{\"doc\":\"Scala",
    "r to add to the data after scaling by 'conversion' to...\",\"name\":\"offset\",\"required\"",
    ":false,\"dtype\":\"float32\",\"default_value\":0.0},{\"doc\":\"Smallest meaningful differen",
    "ce between values in data,...\",\"name\":\"resolution\",\"required\":false,\"dtype\":\"floa",
    "t32\",\"default_value\":-1.0},{\"doc\":\"Optionally describe the continuity of the data.\",",
    "\"name\":\"continuity\",\"required\":false,\"dtype\":\"text\"}]},{\"dtype\":\"text\",\"doc",
    "\":\"Description defining what exactly 'straight-ahead' means.\",\"name\":\"reference_frame",
    "\",\"quantity\":\"?\"}],\"doc\":\"Direction, e.g., of gaze or travel, or position.\",\"neur",
    "odata_type_inc\":\"TimeSeries\",\"neurodata_type_def\":\"SpatialSeries\"},{\"groups\":[{\"d",
    "oc\":\"TimeSeries object containing continuous behavioral data.\",\"quantity\":\"*\",\"neur",
    "odata_type_inc\":\"TimeSeries\"}],\"doc\":\"TimeSeries for storing Behavoioral time series ",
    "data.\",\"default_name\":\"BehavioralTimeSeries\",\"neurodata_type_inc\":\"NWBDataInterface",
    "\",\"neurodata_type_def\":\"BehavioralTimeSeries\"},{\"groups\":[{\"doc\":\"SpatialSeries o",
    "bject containing position data.\",\"quantity\":\"+\",\"neurodata_type_inc\":\"SpatialSeries",
    "\"}],\"doc\":\"Position data, whether along the x, x/y or x/y/z axis.\",\"default_name\":\"",
    "Position\",\"neurodata_type_inc\":\"NWBDataInterface\",\"neurodata_type_def\":\"Position\"}",
    "]}", NULL};

static const char *const core_nwb_device[] = {
    "{\"groups\":[{\"doc\":\"Metadata about a data acquisition device, e.g., recording...\",\"ne",
    "urodata_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"Device\",\"attributes\":[{\"do",
    "c\":\"Description of the device (e.g., model, firmware version,...\",\"name\":\"description",
    "\",\"required\":false,\"dtype\":\"text\"},{\"doc\":\"The name of the manufacturer of the de",
    "vice.\",\"name\":\"manufacturer\",\"required\":false,\"dtype\":\"text\"}]}]}", NULL};

static const char *const core_nwb_ecephys[] = {
    "{\"groups\":[{\"datasets\":[{\"shape\":[[null],[null,null],[null,null,null]],\"dims\":[[\"n",
    "um_times\"],[\"num_times\",\"num_channels\"],[\"num_times\",\"num_channels\",\"num_samples",
    "\"]],\"dtype\":\"numeric\",\"doc\":\"Recorded voltage data.\",\"name\":\"data\",\"attribute",
    "s\":[{\"doc\":\"Base unit of measurement for working with the data.\",\"name\":\"unit\",\"d",
    "type\":\"text\",\"value\":\"volts\"},{\"doc\":\"Scalar to multiply each element in data to ",
    "convert it to the...\",\"name\":\"conversion\",\"required\":false,\"dtype\":\"float32\",\"d",
    "efault_value\":1.0},{\"doc\":\"Scalar to add to the data after scaling by 'conversion' to..",
    ".\",\"name\":\"offset\",\"required\":false,\"dtype\":\"float32\",\"default_value\":0.0},{\"",
    "doc\":\"Smallest meaningful difference between values in data,...\",\"name\":\"resolution\"",
    ",\"required\":false,\"dtype\":\"float32\",\"default_value\":-1.0},{\"doc\":\"Optionally des",
    "cribe the continuity of the data.\",\"name\":\"continuity\",\"required\":false,\"dtype\":\"",
    "text\"}]},{\"doc\":\"DynamicTableRegion pointer to the electrodes that this time...\",\"nam",
    "e\":\"electrodes\",\"neurodata_type_inc\":\"DynamicTableRegion\"},{\"shape\":[null],\"dims",
    "\":[\"num_channels\"],\"dtype\":\"float32\",\"doc\":\"Channel-specific conversion factor.\"",
    ",\"name\":\"channel_conversion\",\"quantity\":\"?\",\"attributes\":[{\"doc\":\"The zero-ind",
    "exed axis of the 'data' dataset that the...\",\"name\":\"axis\",\"dtype\":\"int32\",\"value",
    "\":1}]}],\"doc\":\"A time series of acquired voltage data from extracellular...\",\"neuroda",
    "ta_type_inc\":\"TimeSeries\",\"neurodata_type_def\":\"ElectricalSeries\",\"attributes\":[{",
    "\"doc\":\"Filtering applied to all channels of the data.\",\"name\":\"filtering\",\"require",
    "d\":false,\"dtype\":\"text\"}]},{\"groups\":[{\"doc\":\"ElectricalSeries object(s) containi",
    "ng LFP data for one or...\",\"quantity\":\"+\",\"neurodata_type_inc\":\"ElectricalSeries\"}",
    "],\"doc\":\"LFP data from one or more channels.\",\"default_name\":\"LFP\",\"neurodata_type",
    "_inc\":\"NWBDataInterface\",\"neurodata_type_def\":\"LFP\"},{\"datasets\":[{\"dtype\":[{\"d",
    "oc\":\"x coordinate\",\"name\":\"x\",\"dtype\":\"float32\"},{\"doc\":\"y coordinate\",\"nam",
    "e\":\"y\",\"dtype\":\"float32\"},{\"doc\":\"z coordinate\",\"name\":\"z\",\"dtype\":\"float",
    "32\"}],\"doc\":\"stereotaxic or common framework coordinates\",\"name\":\"position\",\"quan",
    "tity\":\"?\"}],\"links\":[{\"doc\":\"Link to the device that was used to record from this..",
    ".\",\"name\":\"device\",\"target_type\":\"Device\"}],\"doc\":\"A physical grouping of elect",
    "rodes, e.g.\",\"neurodata_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"ElectrodeGro",
    "up\",\"attributes\":[{\"doc\":\"Description of this electrode group.\",\"name\":\"descripti",
    "on\",\"dtype\":\"text\"},{\"doc\":\"Location of electrode group.\",\"name\":\"location\",\"",
    "dtype\":\"text\"}]}]}", NULL};

static const char *const core_nwb_epoch[] = {
    "{\"groups\":[{\"datasets\":[{\"dtype\":\"float32\",\"doc\":\"Start time of epoch, in second",
    "s.\",\"name\":\"start_time\",\"neurodata_type_inc\":\"VectorData\"},{\"dtype\":\"float32\",",
    "\"doc\":\"Stop time of epoch, in seconds.\",\"name\":\"stop_time\",\"neurodata_type_inc\":",
    "\"VectorData\"},{\"dtype\":\"text\",\"doc\":\"User-defined tags that identify or categorize",
    " events.\",\"name\":\"tags\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"d",
    "oc\":\"Index for tags.\",\"name\":\"tags_index\",\"quantity\":\"?\",\"neurodata_type_inc\":",
    "\"VectorIndex\"},{\"doc\":\"An index into a TimeSeries object.\",\"name\":\"timeseries\",\"",
    "quantity\":\"?\",\"neurodata_type_inc\":\"TimeSeriesReferenceVectorData\"},{\"doc\":\"Index",
    " for timeseries.\",\"name\":\"timeseries_index\",\"quantity\":\"?\",\"neurodata_type_inc\":",
    "\"VectorIndex\"}],\"doc\":\"A container for aggregating epoch data and the TimeSeries...\",",
    "\"neurodata_type_inc\":\"DynamicTable\",\"neurodata_type_def\":\"TimeIntervals\"}]}", NULL};

static const char *const core_nwb_file[] = {
    "{\"groups\":[{\"groups\":[{\"groups\":[{\"doc\":\"Acquired, raw data.\",\"quantity\":\"*\",",
    "\"neurodata_type_inc\":\"NWBDataInterface\"},{\"doc\":\"Tabular data that is relevent to ac",
    "quisition\",\"quantity\":\"*\",\"neurodata_type_inc\":\"DynamicTable\"}],\"doc\":\"Data str",
    "eams recorded from the system, including ephys,...\",\"name\":\"acquisition\"},{\"groups\":",
    "[{\"doc\":\"Custom analysis results.\",\"quantity\":\"*\",\"neurodata_type_inc\":\"NWBConta",
    "iner\"},{\"doc\":\"Tabular data that is relevent to data stored in analysis\",\"quantity\":",
    "\"*\",\"neurodata_type_inc\":\"DynamicTable\"}],\"doc\":\"Lab-specific and custom scientifi",
    "c analysis of data.\",\"name\":\"analysis\"},{\"groups\":[{\"doc\":\"Any one-off containers",
    "\",\"quantity\":\"*\",\"neurodata_type_inc\":\"NWBContainer\"},{\"doc\":\"Any one-off table",
    "s\",\"quantity\":\"*\",\"neurodata_type_inc\":\"DynamicTable\"}],\"doc\":\"A place to store",
    " one-off analysis results.\",\"name\":\"scratch\",\"quantity\":\"?\"},{\"groups\":[{\"doc\"",
    ":\"Intermediate analysis of acquired data.\",\"quantity\":\"*\",\"neurodata_type_inc\":\"Pr",
    "ocessingModule\"}],\"doc\":\"The home for ProcessingModules.\",\"name\":\"processing\"},{\"",
    "groups\":[{\"groups\":[{\"doc\":\"TimeSeries objects containing data of presented stimuli.",
    "\",\"quantity\":\"*\",\"neurodata_type_inc\":\"TimeSeries\"}],\"doc\":\"Stimuli presented d",
    "uring the experiment.\",\"name\":\"presentation\"},{\"groups\":[{\"doc\":\"TimeSeries objec",
    "ts containing template data of presented...\",\"quantity\":\"*\",\"neurodata_type_inc\":\"T",
    "imeSeries\"}],\"doc\":\"Template stimuli.\",\"name\":\"templates\"}],\"doc\":\"Data pushed ",
    "into the system (eg, video stimulus, sound,...\",\"name\":\"stimulus\"},{\"groups\":[{\"gro",
    "ups\":[{\"doc\":\"Data acquisition devices.\",\"quantity\":\"*\",\"neurodata_type_inc\":\"D",
    "evice\"}],\"doc\":\"Description of hardware devices used during experiment,...\",\"name\":",
    "\"devices\",\"quantity\":\"?\"},{\"doc\":\"Information about the animal or person from whic",
    "h the data...\",\"name\":\"subject\",\"quantity\":\"?\",\"neurodata_type_inc\":\"Subject\"}",
    ",{\"groups\":[{\"doc\":\"Physical group of electrodes.\",\"quantity\":\"*\",\"neurodata_typ",
    "e_inc\":\"ElectrodeGroup\"},{\"datasets\":[{\"dtype\":\"float32\",\"doc\":\"x coordinate of",
    " the channel location in the brain (+x is...\",\"name\":\"x\",\"quantity\":\"?\",\"neurodat",
    "a_type_inc\":\"VectorData\"},{\"dtype\":\"float32\",\"doc\":\"y coordinate of the channel l",
    "ocation in the brain (+y is...\",\"name\":\"y\",\"quantity\":\"?\",\"neurodata_type_inc\":",
    "\"VectorData\"},{\"dtype\":\"float32\",\"doc\":\"z coordinate of the channel location in th",
    "e brain (+z is right).\",\"name\":\"z\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorD",
    "ata\"},{\"dtype\":\"float32\",\"doc\":\"Impedance of the channel, in ohms.\",\"name\":\"imp",
    "\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"dtype\":\"text\",\"doc\":\"",
    "Location of the electrode (channel).\",\"name\":\"location\",\"neurodata_type_inc\":\"Vecto",
    "rData\"},{\"dtype\":\"text\",\"doc\":\"Description of hardware filtering, including the fil",
    "ter name...\",\"name\":\"filtering\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData",
    "\"},{\"dtype\":{\"target_type\":\"ElectrodeGroup\",\"reftype\":\"object\"},\"doc\":\"Refere",
    "nce to the ElectrodeGroup this electrode is a part of.\",\"name\":\"group\",\"neurodata_typ",
    "e_inc\":\"VectorData\"},{\"dtype\":\"text\",\"doc\":\"Name of the ElectrodeGroup this elect",
    "rode is a part of.\",\"name\":\"group_name\",\"neurodata_type_inc\":\"VectorData\"},{\"dtyp",
    "e\":\"float32\",\"doc\":\"x coordinate in electrode group\",\"name\":\"rel_x\",\"quantity\"",
    ":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"dtype\":\"float32\",\"doc\":\"y coordinate",
    " in electrode group\",\"name\":\"rel_y\",\"quantity\":\"?\",\"neurodata_type_inc\":\"Vector",
    "Data\"},{\"dtype\":\"float32\",\"doc\":\"z coordinate in electrode group\",\"name\":\"rel_z",
    "\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"dtype\":\"text\",\"doc\":\"",
    "Description of the reference electrode and/or reference...\",\"name\":\"reference\",\"quant",
    "ity\":\"?\",\"neurodata_type_inc\":\"VectorData\"}],\"doc\":\"A table of all electrodes (i.",
    "e.\",\"name\":\"electrodes\",\"quantity\":\"?\",\"neurodata_type_inc\":\"DynamicTable\"}],",
    "\"doc\":\"Metadata related to extracellular electrophysiology.\",\"name\":\"extracellular_e",
    "phys\",\"quantity\":\"?\"},{\"datasets\":[{\"dtype\":\"text\",\"doc\":\"[DEPRECATED] Use In",
    "tracellularElectrode.filtering instead.\",\"name\":\"filtering\",\"quantity\":\"?\"}],\"doc",
    "\":\"Metadata related to intracellular electrophysiology.\",\"name\":\"intracellular_ephys",
    "\",\"quantity\":\"?\"},{\"doc\":\"Metadata describing optogenetic stimuluation.\",\"name\":",
    "\"optogenetics\",\"quantity\":\"?\"},{\"groups\":[{\"doc\":\"An imaging plane.\",\"quantity",
    "\":\"*\",\"neurodata_type_inc\":\"ImagingPlane\"}],\"doc\":\"Metadata related to optophysio",
    "logy.\",\"name\":\"optophysiology\",\"quantity\":\"?\"}],\"datasets\":[{\"dtype\":\"text\",",
    "\"doc\":\"Notes about data collection and analysis.\",\"name\":\"data_collection\",\"quanti",
    "ty\":\"?\"},{\"dtype\":\"text\",\"doc\":\"General description of the experiment.\",\"name\"",
    ":\"experiment_description\",\"quantity\":\"?\"},{\"shape\":[null],\"dims\":[\"num_experimen",
    "ters\"],\"dtype\":\"text\",\"doc\":\"Name of person(s) who performed the experiment.\",\"na",
    "me\":\"experimenter\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Institution(s) wher",
    "e experiment was performed.\",\"name\":\"institution\",\"quantity\":\"?\"},{\"shape\":[null",
    "],\"dims\":[\"num_keywords\"],\"dtype\":\"text\",\"doc\":\"Terms to search over.\",\"name\"",
    ":\"keywords\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Laboratory where experiment",
    " was performed.\",\"name\":\"lab\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Notes ",
    "about the experiment.\",\"name\":\"notes\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":",
    "\"Description of drugs used, including how and when they were...\",\"name\":\"pharmacology",
    "\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Experimental protocol, if applicable.",
    "\",\"name\":\"protocol\",\"quantity\":\"?\"},{\"shape\":[null],\"dims\":[\"num_publications",
    "\"],\"dtype\":\"text\",\"doc\":\"Publication information.\",\"name\":\"related_publications",
    "\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Lab-specific ID for the session.\",\"n",
    "ame\":\"session_id\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Description of slice",
    "s, including information about...\",\"name\":\"slices\",\"quantity\":\"?\"},{\"dtype\":\"te",
    "xt\",\"doc\":\"Script file or link to public source code used to create...\",\"name\":\"sou",
    "rce_script\",\"quantity\":\"?\",\"attributes\":[{\"doc\":\"Name of script file.\",\"name\":",
    "\"file_name\",\"dtype\":\"text\"}]},{\"dtype\":\"text\",\"doc\":\"Notes about stimuli, such",
    " as how and where they were presented.\",\"name\":\"stimulus\",\"quantity\":\"?\"},{\"dtype",
    "\":\"text\",\"doc\":\"Narrative description about surgery/surgeries, including...\",\"name",
    "\":\"surgery\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Information about virus(es",
    ") used in experiments, including...\",\"name\":\"virus\",\"quantity\":\"?\"}],\"doc\":\"Exp",
    "erimental metadata, including protocol, notes and...\",\"name\":\"general\"},{\"groups\":[{",
    "\"doc\":\"Divisions in time marking experimental stages or...\",\"name\":\"epochs\",\"quant",
    "ity\":\"?\",\"neurodata_type_inc\":\"TimeIntervals\"},{\"doc\":\"Repeated experimental even",
    "ts that have a logical grouping.\",\"name\":\"trials\",\"quantity\":\"?\",\"neurodata_type_",
    "inc\":\"TimeIntervals\"},{\"doc\":\"Time intervals that should be removed from analysis.\",",
    "\"name\":\"invalid_times\",\"quantity\":\"?\",\"neurodata_type_inc\":\"TimeIntervals\"},{\"",
    "doc\":\"Optional additional table(s) for describing other...\",\"quantity\":\"*\",\"neuroda",
    "ta_type_inc\":\"TimeIntervals\"}],\"doc\":\"Experimental intervals, whether that be logical",
    "ly distinct...\",\"name\":\"intervals\",\"quantity\":\"?\"},{\"doc\":\"Data about sorted sp",
    "ike units.\",\"name\":\"units\",\"quantity\":\"?\",\"neurodata_type_inc\":\"Units\"}],\"dat",
    "asets\":[{\"shape\":[null],\"dims\":[\"num_modifications\"],\"dtype\":\"isodatetime\",\"doc",
    "\":\"A record of the date the file was created and of subsequent...\",\"name\":\"file_creat",
    "e_date\"},{\"dtype\":\"text\",\"doc\":\"A unique text identifier for the file.\",\"name\":",
    "\"identifier\"},{\"dtype\":\"text\",\"doc\":\"A description of the experimental session and",
    " data in the file.\",\"name\":\"session_description\"},{\"dtype\":\"isodatetime\",\"doc\":",
    "\"Date and time of the experiment/session start.\",\"name\":\"session_start_time\"},{\"dtyp",
    "e\":\"isodatetime\",\"doc\":\"Date and time corresponding to time zero of all timestamps.\"",
    ",\"name\":\"timestamps_reference_time\"}],\"doc\":\"An NWB file storing cellular-based neur",
    "ophysiology data from...\",\"name\":\"root\",\"neurodata_type_inc\":\"NWBContainer\",\"neur",
    "odata_type_def\":\"NWBFile\",\"attributes\":[{\"doc\":\"File version string.\",\"name\":\"n",
    "wb_version\",\"dtype\":\"text\",\"value\":\"2.6.0\"}]},{\"datasets\":[{\"dtype\":\"text\",",
    "\"doc\":\"Age of subject.\",\"name\":\"age\",\"quantity\":\"?\",\"attributes\":[{\"doc\":\"",
    "Age is with reference to this event.\",\"name\":\"reference\",\"required\":false,\"dtype\":",
    "\"text\",\"default_value\":\"birth\"}]},{\"dtype\":\"isodatetime\",\"doc\":\"Date of birth ",
    "of subject.\",\"name\":\"date_of_birth\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"",
    "Description of subject and where subject came from (e.g.,...\",\"name\":\"description\",\"q",
    "uantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Genetic strain.\",\"name\":\"genotype\",\"qu",
    "antity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Gender of subject.\",\"name\":\"sex\",\"quant",
    "ity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Species of subject.\",\"name\":\"species\",\"qua",
    "ntity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Strain of subject.\",\"name\":\"strain\",\"qua",
    "ntity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"ID of animal/person used/participating in expe",
    "riment (lab...\",\"name\":\"subject_id\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"",
    "Weight at time of experiment, at time of surgery and at...\",\"name\":\"weight\",\"quantity",
    "\":\"?\"}],\"doc\":\"Information about the animal or person from which the data...\",\"neur",
    "odata_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"Subject\"}]}", NULL};

static const char *const core_nwb_misc[] = {
    "{\"groups\":[{\"datasets\":[{\"doc\":\"Index into the spike_times dataset.\",\"name\":\"spi",
    "ke_times_index\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"dtype\":\"fl",
    "oat64\",\"doc\":\"Spike times for each unit in seconds.\",\"name\":\"spike_times\",\"quanti",
    "ty\":\"?\",\"neurodata_type_inc\":\"VectorData\",\"attributes\":[{\"doc\":\"The smallest po",
    "ssible difference between two spike times.\",\"name\":\"resolution\",\"required\":false,\"d",
    "type\":\"float64\"}]},{\"doc\":\"Index into the obs_intervals dataset.\",\"name\":\"obs_int",
    "ervals_index\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"shape\":[null,",
    "2],\"dims\":[\"num_intervals\",\"start|end\"],\"dtype\":\"float64\",\"doc\":\"Observation i",
    "ntervals for each unit.\",\"name\":\"obs_intervals\",\"quantity\":\"?\",\"neurodata_type_in",
    "c\":\"VectorData\"},{\"doc\":\"Index into electrodes.\",\"name\":\"electrodes_index\",\"qua",
    "ntity\":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"doc\":\"Electrode that each spike ",
    "unit came from, specified using a...\",\"name\":\"electrodes\",\"quantity\":\"?\",\"neuroda",
    "ta_type_inc\":\"DynamicTableRegion\"},{\"dtype\":{\"target_type\":\"ElectrodeGroup\",\"reft",
    "ype\":\"object\"},\"doc\":\"Electrode group that each spike unit came from.\",\"name\":\"el",
    "ectrode_group\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"shape\":[[null",
    ",null],[null,null,null]],\"dims\":[[\"num_units\",\"num_samples\"],[\"num_units\",\"num_sam",
    "ples\",\"num_electrodes\"]],\"dtype\":\"float32\",\"doc\":\"Spike waveform mean for each sp",
    "ike unit.\",\"name\":\"waveform_mean\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorDa",
    "ta\",\"attributes\":[{\"doc\":\"Sampling rate, in hertz.\",\"name\":\"sampling_rate\",\"req",
    "uired\":false,\"dtype\":\"float32\"},{\"doc\":\"Unit of measurement.\",\"name\":\"unit\",\"",
    "dtype\":\"text\",\"value\":\"volts\"}]},{\"shape\":[[null,null],[null,null,null]],\"dims\":",
    "[[\"num_units\",\"num_samples\"],[\"num_units\",\"num_samples\",\"num_electrodes\"]],\"dtyp",
    "e\":\"float32\",\"doc\":\"Spike waveform standard deviation for each spike unit.\",\"name\"",
    ":\"waveform_sd\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\",\"attributes\":[{",
    "\"doc\":\"Sampling rate, in hertz.\",\"name\":\"sampling_rate\",\"required\":false,\"dtype",
    "\":\"float32\"},{\"doc\":\"Unit of measurement.\",\"name\":\"unit\",\"dtype\":\"text\",\"va",
    "lue\":\"volts\"}]},{\"shape\":[null,null],\"dims\":[\"num_waveforms\",\"num_samples\"],\"dt",
    "ype\":\"numeric\",\"doc\":\"Individual waveforms for each spike on each electrode.\",\"name",
    "\":\"waveforms\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorData\",\"attributes\":[{",
    "\"doc\":\"Sampling rate, in hertz.\",\"name\":\"sampling_rate\",\"required\":false,\"dtype",
    "\":\"float32\"},{\"doc\":\"Unit of measurement.\",\"name\":\"unit\",\"dtype\":\"text\",\"va",
    "lue\":\"volts\"}]},{\"doc\":\"Index into the waveforms dataset.\",\"name\":\"waveforms_inde",
    "x\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"doc\":\"Index into the wa",
    "veforms_index dataset.\",\"name\":\"waveforms_index_index\",\"quantity\":\"?\",\"neurodata_",
    "type_inc\":\"VectorIndex\"}],\"doc\":\"Data about spiking units.\",\"default_name\":\"Units",
    "\",\"neurodata_type_inc\":\"DynamicTable\",\"neurodata_type_def\":\"Units\"}]}", NULL};

static const char *const core_nwb_ophys[] = {
    "{\"groups\":[{\"datasets\":[{\"shape\":[[null],[null,null]],\"dims\":[[\"num_times\"],[\"nu",
    "m_times\",\"num_ROIs\"]],\"dtype\":\"numeric\",\"doc\":\"Signals from ROIs.\",\"name\":\"da",
    "ta\",\"attributes\":[{\"doc\":\"Scalar to multiply each element in data to convert it to th",
    "e...\",\"name\":\"conversion\",\"required\":false,\"dtype\":\"float32\",\"default_value\":1",
    ".0},{\"doc\":\"Scalar to add to the data after scaling by 'conversion' to...\",\"name\":\"o",
    "ffset\",\"required\":false,\"dtype\":\"float32\",\"default_value\":0.0},{\"doc\":\"Smallest",
    " meaningful difference between values in data,...\",\"name\":\"resolution\",\"required\":fa",
    "lse,\"dtype\":\"float32\",\"default_value\":-1.0},{\"doc\":\"Base unit of measurement for w",
    "orking with the data.\",\"name\":\"unit\",\"dtype\":\"text\"},{\"doc\":\"Optionally describ",
    "e the continuity of the data.\",\"name\":\"continuity\",\"required\":false,\"dtype\":\"text",
    "\"}]},{\"doc\":\"DynamicTableRegion referencing into an ROITable containing...\",\"name\":",
    "\"rois\",\"neurodata_type_inc\":\"DynamicTableRegion\"}],\"doc\":\"ROI responses over an im",
    "aging plane.\",\"neurodata_type_inc\":\"TimeSeries\",\"neurodata_type_def\":\"RoiResponseSe",
    "ries\"},{\"groups\":[{\"doc\":\"RoiResponseSeries object(s) containing dF/F for a ROI.\",\"",
    "quantity\":\"+\",\"neurodata_type_inc\":\"RoiResponseSeries\"}],\"doc\":\"dF/F information ",
    "about a region of interest (ROI).\",\"default_name\":\"DfOverF\",\"neurodata_type_inc\":\"N",
    "WBDataInterface\",\"neurodata_type_def\":\"DfOverF\"},{\"groups\":[{\"doc\":\"RoiResponseSe",
    "ries object(s) containing fluorescence data for...\",\"quantity\":\"+\",\"neurodata_type_in",
    "c\":\"RoiResponseSeries\"}],\"doc\":\"Fluorescence information about a region of interest (",
    "ROI).\",\"default_name\":\"Fluorescence\",\"neurodata_type_inc\":\"NWBDataInterface\",\"neu",
    "rodata_type_def\":\"Fluorescence\"},{\"groups\":[{\"doc\":\"Results from image segmentation",
    " of a specific imaging plane.\",\"quantity\":\"+\",\"neurodata_type_inc\":\"PlaneSegmentati",
    "on\"}],\"doc\":\"Stores pixels in an image that represent different regions...\",\"default_",
    "name\":\"ImageSegmentation\",\"neurodata_type_inc\":\"NWBDataInterface\",\"neurodata_type_d",
    "ef\":\"ImageSegmentation\"},{\"groups\":[{\"doc\":\"Image stacks that the segmentation mask",
    "s apply to.\",\"name\":\"reference_images\"}],\"datasets\":[{\"shape\":[[null,null,null],[n",
    "ull,null,null,null]],\"dims\":[[\"num_roi\",\"num_x\",\"num_y\"],[\"num_roi\",\"num_x\",\"n",
    "um_y\",\"num_z\"]],\"doc\":\"ROI masks for each ROI.\",\"name\":\"image_mask\",\"quantity\"",
    ":\"?\",\"neurodata_type_inc\":\"VectorData\"},{\"doc\":\"Index into pixel_mask.\",\"name\":",
    "\"pixel_mask_index\",\"quantity\":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"dtype\":",
    "[{\"doc\":\"Pixel x-coordinate.\",\"name\":\"x\",\"dtype\":\"uint32\"},{\"doc\":\"Pixel y-c",
    "oordinate.\",\"name\":\"y\",\"dtype\":\"uint32\"},{\"doc\":\"Weight of the pixel.\",\"name",
    "\":\"weight\",\"dtype\":\"float32\"}],\"doc\":\"Pixel masks for each ROI: a list of indices",
    " and weights for...\",\"name\":\"pixel_mask\",\"quantity\":\"?\",\"neurodata_type_inc\":\"V",
    "ectorData\"},{\"doc\":\"Index into voxel_mask.\",\"name\":\"voxel_mask_index\",\"quantity\"",
    ":\"?\",\"neurodata_type_inc\":\"VectorIndex\"},{\"dtype\":[{\"doc\":\"Voxel x-coordinate.\"",
    ",\"name\":\"x\",\"dtype\":\"uint32\"},{\"doc\":\"Voxel y-coordinate.\",\"name\":\"y\",\"dty",
    "pe\":\"uint32\"},{\"doc\":\"Voxel z-coordinate.\",\"name\":\"z\",\"dtype\":\"uint32\"},{\"d",
    "oc\":\"Weight of the voxel.\",\"name\":\"weight\",\"dtype\":\"float32\"}],\"doc\":\"Voxel m",
    "asks for each ROI: a list of indices and weights for...\",\"name\":\"voxel_mask\",\"quantit",
    "y\":\"?\",\"neurodata_type_inc\":\"VectorData\"}],\"links\":[{\"doc\":\"Link to ImagingPlan",
    "e object from which this data was generated.\",\"name\":\"imaging_plane\",\"target_type\":",
    "\"ImagingPlane\"}],\"doc\":\"Results from image segmentation of a specific imaging plane.\"",
    ",\"neurodata_type_inc\":\"DynamicTable\",\"neurodata_type_def\":\"PlaneSegmentation\"},{\"g",
    "roups\":[{\"doc\":\"An optical channel used to record from an imaging plane.\",\"quantity\"",
    ":\"+\",\"neurodata_type_inc\":\"OpticalChannel\"}],\"datasets\":[{\"dtype\":\"text\",\"doc",
    "\":\"Description of the imaging plane.\",\"name\":\"description\",\"quantity\":\"?\"},{\"dt",
    "ype\":\"float32\",\"doc\":\"Excitation wavelength, in nm.\",\"name\":\"excitation_lambda\"}",
    ",{\"dtype\":\"float32\",\"doc\":\"Rate that images are acquired, in Hz.\",\"name\":\"imagin",
    "g_rate\",\"quantity\":\"?\"},{\"dtype\":\"text\",\"doc\":\"Calcium indicator.\",\"name\":\"",
    "indicator\"},{\"dtype\":\"text\",\"doc\":\"Location of the imaging plane.\",\"name\":\"loca",
    "tion\"},{\"shape\":[[null,null,3],[null,null,null,3]],\"dims\":[[\"height\",\"width\",\"x, ",
    "y, z\"],[\"height\",\"width\",\"depth\",\"x, y, z\"]],\"dtype\":\"float32\",\"doc\":\"DEPRE",
    "CATED Physical position of each pixel.\",\"name\":\"manifold\",\"quantity\":\"?\",\"attribu",
    "tes\":[{\"doc\":\"Scalar to multiply each element in data to convert it to the...\",\"name",
    "\":\"conversion\",\"required\":false,\"dtype\":\"float32\",\"default_value\":1.0},{\"doc\":",
    "\"Base unit of measurement for working with the data.\",\"name\":\"unit\",\"required\":fals",
    "e,\"dtype\":\"text\",\"default_value\":\"meters\"}]},{\"shape\":[[2],[3]],\"dims\":[[\"x, y",
    "\"],[\"x, y, z\"]],\"dtype\":\"float32\",\"doc\":\"Physical location of the first element o",
    "f the imaging plane...\",\"name\":\"origin_coords\",\"quantity\":\"?\",\"attributes\":[{\"d",
    "oc\":\"Measurement units for origin_coords.\",\"name\":\"unit\",\"required\":false,\"dtype",
    "\":\"text\",\"default_value\":\"meters\"}]},{\"shape\":[[2],[3]],\"dims\":[[\"x, y\"],[\"x,",
    " y, z\"]],\"dtype\":\"float32\",\"doc\":\"Space between pixels in (x, y) or voxels in (x, y",
    ", z)...\",\"name\":\"grid_spacing\",\"quantity\":\"?\",\"attributes\":[{\"doc\":\"Measureme",
    "nt units for grid_spacing.\",\"name\":\"unit\",\"required\":false,\"dtype\":\"text\",\"defa",
    "ult_value\":\"meters\"}]},{\"dtype\":\"text\",\"doc\":\"Describes reference frame of origin",
    "_coords and grid_spacing.\",\"name\":\"reference_frame\",\"quantity\":\"?\"}],\"links\":[{",
    "\"doc\":\"Link to the Device object that was used to record from this...\",\"name\":\"devic",
    "e\",\"target_type\":\"Device\"}],\"doc\":\"An imaging plane and its metadata.\",\"neurodata",
    "_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"ImagingPlane\"},{\"datasets\":[{\"dty",
    "pe\":\"text\",\"doc\":\"Description or other notes about the channel.\",\"name\":\"descript",
    "ion\"},{\"dtype\":\"float32\",\"doc\":\"Emission wavelength for channel, in nm.\",\"name\":",
    "\"emission_lambda\"}],\"doc\":\"An optical channel used to record from an imaging plane.\",",
    "\"neurodata_type_inc\":\"NWBContainer\",\"neurodata_type_def\":\"OpticalChannel\"}]}", NULL};

static const char *const hdmf_common_namespace[] = {
    "{\"namespaces\":[{\"doc\":\"Common data structures provided by HDMF\",\"schema\":[{\"source",
    "\":\"base\"},{\"source\":\"table\"}],\"name\":\"hdmf-common\",\"full_name\":\"HDMF Common\"",
    ",\"version\":\"1.5.1\",\"author\":[\"Andrew Tritt\",\"Oliver Ruebel\",\"Ryan Ly\",\"Ben Dic",
    "hter\"],\"contact\":[\"ajtritt@lbl.gov\",\"oruebel@lbl.gov\",\"rly@lbl.gov\",\"bdichter@lbl",
    ".gov\"]}]}", NULL};

static const char *const hdmf_common_base[] = {
    "{\"groups\":[{\"doc\":\"An abstract data type for a group storing collections of...\",\"dat",
    "a_type_def\":\"Container\"},{\"groups\":[{\"doc\":\"Container objects held within this Simp",
    "leMultiContainer.\",\"quantity\":\"*\",\"data_type_inc\":\"Container\"}],\"datasets\":[{\"d",
    "oc\":\"Data objects held within this SimpleMultiContainer.\",\"quantity\":\"*\",\"data_type",
    "_inc\":\"Data\"}],\"doc\":\"A simple Container for holding onto multiple containers.\",\"da",
    "ta_type_inc\":\"Container\",\"data_type_def\":\"SimpleMultiContainer\"}],\"datasets\":[{\"d",
    "oc\":\"An abstract data type for a dataset.\",\"data_type_def\":\"Data\"}]}", NULL};

static const char *const hdmf_common_table[] = {
    "{\"groups\":[{\"datasets\":[{\"shape\":[null],\"dims\":[\"num_rows\"],\"dtype\":\"int\",\"d",
    "oc\":\"Array of unique identifiers for the rows of this dynamic table.\",\"name\":\"id\",\"",
    "data_type_inc\":\"ElementIdentifiers\"},{\"doc\":\"Vector columns, including index columns,",
    " of this dynamic table.\",\"quantity\":\"*\",\"data_type_inc\":\"VectorData\"}],\"doc\":\"A",
    " group containing multiple datasets that are aligned on the...\",\"data_type_inc\":\"Contai",
    "ner\",\"data_type_def\":\"DynamicTable\",\"attributes\":[{\"doc\":\"The names of the column",
    "s in this table.\",\"name\":\"colnames\",\"dtype\":\"text\",\"shape\":[null],\"dims\":[\"nu",
    "m_columns\"]},{\"doc\":\"Description of what is in this dynamic table.\",\"name\":\"descrip",
    "tion\",\"dtype\":\"text\"}]}],\"datasets\":[{\"shape\":[[null],[null,null],[null,null,null]",
    ",[null,null,null,null]],\"dims\":[[\"dim0\"],[\"dim0\",\"dim1\"],[\"dim0\",\"dim1\",\"dim2",
    "\"],[\"dim0\",\"dim1\",\"dim2\",\"dim3\"]],\"doc\":\"An n-dimensional dataset representing ",
    "a column of a...\",\"data_type_inc\":\"Data\",\"data_type_def\":\"VectorData\",\"attributes",
    "\":[{\"doc\":\"Description of what these vectors represent.\",\"name\":\"description\",\"dt",
    "ype\":\"text\"}]},{\"shape\":[null],\"dims\":[\"num_rows\"],\"dtype\":\"uint8\",\"doc\":\"U",
    "sed with VectorData to encode a ragged array.\",\"data_type_inc\":\"VectorData\",\"data_typ",
    "e_def\":\"VectorIndex\",\"attributes\":[{\"doc\":\"Reference to the target dataset that thi",
    "s index applies to.\",\"name\":\"target\",\"dtype\":{\"target_type\":\"VectorData\",\"refty",
    "pe\":\"object\"}}]},{\"shape\":[null],\"dims\":[\"num_elements\"],\"dtype\":\"int\",\"doc\"",
    ":\"A list of unique identifiers for values within a dataset, e.g.\",\"default_name\":\"elem",
    "ent_id\",\"data_type_inc\":\"Data\",\"data_type_def\":\"ElementIdentifiers\"},{\"shape\":[n",
    "ull],\"dims\":[\"num_rows\"],\"dtype\":\"int\",\"doc\":\"DynamicTableRegion provides a link",
    " from one table to an...\",\"data_type_inc\":\"VectorData\",\"data_type_def\":\"DynamicTabl",
    "eRegion\",\"attributes\":[{\"doc\":\"Reference to the DynamicTable object that this region.",
    "..\",\"name\":\"table\",\"dtype\":{\"target_type\":\"DynamicTable\",\"reftype\":\"object\"}",
    "},{\"doc\":\"Description of what this table region points to.\",\"name\":\"description\",\"",
    "dtype\":\"text\"}]}]}", NULL};

/* clang-format on */

/* One document: where it is cached, and its text in pieces. */
typedef struct spec_document {
    const char *name_space;
    const char *version;
    const char *name;
    const char *const *pieces;
} spec_document;

static const spec_document documents[] = {
    {"core", ANA_NWB_VERSION, "namespace", core_namespace},
    {"core", ANA_NWB_VERSION, "nwb.base", core_nwb_base},
    {"core", ANA_NWB_VERSION, "nwb.behavior", core_nwb_behavior},
    {"core", ANA_NWB_VERSION, "nwb.device", core_nwb_device},
    {"core", ANA_NWB_VERSION, "nwb.ecephys", core_nwb_ecephys},
    {"core", ANA_NWB_VERSION, "nwb.epoch", core_nwb_epoch},
    {"core", ANA_NWB_VERSION, "nwb.file", core_nwb_file},
    {"core", ANA_NWB_VERSION, "nwb.misc", core_nwb_misc},
    {"core", ANA_NWB_VERSION, "nwb.ophys", core_nwb_ophys},
    {"hdmf-common", "1.5.1", "namespace", hdmf_common_namespace},
    {"hdmf-common", "1.5.1", "base", hdmf_common_base},
    {"hdmf-common", "1.5.1", "table", hdmf_common_table},
};

static ana_status ensure_folder(ana_hdf5 *file, const char *path)
{
    ana_hdf5_kind kind = ANA_HDF5_NOTHING;
    ana_status status = ana_hdf5_look(file, path, &kind);
    return status == ANA_OK && kind == ANA_HDF5_NOTHING ? ana_hdf5_make_group(file, path) : status;
}

static ana_status write_document(ana_hdf5 *file, const spec_document *document)
{
    ana_status status = ANA_OK;
    ana_text folder = {0};
    ana_text path = {0};
    ana_text json = {0};
    ANA_TRY(ana_nwb_join(&folder, "/specifications", document->name_space));
    ANA_TRY(ensure_folder(file, folder.bytes));
    ANA_TRY(ana_nwb_join(&path, folder.bytes, document->version));
    ANA_TRY(ensure_folder(file, path.bytes));
    ANA_TRY(ana_nwb_join(&folder, path.bytes, document->name));
    for (const char *const *piece = document->pieces; *piece != NULL; piece++) {
        ana_text_append(&json, *piece);
    }
    ANA_TRY(ana_text_check(&json, "specification"));
    status = ana_hdf5_write_text(file, folder.bytes, json.bytes);
done:
    ana_text_release(&folder);
    ana_text_release(&path);
    ana_text_release(&json);
    return status;
}

ana_status ana_nwb_write_specifications(ana_hdf5 *file)
{
    ana_status status = ana_hdf5_make_group(file, "/specifications");
    for (size_t i = 0; status == ANA_OK && i < sizeof documents / sizeof *documents; i++) {
        status = write_document(file, &documents[i]);
    }
    return status == ANA_OK ? ana_hdf5_set_reference(file, "/", ".specloc", "/specifications")
                            : status;
}
