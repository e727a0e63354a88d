# Outside libraries, all from Debian 12. `ana_outside` is what every link needs.
find_package(PkgConfig REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(BLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(IGRAPH REQUIRED IMPORTED_TARGET igraph)
# GSL by its own library only: its pkg-config file adds gslcblas, which would then serve cblas_dgemm.
find_library(ANA_GSL_LIBRARY gsl REQUIRED)
find_library(ANA_SVM_LIBRARY svm REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)

add_library(ana_outside INTERFACE)
target_link_libraries(ana_outside INTERFACE
    PkgConfig::LAPACKE PkgConfig::BLAS ${ANA_GSL_LIBRARY} ${ANA_SVM_LIBRARY} PkgConfig::FFTW PkgConfig::HDF5
    PkgConfig::JANSSON PkgConfig::ZLIB PkgConfig::CRYPTO PkgConfig::IGRAPH OpenMP::OpenMP_C m)
