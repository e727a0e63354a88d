/** Files to recordings and back: the format is found by content, never by the ending alone. */
#ifndef ANALYSIS_FORMATS_READER_H
#define ANALYSIS_FORMATS_READER_H

#include <analysis/options.h>
#include <analysis/recording.h>
#include <analysis/run.h>
#include <analysis/status.h>

ANA_BEGIN_DECLS

typedef struct ana_read_options {
    ana_run run;
    const char *format;   /**< name of a format; NULL: found by content */
    double rate;          /**< hertz, where the file cannot say (plain arrays, Suite2p); 0: unset */
    const char *variable; /**< which array of an .npz, .mat or .h5; NULL: all of them */
    bool strict;          /**< whatever would be recovered with a warning is an error */
    bool allow_outside;   /**< follow file names and links that leave the file's own folder */
    bool hdf5_plugins;    /**< let HDF5 load filter plug-ins */
} ana_read_options;

ANA_API ana_read_options ana_read_options_default(void);
ANA_API extern const ana_option ana_read_option_table[];

/** *out = the recording in `path` (a file, or a folder of Phy or Suite2p). Costs the header, not
 *  the samples, where the format allows: samples are read when asked for. Warnings are in the
 *  recording. ANA_ERR_IO, ANA_ERR_FORMAT (file, byte, what would be right), ANA_ERR_UNSUPPORTED;
 *  ANA_ERR_FORMAT with the candidates when no format or more than one fits. */
ANA_API ANA_USE_RESULT ana_status ana_recording_read(const char *path,
                                                     const ana_read_options *options,
                                                     ana_recording **out);

typedef struct ana_write_options {
    ana_run run;
    const char *format; /**< name of a format; NULL: by the ending of the path */
    bool lossy;         /**< write although something is lost; else the losses are the error */
    bool overwrite;     /**< replace an existing file */
} ana_write_options;

ANA_API ana_write_options ana_write_options_default(void);
ANA_API extern const ana_option ana_write_option_table[];

/** Write `recording` to `path`: to a temporary name in the same folder, fsync, rename, so that an
 *  interrupted write leaves nothing half done and an old file intact. ANA_ERR_UNSUPPORTED with the
 *  list of what would be lost, unless `lossy`. */
ANA_API ANA_USE_RESULT ana_status ana_recording_write(const ana_recording *recording,
                                                      const char *path,
                                                      const ana_write_options *options);

/** What the format cannot hold of `recording`, a sentence a line, "" when nothing; freed by free().
 *  ANA_ERR_UNSUPPORTED when the format has no writer. */
ANA_API ANA_USE_RESULT ana_status ana_recording_losses(const ana_recording *recording,
                                                       const char *format, char **out);

/** One finding on a file: where and what. */
typedef struct ana_finding {
    bool error;  /**< breaks a rule; else it is a warning */
    char *where; /**< "byte 252", "/units/spike_times", "line 7" */
    char *what;  /**< what is wrong, and what would be right */
} ana_finding;

typedef struct ana_findings {
    size_t n;
    ana_finding *items;
} ana_findings;

/** Everything wrong with a file, line by line: reads all of it, checks the recording's invariants,
 *  and holds an NWB file against the specification cached in it. ANA_OK also when there are
 *  findings; an error only when the file could not be looked at. */
ANA_API ANA_USE_RESULT ana_status ana_file_validate(const char *path,
                                                    const ana_read_options *options,
                                                    ana_findings **out);
ANA_API void ana_findings_free(ana_findings *findings);

/** One line of the table of formats. */
typedef struct ana_format_info {
    const char *name;    /**< "edf" */
    const char *title;   /**< "European Data Format (EDF, EDF+C, EDF+D)" */
    const char *endings; /**< ".edf .rec"; a folder: "folder" */
    bool writes;
    const char *companions; /**< endings of the files written beside the named one, "" for none */
} ana_format_info;

/** Number of formats, and the i-th. */
ANA_API size_t ana_format_count(void);
ANA_API ana_format_info ana_format_get(size_t i);

/** The format of that name; ANA_ERR_UNSUPPORTED with the names there are. */
ANA_API ANA_USE_RESULT ana_status ana_format_find(const char *name, ana_format_info *out);

/** The format in which a recording is written to `path`: `name`, or with NULL by the ending.
 *  ANA_ERR_UNSUPPORTED with those that are written. */
ANA_API ANA_USE_RESULT ana_status ana_format_for_writing(const char *path, const char *name,
                                                         ana_format_info *out);

/** One candidate of the detection. */
typedef struct ana_format_score {
    const char *name;
    int score; /**< 0 (not this) ... 100 (certain) */
} ana_format_score;

/** Score of every format for `path`, highest first, in `scores` (ana_format_count() entries). */
ANA_API ANA_USE_RESULT ana_status ana_format_detect(const char *path, ana_format_score *scores);

ANA_END_DECLS

#endif
