#include "file.h"
#include "memory.h"
#include "outside.h"
#include "try.h"

#include <analysis/formats/record_io.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

static const size_t block = (size_t)1 << 20;

static ana_status take_in(const ana_file *file, EVP_MD_CTX *context, unsigned char *buffer)
{
    uint64_t size = ana_file_size(file);
    for (uint64_t at = 0; at < size;) {
        size_t n = size - at < block ? (size_t)(size - at) : block;
        ana_status status = ana_file_read(file, at, n, buffer);
        if (status != ANA_OK) {
            return status;
        }
        if (EVP_DigestUpdate(context, buffer, n) != 1) {
            return ana_fail(ANA_ERR_MEMORY, "%s: the digest cannot be computed",
                            ana_file_name(file));
        }
        at += n;
    }
    return ANA_OK;
}

ana_status ana_file_digest(const char *path, char digest[65], size_t *size)
{
    static const char digits[] = "0123456789abcdef";
    ana_status status = ANA_OK;
    ana_file *file = NULL;
    unsigned char *buffer = NULL;
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ANA_TRY(ana_file_open(path, &file));
    ANA_TRY(ana_allocate(block, 1, path, &buffer));
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: the digest cannot be begun", path);
        goto done;
    }
    ANA_TRY(take_in(file, context, buffer));
    if (EVP_DigestFinal_ex(context, value, &n) != 1 || n != 32) {
        status = ana_fail(ANA_ERR_MEMORY, "%s: the digest cannot be computed", path);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        digest[2 * i] = digits[value[i] >> 4];
        digest[2 * i + 1] = digits[value[i] & 15];
    }
    digest[64] = '\0';
    *size = (size_t)ana_file_size(file);
done:
    EVP_MD_CTX_free(context);
    free(buffer);
    ana_file_close(file);
    return status;
}

const char *ana_outside_crypto(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
