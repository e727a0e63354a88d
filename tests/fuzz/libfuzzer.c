/* The face that libFuzzer calls. */
#include "fuzz/driver.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t most);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    drive(FUZZ_FORMAT, bytes, n);
    return 0;
}

/* Begins again from a valid file now and then, since a reader refuses most else at its first bytes.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t most, unsigned seed)
{
    static uint8_t *valid;
    static size_t n_valid;
    static int tried;
    if (!tried) {
        make_seed(FUZZ_FORMAT, &valid, &n_valid);
        tried = 1;
    }
    if (valid != NULL && (n < 16 || seed % 16 == 0)) {
        n = n_valid < most ? n_valid : most;
        memcpy(bytes, valid, n);
    }
    return LLVMFuzzerMutate(bytes, n, most);
}
