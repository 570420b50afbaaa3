/* shape: what goes into a model and comes out, from --data, or from --input and --outputs. */
#ifndef TEMPER_CLI_SHAPE_H
#define TEMPER_CLI_SHAPE_H

#include "command.h"

typedef struct { /* texts of flags, or NULL */
    const char *verb, *data, *input, *outputs, *loss,
        *file; /* file: of a model that may know its outputs itself */
} temper_cli_shape;

/* *io has outputs 10 where nothing is said, 0 (as in the file) where the file ends in .onnx. *labels: classes, or else numbers. */
temper_status temper_cli_read_shape(const temper_cli_shape *shape, temper_network_io *io, bool *labels);
temper_status temper_cli_read_loss(const temper_cli_shape *shape, bool labels, temper_loss *loss);
/* A whole number of 1 or more. */
temper_status temper_cli_read_count(const char *verb, const char *flag, const char *text, int64_t *n);

#endif
