/* Learning curves for TensorBoard: DIR/member_0000/events.out.tfevents.0.temper and so on, one file a member. They are made anew when
 * a job begins or goes on, from the moments so far, and grow with them. */
#ifndef TEMPER_RUN_TRAIN_BOARD_H
#define TEMPER_RUN_TRAIN_BOARD_H

#include "run/training.h"

typedef struct {
    int64_t *told; /* [members] moments in each file; NULL: no board is wanted */
    bool broken;   /* a file could not be written: said once, then let be */
} temper_board;

temper_status temper_board_open(temper_board *board, const temper_training *training);
void temper_board_tell(temper_board *board, const temper_training *training);
void temper_board_close(temper_board *board);

#endif
