/* Rules of EDF and EDF+ that reading does not depend on. */
#include "edf.h"
#include "format.h"
#include "memory.h"
#include "source.h"
#include "try.h"
#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header is US-ASCII: the first byte that is not, in each part of 256 bytes. */
static ana_status check_characters(const ana_file *file, const ana_edf_header *header,
                                   ana_findings *findings)
{
    ana_status status = ANA_OK;
    char *bytes = NULL;
    const size_t n = (size_t)header->data_offset;
    ANA_TRY(ana_allocate(n, 1, "header", &bytes));
    ANA_TRY(ana_file_read(file, 0, n, bytes));
    for (size_t i = header->is_bdf ? 1 : 0; i < n && status == ANA_OK; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~') {
            char where[32];
            (void)snprintf(where, sizeof where, "byte %zu", i);
            status = ana_findings_add(findings, false, where,
                                      "the header holds 0x%02x; only printable US-ASCII is allowed",
                                      (unsigned)(unsigned char)bytes[i]);
            i = (i / ANA_EDF_HEADER_BYTES + 1) * ANA_EDF_HEADER_BYTES - 1;
        }
    }
done:
    free(bytes);
    return status;
}

static ana_status check_signals(const ana_edf_header *header, ana_findings *findings)
{
    ana_status status = ANA_OK;
    for (size_t s = 0; s < header->n_signals; s++) {
        const ana_edf_signal *signal = &header->signals[s];
        char where[32];
        size_t twin = 0;
        while (twin < s && strcmp(header->signals[twin].label, signal->label) != 0) {
            twin++;
        }
        (void)snprintf(where, sizeof where, "byte %zu", (size_t)ANA_EDF_HEADER_BYTES + s * 16);
        if (twin < s && !signal->is_annotation) {
            ANA_TRY(ana_findings_add(findings, false, where,
                                     "signals %zu and %zu are both called \"%s\"", twin, s,
                                     signal->label));
        }
    }
    if (header->record_bytes > 61440) {
        ANA_TRY(ana_findings_add(findings, false, "byte 244",
                                 "a data record has %zu bytes; at most 61440 are asked for",
                                 header->record_bytes));
    }
done:
    return status;
}

/* EDF+ words the patient in four parts and the recording in five, the date first. */
static ana_status check_plus(const ana_edf_header *header, ana_findings *findings)
{
    ana_status status = ANA_OK;
    size_t n_blanks = 0;
    for (const char *at = header->patient; *at != '\0'; at++) {
        n_blanks += *at == ' ' ? 1 : 0;
    }
    bool has_lists = false;
    for (size_t s = 0; s < header->n_signals; s++) {
        has_lists = has_lists || header->signals[s].is_annotation;
    }
    if (n_blanks < 3) {
        ANA_TRY(ana_findings_add(findings, false, "byte 8",
                                 "the patient is \"%s\"; EDF+ asks for code, sex, birthdate and "
                                 "name with blanks between, X for what is not known",
                                 header->patient));
    }
    if (!ana_text_starts_with(header->recording, "Startdate ")) {
        ANA_TRY(ana_findings_add(findings, false, "byte 88",
                                 "the recording is \"%s\"; EDF+ asks for \"Startdate\" and a date",
                                 header->recording));
    }
    if (!has_lists) {
        ANA_TRY(ana_findings_add(findings, true, "byte 192",
                                 "says EDF+, but has no annotation signal, which keeps its time"));
    }
done:
    return status;
}

/* Counts of samples beyond the digital range of each channel of a series. */
static ana_status count_beyond(const ana_series *series, const ana_edf_header *header,
                               size_t *n_beyond)
{
    const size_t budget = (size_t)256 << 10;
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    size_t block = series->n_channels > 0 ? budget / series->n_channels + 1 : 1;
    block = block < series->n_times ? block : series->n_times;
    double *values = ana_workspace_doubles(&workspace, series->n_channels, block);
    size_t *channels = ana_workspace_sizes(&workspace, series->n_channels, 1);
    ANA_TRY(ana_workspace_check(&workspace, "samples"));
    for (size_t c = 0; c < series->n_channels; c++) {
        channels[c] = c;
    }
    for (size_t first = 0; first < series->n_times; first += block) {
        size_t n = series->n_times - first < block ? series->n_times - first : block;
        ana_window window = {series->n_channels, channels, first, n, NULL, NULL};
        ANA_TRY(ana_source_read(series->source, &window, values));
        for (size_t i = 0; i < series->n_channels * n; i++) {
            const ana_channel *channel = &series->channels[i / n];
            const ana_edf_signal *signal = &header->signals[channel->file_index];
            bool ascends = signal->digital_min <= signal->digital_max;
            double low = ascends ? signal->digital_min : signal->digital_max;
            double high = ascends ? signal->digital_max : signal->digital_min;
            n_beyond[i / n] += values[i] < low || values[i] > high ? 1 : 0;
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

static ana_status check_samples(const ana_recording *recording, const ana_edf_header *header,
                                ana_findings *findings)
{
    ana_status status = ANA_OK;
    ana_workspace workspace = {0};
    for (size_t i = 0; i < recording->n_series && status == ANA_OK; i++) {
        const ana_series *series = recording->series[i];
        size_t *n_beyond = ana_workspace_sizes(&workspace, series->n_channels, 1);
        ANA_TRY(ana_workspace_check(&workspace, "samples"));
        ANA_TRY(count_beyond(series, header, n_beyond));
        for (size_t c = 0; c < series->n_channels && status == ANA_OK; c++) {
            if (n_beyond[c] > 0) {
                status = ana_findings_add(findings, false, series->channels[c].name,
                                          "%zu of %zu samples are outside its digital range",
                                          n_beyond[c], series->n_times);
            }
        }
    }
done:
    ana_workspace_release(&workspace);
    return status;
}

ana_status ana_edf_validate(const char *path, const ana_read_options *options,
                            ana_findings *findings)
{
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    ana_edf_header header = {0};
    ana_recording *recording = NULL;
    ana_read_options chosen = *options;
    chosen.format = "edf"; /* read_edf reads both, and the caller found one of them */
    status = ana_recording_read(path, &chosen, &recording);
    if (status != ANA_OK) { /* what is wrong with the file is a finding already */
        return status == ANA_ERR_MEMORY || status == ANA_ERR_IO ? status : ANA_OK;
    }
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_edf_read_header(file, options, recording, &header));
    ANA_TRY(check_characters(file, &header, findings));
    ANA_TRY(check_signals(&header, findings));
    if (header.is_plus) {
        ANA_TRY(check_plus(&header, findings));
    }
    ANA_TRY(check_samples(recording, &header, findings));
done:
    ana_edf_release_header(&header);
    ana_file_close(file);
    ana_recording_free(recording);
    return status;
}
