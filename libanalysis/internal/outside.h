/** Names and versions of the outside libraries, each told by the one file that includes it. */
#ifndef ANALYSIS_INTERNAL_OUTSIDE_H
#define ANALYSIS_INTERNAL_OUTSIDE_H

const char *ana_outside_fftw(void);
const char *ana_outside_blas(void);
const char *ana_outside_hdf5(void);
const char *ana_outside_jansson(void);
const char *ana_outside_zlib(void);
const char *ana_outside_crypto(void);
const char *ana_outside_igraph(void);

#endif
