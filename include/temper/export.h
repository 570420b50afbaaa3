/* The mark of a public symbol. Everything else in the shared library is hidden. */
#ifndef TEMPER_EXPORT_H
#define TEMPER_EXPORT_H

#if defined(__GNUC__)
#define TEMPER_API __attribute__((visibility("default")))
#else
#define TEMPER_API
#endif

#endif
