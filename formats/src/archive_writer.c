/* Writing of ZIP archives (PKWARE APPNOTE 6.3.9): the second half of archive.h. */
#include "archive.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION_ZIP64 = 45,
    FLAG_UTF8 = 1 << 11,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    DATE_1980 = 1 << 5 | 1, /* January the first, as MS-DOS counts */
    EXTRA_ZIP64 = 1
};

static const uint32_t elsewhere32 = 0xffffffff;

typedef struct written_entry {
    char *name;
    uint64_t n_packed;
    uint64_t n_bytes;
    uint64_t offset; /* of the local header */
    uint32_t crc;
    bool deflated;
} written_entry;

struct ana_zip_writer {
    ana_atomic *atomic;
    uint64_t at; /* bytes written so far */
    size_t n_entries;
    size_t capacity;
    written_entry *entries;
    uint64_t n_added; /* bytes of the open entry */
    ana_deflater *deflater;
};

static void put(ana_text *text, uint64_t value, size_t n)
{
    char bytes[8];
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)(unsigned char)(value >> (8 * i) & 0xff);
    }
    ana_text_append_bytes(text, bytes, n);
}

static ana_status write_bytes(ana_zip_writer *writer, const void *bytes, size_t n)
{
    ana_status status = ana_atomic_write(writer->atomic, bytes, n);
    writer->at += status == ANA_OK ? n : 0;
    return status;
}

static ana_status write_text(ana_zip_writer *writer, ana_text *text)
{
    ana_status status = ana_text_check(text, "archive");
    if (status == ANA_OK) {
        status = write_bytes(writer, text->bytes, text->n);
    }
    ana_text_release(text);
    return status;
}

ana_status ana_zip_writer_new(ana_atomic *atomic, ana_zip_writer **out)
{
    ana_zip_writer *writer = NULL;
    ana_status status = ana_allocate(1, sizeof *writer, "archive", &writer);
    if (status == ANA_OK) {
        writer->atomic = atomic;
        *out = writer;
    }
    return status;
}

void ana_zip_writer_free(ana_zip_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    for (size_t i = 0; i < writer->n_entries; i++) {
        free(writer->entries[i].name);
    }
    free(writer->entries);
    ana_deflater_free(writer->deflater);
    free(writer);
}

/* What a local header and a directory entry have in common. */
static void put_common(ana_text *text, const written_entry *entry)
{
    put(text, VERSION_ZIP64, 2);
    put(text, FLAG_UTF8, 2);
    put(text, entry->deflated ? METHOD_DEFLATED : METHOD_STORED, 2);
    put(text, 0, 2);
    put(text, DATE_1980, 2);
    put(text, entry->crc, 4);
    put(text, elsewhere32, 4);
    put(text, elsewhere32, 4);
    put(text, strlen(entry->name), 2);
}

/* Every entry is written in the zip64 form: sizes need not be known to fit beforehand. */
static ana_text local_header(const written_entry *entry)
{
    ana_text text = {0};
    put(&text, 0x04034b50, 4);
    put_common(&text, entry);
    put(&text, 20, 2);
    ana_text_append(&text, entry->name);
    put(&text, EXTRA_ZIP64, 2);
    put(&text, 16, 2);
    put(&text, entry->n_bytes, 8);
    put(&text, entry->n_packed, 8);
    return text;
}

static ana_status sink(void *user, const void *bytes, size_t n)
{
    ana_zip_writer *writer = user;
    writer->entries[writer->n_entries - 1].n_packed += n;
    return write_bytes(writer, bytes, n);
}

ana_status ana_zip_writer_begin(ana_zip_writer *writer, const char *name, uint64_t n_bytes,
                                bool deflated)
{
    ana_status status = ana_grow(&writer->entries, &writer->capacity, writer->n_entries + 1,
                                 sizeof *writer->entries, "archive");
    if (status != ANA_OK) {
        return status;
    }
    written_entry entry = {.n_bytes = n_bytes, .offset = writer->at, .deflated = deflated};
    if (strlen(name) > UINT16_MAX) {
        return ana_fail(ANA_ERR_VALUE, "%s: a name in an archive has at most 65535 bytes",
                        writer->atomic->final_path);
    }
    for (size_t i = 0; i < writer->n_entries; i++) {
        if (strcmp(writer->entries[i].name, name) == 0) {
            return ana_fail(ANA_ERR_VALUE, "%s: two entries would be called \"%s\"",
                            writer->atomic->final_path, name);
        }
    }
    status = ana_copy_text(name, &entry.name);
    if (status != ANA_OK) {
        return status;
    }
    writer->entries[writer->n_entries++] = entry;
    writer->n_added = 0;
    if (deflated) {
        status = ana_deflater_new(ANA_DEFLATE_RAW, sink, writer, &writer->deflater);
        if (status != ANA_OK) {
            return status;
        }
    }
    ana_text header = local_header(&entry);
    return write_text(writer, &header);
}

ana_status ana_zip_writer_add(ana_zip_writer *writer, const void *bytes, size_t n)
{
    written_entry *entry = &writer->entries[writer->n_entries - 1];
    entry->crc = ana_crc32(entry->crc, bytes, n);
    writer->n_added += n;
    return entry->deflated ? ana_deflater_add(writer->deflater, bytes, n, false)
                           : sink(writer, bytes, n);
}

/* Write the local header again, now that checksum and packed size are known. */
static ana_status patch(ana_zip_writer *writer, const written_entry *entry)
{
    uint64_t end = writer->at;
    FILE *stream = writer->atomic->stream;
    if (fseeko(stream, (off_t)entry->offset, SEEK_SET) != 0) {
        return ana_fail_errno(writer->atomic->final_path, "cannot be written", errno);
    }
    ana_text header = local_header(entry);
    ana_status status = write_text(writer, &header);
    writer->at = end;
    if (status == ANA_OK && fseeko(stream, (off_t)end, SEEK_SET) != 0) {
        return ana_fail_errno(writer->atomic->final_path, "cannot be written", errno);
    }
    return status;
}

ana_status ana_zip_writer_end(ana_zip_writer *writer)
{
    written_entry *entry = &writer->entries[writer->n_entries - 1];
    if (writer->n_added != entry->n_bytes) {
        return ana_fail(ANA_ERR_SHAPE, "%s: \"%s\" was announced with %llu bytes but has %llu",
                        writer->atomic->final_path, entry->name, (unsigned long long)entry->n_bytes,
                        (unsigned long long)writer->n_added);
    }
    if (entry->deflated) {
        ana_status status = ana_deflater_add(writer->deflater, NULL, 0, true);
        ana_deflater_free(writer->deflater);
        writer->deflater = NULL;
        if (status != ANA_OK) {
            return status;
        }
    }
    return patch(writer, entry);
}

static void put_central(ana_text *text, const written_entry *entry)
{
    put(text, 0x02014b50, 4);
    put(text, VERSION_ZIP64, 2);
    put_common(text, entry);
    put(text, 28, 2); /* bytes of the zip64 part */
    put(text, 0, 2 + 2 + 2);
    put(text, 0, 4);
    put(text, elsewhere32, 4);
    ana_text_append(text, entry->name);
    put(text, EXTRA_ZIP64, 2);
    put(text, 24, 2);
    put(text, entry->n_bytes, 8);
    put(text, entry->n_packed, 8);
    put(text, entry->offset, 8);
}

static void put_end(ana_text *text, uint64_t n_entries, uint64_t n_bytes, uint64_t offset)
{
    uint64_t end64 = offset + n_bytes;
    put(text, 0x06064b50, 4);
    put(text, 44, 8);
    put(text, VERSION_ZIP64, 2);
    put(text, VERSION_ZIP64, 2);
    put(text, 0, 8);
    put(text, n_entries, 8);
    put(text, n_entries, 8);
    put(text, n_bytes, 8);
    put(text, offset, 8);
    put(text, 0x07064b50, 4);
    put(text, 0, 4);
    put(text, end64, 8);
    put(text, 1, 4);
    put(text, 0x06054b50, 4);
    put(text, 0, 4);
    put(text, n_entries < 0xffff ? n_entries : 0xffff, 2);
    put(text, n_entries < 0xffff ? n_entries : 0xffff, 2);
    put(text, n_bytes < elsewhere32 ? n_bytes : elsewhere32, 4);
    put(text, offset < elsewhere32 ? offset : elsewhere32, 4);
    put(text, 0, 2);
}

ana_status ana_zip_writer_finish(ana_zip_writer *writer)
{
    ana_text text = {0};
    for (size_t i = 0; i < writer->n_entries; i++) {
        put_central(&text, &writer->entries[i]);
    }
    put_end(&text, writer->n_entries, text.n, writer->at);
    return write_text(writer, &text);
}
