/* Event files that TensorBoard shows: curves of numbers over steps.
 *
 * A file is a row of records: length (8 bytes), masked CRC-32C of the length, the event, masked CRC-32C of the event; all little-endian.
 * An event is a protocol-buffer message: 1 wall time (double), 2 step (varint), 3 version (text; the first event has
 * "brain.Event:2"), 5 summary { 1 value { 1 tag (text), 2 number (float) } }. The mask turns the sum right by 15 bits and adds
 * 0xa282ead8, because sums of data that contain sums are poor checks. */
#ifndef TEMPER_DATA_TFEVENTS_H
#define TEMPER_DATA_TFEVENTS_H

#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

/* Castagnoli's CRC-32 (iSCSI, RFC 3720): 0xe3069283 for "123456789". */
uint32_t temper_crc32c(const void *data, size_t length);

/* Appends the record that opens a file, or one number. `tag` is cut after 200 bytes; `wall` is in seconds since 1970. */
void temper_tfevents_begin(temper_text *file, double wall);
void temper_tfevents_number(temper_text *file, const char *tag, int64_t step, double wall, double value);

#endif
