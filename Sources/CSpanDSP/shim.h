#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
// What the header of the DTMF receiver leaves to its reader to include.
#include <spandsp/complex.h>
#include <spandsp/logging.h>
#include <spandsp/queue.h>
#include <spandsp/tone_generate.h>
#include <spandsp/tone_detect.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>
