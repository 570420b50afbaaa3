/* libtemper: neural networks and spin systems as physical systems. This header only includes the others. */
#ifndef TEMPER_H
#define TEMPER_H

#include "temper/status.h"
#include "temper/cpu.h"
#include "temper/parallel.h"
#include "temper/stream.h"
#include "temper/option.h"
#include "temper/table.h"
#include "temper/system.h"
#include "temper/chain.h"
#include "temper/potential.h"
#include "temper/sampler.h"
#include "temper/ensemble.h"
#include "temper/observable.h"
#include "temper/estimate.h"
#include "temper/theory.h"
#include "temper/corruption.h"
#include "temper/dataset.h"
#include "temper/dynamics.h"
#include "temper/network.h"
#include "temper/weights.h"
#include "temper/machine.h"
#include "temper/couplings.h"
#include "temper/learn.h"
#include "temper/evidence.h"
#include "temper/memories.h"
#include "temper/catalogue.h"
#include "temper/density.h"
#include "temper/run.h"

#endif
