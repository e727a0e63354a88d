# `ana_settings` is how every source of ours is compiled.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
    set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
endif()

add_library(ana_settings INTERFACE)
target_compile_definitions(ana_settings INTERFACE
    _XOPEN_SOURCE=700 _FILE_OFFSET_BITS=64 H5_USE_110_API
    ANA_VERSION="${PROJECT_VERSION}"
    ANA_BUILD="${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_BUILD_TYPE}"
    $<$<AND:$<BOOL:${ANA_CLONES}>,$<C_COMPILER_ID:GNU>>:ANA_USE_CLONES>)
# No -ffast-math (NaN is data) and no -march=native: the same bits on every machine of a kind.
target_compile_options(ana_settings INTERFACE
    -fno-math-errno -fno-trapping-math -ffp-contract=off -fno-common)
target_compile_options(ana_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wcast-qual
    -Wcast-align -Wwrite-strings -Wformat=2 -Wnull-dereference -Wswitch-enum -Wpointer-arith
    -Wimplicit-fallthrough -Wunused-result
    # Cutting a label is what snprintf is for, and the verdict changes with the optimiser.
    # GCC 12 takes what a call wrote through a local's address for that address, once inlined.
    $<$<C_COMPILER_ID:GNU>:-Wno-dangling-pointer>
    $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
    $<$<C_COMPILER_ID:GNU>:-Wdouble-promotion;-Wduplicated-cond;-Wduplicated-branches;-Wlogical-op>
    $<$<BOOL:${ANA_WERROR}>:-Werror>)
target_link_options(ana_settings INTERFACE -Wl,-z,relro -Wl,-z,now)
