#define ZLIB_CONST
#include "zip.h"

#include "memory.h"
#include "outside.h"
#include "text.h"
#include "try.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    BUFFER_BYTES = 1 << 16,
    RAW_WINDOW = -15, /* zlib's way to say: no header, largest window */
    ZLIB_WINDOW = 15,
    MEMORY_LEVEL = 8
};

/* zlib counts bytes in unsigned int; a piece is what it is given at a time. */
static const size_t max_piece = (size_t)1 << 30;

static size_t piece_of(size_t n)
{
    return n < max_piece ? n : max_piece;
}

uint32_t ana_crc32(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    uLong value = crc;
    while (n > 0) {
        size_t piece = piece_of(n);
        value = crc32(value, at, (uInt)piece);
        at += piece;
        n -= piece;
    }
    return (uint32_t)value;
}

ana_status ana_check_expansion(const char *name, const ana_run *run, uint64_t n_packed, uint64_t n)
{
    if (n > ANA_FREE_EXPANSION && n / ANA_MAX_RATIO > n_packed) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: %llu packed bytes claim to unpack to %llu; beyond %u MiB at most %u "
                        "bytes from one are believed",
                        name, (unsigned long long)n_packed, (unsigned long long)n,
                        ANA_FREE_EXPANSION >> 20, ANA_MAX_RATIO);
    }
    if (n > SIZE_MAX) {
        return ana_fail(ANA_ERR_LIMIT, "%s: %llu bytes unpacked do not fit in memory", name,
                        (unsigned long long)n);
    }
    return ana_run_check_memory(run, (size_t)n, name);
}

struct ana_inflater {
    const ana_file *file;
    uint64_t offset; /* of the next packed byte to fetch */
    uint64_t left;   /* packed bytes not yet fetched */
    uint64_t given;  /* unpacked bytes handed out */
    bool ended;
    z_stream stream;
    unsigned char buffer[BUFFER_BYTES];
};

ana_status ana_inflater_new(const ana_file *file, uint64_t offset, uint64_t n_packed,
                            ana_deflate_form form, ana_inflater **out)
{
    ana_inflater *inflater = NULL;
    ana_status status = ana_allocate(1, sizeof *inflater, "unpacking", &inflater);
    if (status != ANA_OK) {
        return status;
    }
    inflater->file = file;
    inflater->offset = offset;
    inflater->left = n_packed;
    int window = form == ANA_DEFLATE_RAW ? RAW_WINDOW : ZLIB_WINDOW;
    if (inflateInit2(&inflater->stream, window) != Z_OK) {
        free(inflater);
        (void)ana_fail(ANA_ERR_MEMORY, "%s: no memory for unpacking", ana_file_name(file));
        return ANA_ERR_MEMORY;
    }
    *out = inflater;
    return ANA_OK;
}

static ana_status fetch(ana_inflater *inflater)
{
    size_t n = inflater->left < BUFFER_BYTES ? (size_t)inflater->left : BUFFER_BYTES;
    ana_status status = ana_file_read(inflater->file, inflater->offset, n, inflater->buffer);
    if (status == ANA_OK) {
        inflater->stream.next_in = inflater->buffer;
        inflater->stream.avail_in = (uInt)n;
        inflater->offset += n;
        inflater->left -= n;
    }
    return status;
}

static unsigned long long place(const ana_inflater *inflater)
{
    uint64_t at = inflater->offset - inflater->stream.avail_in;
    return at;
}

static ana_status damaged(const ana_inflater *inflater, int code)
{
    const char *name = ana_file_name(inflater->file);
    if (code == Z_MEM_ERROR) {
        return ana_fail(ANA_ERR_MEMORY, "%s: no memory for unpacking", name);
    }
    if (code == Z_BUF_ERROR) {
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: the packed bytes end too early", name,
                        place(inflater));
    }
    return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: the packed bytes are damaged (%s)", name,
                    place(inflater),
                    inflater->stream.msg != NULL ? inflater->stream.msg : "no deflate stream");
}

ana_status ana_inflater_read_some(ana_inflater *inflater, size_t n, void *out, size_t *got)
{
    unsigned char *to = out;
    z_stream *stream = &inflater->stream;
    *got = 0;
    while (*got < n && !inflater->ended) {
        if (stream->avail_in == 0 && inflater->left > 0) {
            ana_status status = fetch(inflater);
            if (status != ANA_OK) {
                return status;
            }
        }
        size_t piece = piece_of(n - *got);
        stream->next_out = to + *got;
        stream->avail_out = (uInt)piece;
        int code = inflate(stream, Z_NO_FLUSH);
        *got += piece - stream->avail_out;
        inflater->ended = code == Z_STREAM_END;
        if (code != Z_OK && code != Z_STREAM_END) {
            return damaged(inflater, code);
        }
    }
    inflater->given += *got;
    return ANA_OK;
}

ana_status ana_inflater_read(ana_inflater *inflater, size_t n, void *out)
{
    size_t got = 0;
    ana_status status = ana_inflater_read_some(inflater, n, out, &got);
    if (status == ANA_OK && got < n) {
        const uint64_t needed = inflater->given - got + n;
        return ana_fail(ANA_ERR_FORMAT, "%s: byte %llu: unpacks to %llu bytes, but %llu are needed",
                        ana_file_name(inflater->file), place(inflater),
                        (unsigned long long)inflater->given, (unsigned long long)needed);
    }
    return status;
}

ana_status ana_inflater_finish(ana_inflater *inflater)
{
    unsigned char more = 0;
    size_t got = 0;
    ana_status status = ana_inflater_read_some(inflater, 1, &more, &got);
    if (status == ANA_OK && got > 0) {
        return ana_fail(ANA_ERR_FORMAT,
                        "%s: byte %llu: unpacks to more than the %llu bytes declared",
                        ana_file_name(inflater->file), place(inflater),
                        (unsigned long long)inflater->given - 1);
    }
    return status;
}

void ana_inflater_free(ana_inflater *inflater)
{
    if (inflater != NULL) {
        inflateEnd(&inflater->stream);
        free(inflater);
    }
}

struct ana_deflater {
    ana_byte_sink sink;
    void *user;
    z_stream stream;
    unsigned char buffer[BUFFER_BYTES];
};

ana_status ana_deflater_new(ana_deflate_form form, ana_byte_sink sink, void *user,
                            ana_deflater **out)
{
    ana_deflater *deflater = NULL;
    ana_status status = ana_allocate(1, sizeof *deflater, "packing", &deflater);
    if (status != ANA_OK) {
        return status;
    }
    deflater->sink = sink;
    deflater->user = user;
    int window = form == ANA_DEFLATE_RAW ? RAW_WINDOW : ZLIB_WINDOW;
    if (deflateInit2(&deflater->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(deflater);
        (void)ana_fail(ANA_ERR_MEMORY, "no memory for packing");
        return ANA_ERR_MEMORY;
    }
    *out = deflater;
    return ANA_OK;
}

/* Pack what the stream holds; with `flush` Z_FINISH to the end of the stream. */
static ana_status drain(ana_deflater *deflater, int flush)
{
    z_stream *stream = &deflater->stream;
    do {
        stream->next_out = deflater->buffer;
        stream->avail_out = BUFFER_BYTES;
        (void)deflate(stream, flush); /* cannot fail: the stream is sound and has room */
        size_t n = BUFFER_BYTES - stream->avail_out;
        ana_status status = n > 0 ? deflater->sink(deflater->user, deflater->buffer, n) : ANA_OK;
        if (status != ANA_OK) {
            return status;
        }
    } while (stream->avail_out == 0);
    return ANA_OK;
}

ana_status ana_deflater_add(ana_deflater *deflater, const void *bytes, size_t n, bool last)
{
    const unsigned char *at = bytes;
    ana_status status = ANA_OK;
    while (n > 0 && status == ANA_OK) {
        size_t piece = piece_of(n);
        deflater->stream.next_in = at;
        deflater->stream.avail_in = (uInt)piece;
        status = drain(deflater, Z_NO_FLUSH);
        at += piece;
        n -= piece;
    }
    return status == ANA_OK && last ? drain(deflater, Z_FINISH) : status;
}

void ana_deflater_free(ana_deflater *deflater)
{
    if (deflater != NULL) {
        deflateEnd(&deflater->stream);
        free(deflater);
    }
}

static ana_status append(void *user, const void *bytes, size_t n)
{
    ana_text *packed = user;
    ana_text_append_bytes(packed, bytes, n);
    return ana_text_check(packed, "packed bytes");
}

ana_status ana_deflate(const void *bytes, size_t n, ana_deflate_form form, unsigned char **out,
                       size_t *n_out)
{
    ana_status status = ANA_OK;
    ana_deflater *deflater = NULL;
    ana_text packed = {0};
    ANA_TRY(ana_deflater_new(form, append, &packed, &deflater));
    ANA_TRY(ana_deflater_add(deflater, bytes, n, true));
    *out = (unsigned char *)packed.bytes;
    *n_out = packed.n;
    packed = (ana_text){0};
done:
    ana_deflater_free(deflater);
    ana_text_release(&packed);
    return status;
}

const char *ana_outside_zlib(void)
{
    return zlibVersion();
}
