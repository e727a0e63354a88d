/** Attributes every public header uses: what is exported, what must not be ignored, C++ linkage. */
#ifndef ANALYSIS_EXPORT_H
#define ANALYSIS_EXPORT_H

#ifdef __cplusplus
#define ANA_BEGIN_DECLS extern "C" {
#define ANA_END_DECLS }
#else
#define ANA_BEGIN_DECLS
#define ANA_END_DECLS
#endif

#if defined(__GNUC__)
#define ANA_API __attribute__((visibility("default")))
#define ANA_USE_RESULT __attribute__((warn_unused_result))
#define ANA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define ANA_API
#define ANA_USE_RESULT
#define ANA_PRINTF(text, first)
#endif

#endif
