/** safetensors: the arrays of a model behind a JSON header (huggingface/safetensors, format 0.4).
 *
 *  Eight bytes, little-endian: the length of the header; the header, a JSON object with a member
 *  {"dtype": "F32", "shape": [78, 512], "data_offsets": [0, 159744]} for each tensor (offsets from
 *  the header's end) and perhaps "__metadata__", texts by name; then the elements, little-endian,
 *  C order, without gaps. */
#ifndef ANALYSIS_FORMATS_SAFETENSORS_H
#define ANALYSIS_FORMATS_SAFETENSORS_H

#include "json.h"
#include "npy.h"

typedef struct ana_tensor {
    char *name;
    ana_npy array; /**< where its elements stand: read as those of .npy are */
} ana_tensor;

/** All owned. */
typedef struct ana_safetensors {
    size_t n;
    ana_tensor *tensors; /**< as they stand in the file */
    ana_json *header;
} ana_safetensors;

/** Whether a file of that many bytes that begins so may be one. */
bool ana_begins_as_safetensors(const unsigned char *head, size_t n, uint64_t size);

/** Parse the header and hold it against the file: every tensor within it, none over another, no
 *  byte without a tensor, as many bytes as its shape asks for. ANA_ERR_FORMAT with the byte or the
 *  tensor, ANA_ERR_LIMIT for more than ANA_MAX_ARRAYS tensors or a header beyond 100 MB. Tensors
 *  of other types than F16, BF16, F32, F64, BOOL and the integers are kept, and refused when they
 *  are read. Released by ana_safetensors_release, also on failure. */
ANA_USE_RESULT ana_status ana_safetensors_open(const ana_file *file, ana_safetensors *out);
void ana_safetensors_release(ana_safetensors *safetensors);

/** *out = the tensor of that name, or the only one (NULL); borrowed. ANA_ERR_VALUE that lists the
 *  names. */
ANA_USE_RESULT ana_status ana_safetensors_find(const ana_safetensors *safetensors, const char *path,
                                               const char *name, const ana_tensor **out);

#endif
