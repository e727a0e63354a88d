/* Reading of ZIP archives (PKWARE APPNOTE 6.3.9, sections 4.3 to 4.5). */
#include "archive.h"

#include "cursor.h"
#include "memory.h"
#include "text.h"
#include "try.h"
#include "zip.h"

#include <stdlib.h>
#include <string.h>

enum {
    END_BYTES = 22,      /* end of central directory, without its comment */
    LOCATOR_BYTES = 20,  /* where the zip64 end is */
    END64_BYTES = 56,    /* zip64 end of central directory */
    CENTRAL_BYTES = 46,  /* one entry of the directory, without its texts */
    LOCAL_BYTES = 30,    /* header before the packed bytes, without its texts */
    MAX_COMMENT = 65535, /* of the archive, after the end record */
    FLAG_ENCRYPTED = 1,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    EXTRA_ZIP64 = 1,
    COPY_BYTES = 1 << 16
};

static const uint32_t end_mark = 0x06054b50;
static const uint32_t locator_mark = 0x07064b50;
static const uint32_t end64_mark = 0x06064b50;
static const uint32_t central_mark = 0x02014b50;
static const uint32_t local_mark = 0x04034b50;
static const uint32_t elsewhere32 = 0xffffffff; /* the number is in the zip64 part */
static const uint16_t elsewhere16 = 0xffff;

/* Where the table of contents is. */
typedef struct directory {
    uint64_t n_entries;
    uint64_t offset;
    uint64_t n_bytes;
    bool in_volumes;
} directory;

/* The end record is the last one whose comment reaches exactly the end of the file. */
static bool find_end(const unsigned char *tail, size_t n, size_t *at)
{
    for (size_t i = n < END_BYTES ? 0 : n - END_BYTES + 1; i-- > 0;) {
        ana_cursor cursor = ana_cursor_over("", tail + i, n - i, 0);
        if (ana_cursor_u32(&cursor) != end_mark) {
            continue;
        }
        ana_cursor_skip(&cursor, END_BYTES - 6);
        if (ana_cursor_u16(&cursor) == n - i - END_BYTES) {
            *at = i;
            return true;
        }
    }
    return false;
}

static ana_status read_end64(const ana_file *file, uint64_t locator, directory *found)
{
    unsigned char bytes[END64_BYTES];
    ana_status status = ana_file_read(file, locator, LOCATOR_BYTES, bytes);
    if (status != ANA_OK) {
        return status;
    }
    ana_cursor cursor = ana_cursor_over(ana_file_name(file), bytes, LOCATOR_BYTES, locator);
    if (ana_cursor_u32(&cursor) != locator_mark) {
        return ANA_OK; /* a small archive with 65535 entries has none */
    }
    ana_cursor_skip(&cursor, 4);
    uint64_t at = ana_cursor_u64(&cursor);
    status = ana_file_read(file, at, END64_BYTES, bytes);
    if (status != ANA_OK) {
        return status;
    }
    cursor = ana_cursor_over(ana_file_name(file), bytes, END64_BYTES, at);
    if (ana_cursor_u32(&cursor) != end64_mark) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: no zip64 end record, but one is announced",
                        ana_file_name(file), (unsigned long long)at);
    }
    ana_cursor_skip(&cursor, 12);
    uint32_t volume = ana_cursor_u32(&cursor);
    uint32_t first_volume = ana_cursor_u32(&cursor);
    found->in_volumes = volume != 0 || first_volume != 0;
    ana_cursor_skip(&cursor, 8);
    found->n_entries = ana_cursor_u64(&cursor);
    found->n_bytes = ana_cursor_u64(&cursor);
    found->offset = ana_cursor_u64(&cursor);
    return ana_cursor_check(&cursor, "the zip64 end record");
}

static void parse_end(const unsigned char *bytes, directory *found)
{
    ana_cursor cursor = ana_cursor_over("", bytes, END_BYTES, 0);
    ana_cursor_skip(&cursor, 4);
    uint16_t volume = ana_cursor_u16(&cursor);
    uint16_t first_volume = ana_cursor_u16(&cursor);
    ana_cursor_skip(&cursor, 2);
    found->n_entries = ana_cursor_u16(&cursor);
    found->n_bytes = ana_cursor_u32(&cursor);
    found->offset = ana_cursor_u32(&cursor);
    found->in_volumes = (volume != 0 && volume != elsewhere16) ||
                        (first_volume != 0 && first_volume != elsewhere16);
}

static ana_status check_directory(const ana_file *file, const directory *found, uint64_t end)
{
    const char *name = ana_file_name(file);
    if (found->in_volumes) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: an archive in several volumes is not read", name);
    }
    if (found->offset > end || found->n_bytes > end - found->offset) {
        return ana_fail(
            ANA_ERR_FORMAT,
            "%s: byte %llu: the archive's table of contents (%llu bytes from byte %llu) "
            "leaves the file",
            name, (unsigned long long)end, (unsigned long long)found->n_bytes,
            (unsigned long long)found->offset);
    }
    if (found->n_entries > found->n_bytes / CENTRAL_BYTES) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: %llu entries do not fit in the %llu bytes of the archive's "
                        "table of contents",
                        name, (unsigned long long)end, (unsigned long long)found->n_entries,
                        (unsigned long long)found->n_bytes);
    }
    return ANA_OK;
}

static ana_status find_directory(const ana_file *file, directory *found)
{
    ana_status status = ANA_OK;
    unsigned char *tail = NULL;
    uint64_t size = ana_file_size(file);
    size_t n = size < END_BYTES + MAX_COMMENT ? (size_t)size : END_BYTES + MAX_COMMENT;
    size_t at = 0;
    ANA_TRY(ana_allocate(n, 1, ana_file_name(file), &tail));
    ANA_TRY(ana_file_read(file, size - n, n, tail));
    if (!find_end(tail, n, &at)) {
        status = ana_fail(ANA_ERR_FORMAT,
                          "%s: byte %llu: the archive has no end record; it was cut short",
                          ana_file_name(file), (unsigned long long)size);
        goto done;
    }
    uint64_t end = size - n + at;
    parse_end(tail + at, found);
    bool may_be_64 = found->n_entries == elsewhere16 || found->n_bytes == elsewhere32 ||
                     found->offset == elsewhere32;
    if (may_be_64 && end >= LOCATOR_BYTES) {
        ANA_TRY(read_end64(file, end - LOCATOR_BYTES, found));
    }
    ANA_TRY(check_directory(file, found, end));
done:
    free(tail);
    return status;
}

/* The numbers that stand as "elsewhere" in an entry follow in its zip64 part, in this order. */
static void read_zip64(ana_cursor extra, ana_zip_entry *entry)
{
    while (!extra.failed && ana_cursor_left(&extra) >= 4) {
        uint16_t id = ana_cursor_u16(&extra);
        uint16_t n = ana_cursor_u16(&extra);
        ana_cursor part = ana_cursor_sub(&extra, n);
        if (id != EXTRA_ZIP64) {
            continue;
        }
        uint64_t *numbers[] = {&entry->n_bytes, &entry->n_packed, &entry->offset};
        for (size_t i = 0; i < 3; i++) {
            if (*numbers[i] == elsewhere32) {
                uint64_t value = ana_cursor_u64(&part);
                *numbers[i] = part.failed ? *numbers[i] : value;
            }
        }
    }
}

static ana_status check_entry(const ana_cursor *cursor, uint64_t at, const ana_zip_entry *entry,
                              uint16_t flags, uint16_t method)
{
    if ((flags & FLAG_ENCRYPTED) != 0) {
        return ana_fail(ANA_ERR_UNSUPPORTED, "%s: byte %llu: \"%s\" is encrypted", cursor->name,
                        (unsigned long long)at, entry->name);
    }
    if (method != METHOD_STORED && method != METHOD_DEFLATED) {
        return ana_fail(ANA_ERR_UNSUPPORTED,
                        "%s: byte %llu: \"%s\" is packed by method %d; stored (0) and deflated (8) "
                        "are read",
                        cursor->name, (unsigned long long)at, entry->name, method);
    }
    if (method == METHOD_STORED && entry->n_packed != entry->n_bytes) {
        return ana_fail(
            ANA_ERR_FORMAT,
            "%s: byte %llu: \"%s\" is stored as it is, yet has two sizes, %llu and %llu",
            cursor->name, (unsigned long long)at, entry->name, (unsigned long long)entry->n_packed,
            (unsigned long long)entry->n_bytes);
    }
    return ANA_OK;
}

/* One entry of the table of contents; `offset` is still that of its local header. */
static ana_status read_central(ana_cursor *cursor, ana_zip_entry *entry)
{
    uint64_t at = ana_cursor_offset(cursor);
    uint32_t mark = ana_cursor_u32(cursor);
    ana_cursor_skip(cursor, 4);
    uint16_t flags = ana_cursor_u16(cursor);
    uint16_t method = ana_cursor_u16(cursor);
    ana_cursor_skip(cursor, 4);
    entry->crc = ana_cursor_u32(cursor);
    entry->n_packed = ana_cursor_u32(cursor);
    entry->n_bytes = ana_cursor_u32(cursor);
    uint16_t n_name = ana_cursor_u16(cursor);
    uint16_t n_extra = ana_cursor_u16(cursor);
    uint16_t n_comment = ana_cursor_u16(cursor);
    ana_cursor_skip(cursor, 8);
    entry->offset = ana_cursor_u32(cursor);
    const unsigned char *name = ana_cursor_take(cursor, n_name);
    ana_cursor extra = ana_cursor_sub(cursor, n_extra);
    ana_cursor_skip(cursor, n_comment);
    ana_status status = ana_cursor_check(cursor, "the archive's table of contents");
    if (status != ANA_OK) {
        return status;
    }
    if (mark != central_mark) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: no entry of the archive's table of contents", cursor->name,
                        (unsigned long long)at);
    }
    read_zip64(extra, entry);
    entry->deflated = method == METHOD_DEFLATED;
    status = ana_text_to_utf8((const char *)name, n_name, &entry->name);
    return status == ANA_OK ? check_entry(cursor, at, entry, flags, method) : status;
}

/* From the local header to the packed bytes behind it. */
static ana_status locate(const ana_file *file, ana_zip_entry *entry)
{
    unsigned char bytes[LOCAL_BYTES];
    uint64_t at = entry->offset;
    ana_status status = ana_file_read(file, at, LOCAL_BYTES, bytes);
    if (status != ANA_OK) {
        return ana_fail_in(status, "\"%s\": ", entry->name);
    }
    ana_cursor cursor = ana_cursor_over(ana_file_name(file), bytes, LOCAL_BYTES, at);
    uint32_t mark = ana_cursor_u32(&cursor);
    ana_cursor_skip(&cursor, LOCAL_BYTES - 8);
    uint64_t n_texts = ana_cursor_u16(&cursor);
    n_texts += ana_cursor_u16(&cursor);
    entry->offset = at + LOCAL_BYTES + n_texts;
    uint64_t size = ana_file_size(file);
    if (mark != local_mark || entry->offset > size || entry->n_packed > size - entry->offset) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: \"%s\" with %llu bytes is not there",
                        ana_file_name(file), (unsigned long long)at, entry->name,
                        (unsigned long long)entry->n_packed);
    }
    return ANA_OK;
}

static ana_status read_entries(const ana_file *file, const directory *found, ana_zip *zip)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    uint64_t n_packed = 0;
    ANA_TRY(ana_run_check_memory(NULL, (size_t)found->n_bytes, ana_file_name(file)));
    ANA_TRY(ana_allocate((size_t)found->n_bytes, 1, ana_file_name(file), &bytes));
    ANA_TRY(ana_file_read(file, found->offset, (size_t)found->n_bytes, bytes));
    ANA_TRY(ana_allocate((size_t)found->n_entries, sizeof *zip->entries, ana_file_name(file),
                         &zip->entries));
    ana_cursor cursor =
        ana_cursor_over(ana_file_name(file), bytes, (size_t)found->n_bytes, found->offset);
    while (zip->n_entries < found->n_entries) {
        ana_zip_entry *entry = &zip->entries[zip->n_entries++];
        ANA_TRY(read_central(&cursor, entry));
        ANA_TRY(locate(file, entry));
        n_packed += entry->n_packed;
        if (n_packed > ana_file_size(file)) {
            status = ana_fail(ANA_ERR_FORMAT,
                              "%s: byte %llu: entries of the archive share bytes (\"%s\")",
                              ana_file_name(file), (unsigned long long)entry->offset, entry->name);
            goto done;
        }
    }
done:
    free(bytes);
    return status;
}

ana_status ana_zip_open(const ana_file *file, ana_zip **out)
{
    ana_status status = ANA_OK;
    ana_zip *zip = NULL;
    directory found = {0};
    ANA_TRY(ana_allocate(1, sizeof *zip, ana_file_name(file), &zip));
    zip->file = file;
    ANA_TRY(find_directory(file, &found));
    ANA_TRY(read_entries(file, &found, zip));
    *out = zip;
    zip = NULL;
done:
    ana_zip_close(zip);
    return status;
}

void ana_zip_close(ana_zip *zip)
{
    if (zip == NULL) {
        return;
    }
    for (size_t i = 0; i < zip->n_entries; i++) {
        free(zip->entries[i].name);
    }
    free(zip->entries);
    free(zip);
}

const ana_zip_entry *ana_zip_find(const ana_zip *zip, const char *name)
{
    for (size_t i = 0; i < zip->n_entries; i++) {
        if (strcmp(zip->entries[i].name, name) == 0) {
            return &zip->entries[i];
        }
    }
    return NULL;
}

static ana_status check_crc(const ana_zip *zip, const ana_zip_entry *entry, uint32_t crc)
{
    if (crc == entry->crc) {
        return ANA_OK;
    }
    return ana_fail(ANA_ERR_FORMAT,
                    "%s: byte %llu: \"%s\" has the checksum %08x, but %08x is announced: it is "
                    "damaged",
                    ana_file_name(zip->file), (unsigned long long)entry->offset, entry->name, crc,
                    entry->crc);
}

static ana_status unpack(const ana_zip *zip, const ana_zip_entry *entry, size_t n,
                         unsigned char *bytes)
{
    ana_status status = ANA_OK;
    ana_inflater *inflater = NULL;
    ANA_TRY(
        ana_inflater_new(zip->file, entry->offset, entry->n_packed, ANA_DEFLATE_RAW, &inflater));
    ANA_TRY(ana_inflater_read(inflater, n, bytes));
    ANA_TRY(ana_inflater_finish(inflater));
done:
    ana_inflater_free(inflater);
    return status;
}

ana_status ana_zip_read(const ana_zip *zip, const ana_zip_entry *entry, const ana_run *run,
                        unsigned char **out)
{
    ana_status status = ANA_OK;
    unsigned char *bytes = NULL;
    ANA_TRY(ana_check_expansion(ana_file_name(zip->file), run, entry->n_packed, entry->n_bytes));
    size_t n = (size_t)entry->n_bytes;
    ANA_TRY(ana_allocate(n, 1, entry->name, &bytes));
    ANA_TRY(entry->deflated ? unpack(zip, entry, n, bytes)
                            : ana_file_read(zip->file, entry->offset, n, bytes));
    ANA_TRY(check_crc(zip, entry, ana_crc32(0, bytes, n)));
    *out = bytes;
    bytes = NULL;
done:
    free(bytes);
    return status == ANA_OK ? status : ana_fail_in(status, "\"%s\": ", entry->name);
}

ana_status ana_zip_read_head(const ana_zip *zip, const ana_zip_entry *entry, size_t n, void *out,
                             size_t *got)
{
    size_t wanted = entry->n_bytes < n ? (size_t)entry->n_bytes : n;
    *got = wanted;
    if (!entry->deflated) {
        return ana_file_read(zip->file, entry->offset, wanted, out);
    }
    ana_inflater *inflater = NULL;
    ana_status status =
        ana_inflater_new(zip->file, entry->offset, entry->n_packed, ANA_DEFLATE_RAW, &inflater);
    if (status == ANA_OK) {
        status = ana_inflater_read_some(inflater, wanted, out, got);
    }
    ana_inflater_free(inflater);
    return status;
}

ana_status ana_zip_verify(const ana_zip *zip, const ana_zip_entry *entry)
{
    ana_status status = ANA_OK;
    unsigned char *block = NULL;
    uint32_t crc = 0;
    ANA_TRY(ana_allocate(COPY_BYTES, 1, entry->name, &block));
    for (uint64_t done = 0; done < entry->n_packed;) {
        uint64_t left = entry->n_packed - done;
        size_t n = left < COPY_BYTES ? (size_t)left : COPY_BYTES;
        ANA_TRY(ana_file_read(zip->file, entry->offset + done, n, block));
        crc = ana_crc32(crc, block, n);
        done += n;
    }
    ANA_TRY(check_crc(zip, entry, crc));
done:
    free(block);
    return status;
}
